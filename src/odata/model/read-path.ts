/** Properties that another entity holds, behind single-valued navigations. */
import type { PropertyOptions } from './decorators';
import type { EntityType, Measure, NavigationProperty, Property } from './model';
import { follow } from './tracking';

/** A property with type and facets from where its path leads; what is wrong with the path comes as a sentence. */
export function pathProperty(
  from: EntityType,
  name: string,
  path: string,
  options: PropertyOptions,
): { readonly property?: Property; readonly problem?: string } {
  const navigations = path.split('/');
  const last = navigations.pop() ?? '';
  const followed = follow(from, navigations);
  const found = (followed?.at(-1)?.target ?? from).properties.get(last);
  if (!followed || followed.some(({ collection }) => collection) || !found || found.source.kind === 'complex')
    return { problem: `the path ${path} of ${name} leads to no property.` };
  const mayBeNull = found.nullable || followed.some((navigation) => navigation.nullable);
  const {
    computed = false,
    immutable = false,
    filled = false,
    searchable = false,
    nullable = mayBeNull,
    maxLength = found.maxLength,
    measure = behind(navigations, found.measure),
  } = options;
  const property: Property = {
    ...found,
    name,
    nullable,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(measure && { measure }),
    computed,
    immutable,
    searchable,
    required: !nullable && !computed && !filled,
    defaultValue: undefined,
    source: { kind: 'path', navigations, property: last },
    description: options.description,
  };
  const problem = problemOf(property, { path, followed, mayBeNull }, options);
  return problem === undefined ? { property } : { property, problem };
}

/** Where a path leads. */
interface Followed {
  readonly path: string;
  readonly followed: readonly NavigationProperty[];
  readonly mayBeNull: boolean;
}

/** What is said of a property that its path does not allow. */
function problemOf(
  { name, type, immutable, nullable }: Property,
  { path, followed, mayBeNull }: Followed,
  options: PropertyOptions,
): string | undefined {
  const lost = (['pattern', 'typeDefinition', 'stream'] as const).find((option) => options[option] !== undefined);
  if (lost !== undefined) return `${name} has its ${lost} from where the path ${path} leads.`;
  if (type.kind === 'collection' && followed.some((navigation) => navigation.nullable))
    return `${name} may not be a collection, which is never null: ${path} may lead to null.`;
  if (immutable && followed.length > 1)
    return `${name} may not be immutable: ${path} leads further than to the next entity.`;
  return !nullable && mayBeNull ? `${name} must be nullable: ${path} may lead to null.` : undefined;
}

/** The same said of a property that leads there: paths begin where it stands. */
const behind = (navigations: readonly string[], measure: Measure | undefined): Measure | undefined =>
  measure && 'isoCurrencyOf' in measure
    ? { isoCurrencyOf: [...navigations, measure.isoCurrencyOf].join('/') }
    : measure;
