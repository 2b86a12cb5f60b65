/** Values of annotations in expressions, as $metadata declares them. URL Conventions §5.1.1.16 */
import { odataError } from '../error';
import { described, propertyAnnotations } from '../model/csdl-annotations';
import type { CsdlAnnotation } from '../model/csdl';
import { edm } from '../model/edm';
import type { Model, Property, StructuredType } from '../model/model';
import type { PathSegment } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { always } from './conditions';
import { notImplemented, placeOf, type PlanContext } from './context';
import type { Bound } from './plan';

type Segment = Extract<PathSegment, { kind: 'annotation' }>;

/** Of a property: `follow` gives the value of another property of the same structure. Null where the term is not applied to it. */
export const annotationOfProperty = (
  { model }: PlanContext,
  property: Property,
  key: readonly Property[],
  segment: Segment,
  follow: (name: string) => Bound | undefined,
): Bound => valueOf(model, propertyAnnotations(property, key), segment, follow);

/** Of an entity or a complex value: what is said of its type. */
export const annotationOfType = ({ model }: PlanContext, type: StructuredType, segment: Segment): Bound =>
  valueOf(model, described(type), segment, () => undefined);

/** Of what no model declares: what is said of the type of a complex value; null for others, if there is such a term. */
export const annotationOfComputed = ({ model }: PlanContext, { type }: Typed, segment: Segment): Bound =>
  valueOf(model, type.kind === 'complex' ? described(type) : [], segment, () => undefined);

type Typed = Exclude<Bound, { kind: 'null' }>;

function valueOf(
  model: Model,
  annotations: readonly CsdlAnnotation[],
  segment: Segment,
  follow: (name: string) => Bound | undefined,
): Bound {
  const name = segment.name.replace(/^Org\.OData\.(\w+)\.V1\./, '$1.');
  const found = annotations.find(
    ({ term, qualifier }) => name === (qualifier === undefined ? term : `${term}#${qualifier}`),
  );
  if (!found) {
    const terms = termsOf(model);
    if (terms.has(name.replace(/#.*$/, ''))) return { kind: 'null' };
    const message = `There is no annotation @${segment.name} here.${didYouMean(name, [...terms])}`;
    throw odataError('InvalidValue', { message }, placeOf(segment.place));
  }
  const { value } = found;
  if (typeof value === 'string') return constant(value, 'Edm.String');
  if (typeof value === 'number') return constant(String(value), 'Edm.Decimal');
  if (typeof value === 'boolean') return always(value);
  const behind = value.kind === 'path' ? follow(value.path) : undefined;
  if (!behind) throw notImplemented(`The value of @${segment.name}, which is no single one,`, segment.place);
  return behind;
}

const constant = (text: string, type: 'Edm.String' | 'Edm.Decimal'): Bound => ({
  kind: 'value',
  slot: () => text,
  type: edm(type),
  nullable: false,
});

const known = new WeakMap<Model, ReadonlySet<string>>();

/** The terms that some property or type of the model is annotated with. */
function termsOf(model: Model): ReadonlySet<string> {
  const before = known.get(model);
  if (before) return before;
  const types = [...model.entityTypes.values(), ...model.complexTypes.values()];
  const terms = types.flatMap((type) => [
    ...described(type),
    ...[...type.properties.values()].flatMap((property) => propertyAnnotations(property, [])),
  ]);
  const found = new Set(terms.map(({ term }) => term));
  known.set(model, found);
  return found;
}
