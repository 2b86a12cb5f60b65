/** Annotations that $select names: they go out with the values that $metadata declares. URL Conventions §5.1.4, §5.1.1.16, JSON §20 */
import { odataError } from '../error';
import { lineage } from '../model/inheritance';
import type { Model, StructuredType } from '../model/model';
import type { NameSegment, Place, SelectItem } from '../url/ast';
import { annotationOfType } from './annotation-value';
import { whole, type Chosen } from './chosen';
import { fieldOf } from './computed-fields';
import { placeOf, type PlanContext, type Scope } from './context';
import type { Bound, Field } from './plan';

/** The name of an annotation as $select has it. */
export const isAnnotation = (name: string): boolean => name.startsWith('@');

type Declared = { readonly model: Model };

/** What is said of the type, or of the nearest one that it is derived from. */
function valueOf({ model }: Declared, type: StructuredType, name: string, place: Place): Bound {
  const entity = model.entityTypes.get(type.name);
  const segment = { kind: 'annotation', name: name.slice(1), place } as const;
  const values = (entity ? lineage(entity) : [type]).map((one) => annotationOfType({ model }, one, segment));
  return values.find(({ kind }) => kind !== 'null') ?? { kind: 'null' };
}

/** Throws where there is no such annotation, it is not one of several values to which options could apply, or the item goes on behind it. */
export function checkAnnotation(
  declared: Declared,
  type: StructuredType,
  { name, place }: NameSegment,
  { path, options }: SelectItem,
): void {
  const value = valueOf(declared, type, name, place);
  const takesOptions = value.kind === 'null' || value.type.kind === 'collection';
  if (path.at(-1)?.name === name && (takesOptions || Object.keys(options).length === 0)) return;
  throw odataError(
    'TypeMismatch',
    {
      message: `'${name}' goes out whole: ${takesOptions ? 'no path stands' : 'neither options nor a path stand'} behind it.`,
    },
    placeOf(place),
  );
}

/** The members for those of the type that are among the names. */
export const annotationFields = (
  context: PlanContext,
  scope: Scope,
  type: StructuredType,
  { named }: Chosen,
): readonly Field[] =>
  [...named].flatMap(([name, part]) => {
    if (!isAnnotation(name)) return [];
    const value = valueOf(context, type, name, { source: '$select', at: 0 });
    return [fieldOf(context, scope, { name, value, dynamic: false }, value.kind === 'null' ? whole : part)];
  });
