/** What the vocabularies say of types, properties and the schema, true to what the engine does. CSDL §14, Org.OData.Core.V1 */
import type { CsdlAnnotation, CsdlExpression } from './csdl';
import { complexItems, tiedColumns } from './edm';
import { isOfType, ownMembers } from './inheritance';
import type { EntitySet, EntityType, Model, NavigationProperty, Property, Stream } from './model';
import { searchableProperties } from './searchable';

/** A term with its value. */
export const annotation = (term: string, value: CsdlExpression = true): CsdlAnnotation => ({ term, value });

/** A collection of values. */
export const collection = (items: readonly CsdlExpression[]): CsdlExpression => ({ kind: 'collection', items });

/** A record; members that are undefined are left out. `type` is named when it is derived from the one that the term declares. */
export const record = (
  members: Readonly<Record<string, CsdlExpression | undefined>>,
  type?: string,
): CsdlExpression => ({
  kind: 'record',
  type,
  members: Object.fromEntries(
    Object.entries(members).filter((member): member is [string, CsdlExpression] => member[1] !== undefined),
  ),
});

/** Paths of properties, relative to what is annotated. */
export const propertyPaths = (paths: readonly string[]): CsdlExpression =>
  collection(paths.map((path) => ({ kind: 'path', of: 'PropertyPath', path })));

/** Core.Description, where there is one. */
export const described = ({ description }: { readonly description: string | undefined }): readonly CsdlAnnotation[] =>
  description === undefined ? [] : [annotation('Core.Description', description)];

/** Who sets a property, and when. A key is never changed, whether it says so or not. */
export function propertyAnnotations(property: Property, key: readonly Property[]): readonly CsdlAnnotation[] {
  const { computed, immutable } = property;
  return [
    ...described(property),
    ...(computed ? [annotation('Core.Computed')] : []),
    ...(immutable && !computed && !key.includes(property) ? [annotation('Core.Immutable')] : []),
    ...(isFilled(property) ? [annotation('Core.ComputedDefaultValue')] : []),
    ...(computed ? [annotation('Core.Permissions', readOnly)] : []),
    ...ordered(property),
    ...searched(property),
    ...measured(property),
    ...bounded(property),
  ];
}

const readOnly: CsdlExpression = { kind: 'enum', type: 'Core.Permission', members: ['Read'] };

/** The media types of a stream property, and who sets it. */
export const streamAnnotations = (stream: Stream): readonly CsdlAnnotation[] => [
  ...described(stream),
  ...(stream.computed ? [annotation('Core.Computed'), annotation('Core.Permissions', readOnly)] : []),
  annotation(
    'Core.MediaType',
    stream.mediaTypeProperty ? { kind: 'path', of: 'Path', path: stream.mediaTypeProperty.name } : stream.mediaType,
  ),
  ...(stream.computed ? [] : acceptedMedia(stream)),
];

/** Core.AcceptableMediaTypes, where not all are taken. */
const acceptedMedia = ({ accepts }: Stream): readonly CsdlAnnotation[] =>
  accepts ? [annotation('Core.AcceptableMediaTypes', collection(accepts))] : [];

/** Items keep the order that they were written in, and a further one can come between them. */
const ordered = ({ type, computed, immutable }: Property): readonly CsdlAnnotation[] =>
  type.kind === 'collection'
    ? [annotation('Core.Ordered'), ...(computed || immutable ? [] : [annotation('Core.PositionalInsert')])]
    : [];

/** Items without a searchable text cannot be searched; values that are no objects have a text themselves. */
function searched(property: Property): readonly CsdlAnnotation[] {
  const items = complexItems(property);
  return !items || searchableProperties(items).length > 0
    ? []
    : [annotation('Capabilities.SearchRestrictions', record({ Searchable: false }))];
}

function measured({ measure }: Property): readonly CsdlAnnotation[] {
  if (!measure) return [];
  if ('unit' in measure) return [annotation('Measures.Unit', measure.unit)];
  const currency: CsdlExpression =
    'isoCurrency' in measure ? measure.isoCurrency : { kind: 'path', of: 'Path', path: measure.isoCurrencyOf };
  return [annotation('Measures.ISOCurrency', currency)];
}

const bounded = ({ minimum, maximum, pattern }: Property): readonly CsdlAnnotation[] => [
  ...(minimum === undefined ? [] : [annotation('Validation.Minimum', minimum)]),
  ...(maximum === undefined ? [] : [annotation('Validation.Maximum', maximum)]),
  ...(pattern === undefined ? [] : [annotation('Validation.Pattern', pattern)]),
];

/** May be left out on create, and is not null then. */
const isFilled = ({ nullable, computed, required, defaultValue, type }: Property): boolean =>
  !nullable && !computed && !required && defaultValue === undefined && type.kind !== 'collection';

/** Properties that aggregate(…) takes by their name alone. Data Aggregation §5.2 */
const customAggregates = (type: EntityType): readonly CsdlAnnotation[] =>
  ownMembers(type, ({ properties }) => properties).flatMap(({ name, type: of, aggregatedBy }) =>
    aggregatedBy !== undefined && of.kind === 'primitive'
      ? [{ ...annotation('Aggregation.CustomAggregate', of.name), qualifier: name }]
      : [],
  );

/** Data Aggregation §5.5.2, com.sap.vocabularies.Hierarchy.v1 */
const recursiveHierarchies = ({ hierarchies }: EntityType): readonly CsdlAnnotation[] =>
  [...(hierarchies?.values() ?? [])].flatMap(({ qualifier, node, parents, derived }) => {
    const told = [...derived].map(([term, { name }]) => [term, { kind: 'path', of: 'Path', path: name }] as const);
    const nodes = record({
      NodeProperty: { kind: 'path', of: 'PropertyPath', path: node.name },
      ParentNavigationProperty: { kind: 'path', of: 'NavigationPropertyPath', path: parents.name },
    });
    return [
      { ...annotation('Aggregation.RecursiveHierarchy', nodes), qualifier },
      ...(told.length > 0
        ? [{ ...annotation('Hierarchy.RecursiveHierarchy', record(Object.fromEntries(told))), qualifier }]
        : []),
    ];
  });

// ---- alternate keys: unique in a set or below a parent. URL Conventions §4.3.5

/** Those that hold wherever an entity of the type is addressed: in its set, or else below each of its parents. */
function typeKeys(model: Model, type: EntityType): readonly (readonly Property[])[] {
  const isInSet = [...model.entitySets.values()].some((set) => isOfType(type, set.type));
  const parents = [...model.entityTypes.values()]
    .flatMap(({ navigations }) => [...navigations.values()])
    .filter(({ target, containsTarget, collection: isMany }) => isOfType(type, target) && containsTarget && isMany);
  const inherited = type.inheritance?.base?.alternateKeys ?? [];
  return type.alternateKeys.filter(
    (key) =>
      !inherited.includes(key) &&
      (isInSet
        ? isUnique(type, key, type.partition ? [type.partition.column] : [])
        : parents.length > 0 && parents.every((parent) => isUnique(type, key, tiedColumns(parent)))),
  );
}

/** Those that hold below the navigation and not everywhere. */
function navigationKeys(model: Model, navigation: NavigationProperty): readonly (readonly Property[])[] {
  const { target, collection: isMany } = navigation;
  const everywhere = typeKeys(model, target);
  return target.alternateKeys.filter(
    (key) => isMany && !everywhere.includes(key) && isUnique(target, key, tiedColumns(navigation)),
  );
}

function isUnique(type: EntityType, key: readonly Property[], tied: readonly string[]): boolean {
  const own = key.flatMap(({ source }) => (source.kind === 'column' ? [source.column] : []));
  const columns = new Set([...tied, ...own]);
  return type.uniques.some((unique) => unique.every((column) => columns.has(column)));
}

/** Core.AlternateKeys, where there are any. */
const alternateKeys = (keys: readonly (readonly Property[])[]): readonly CsdlAnnotation[] =>
  keys.length === 0
    ? []
    : [
        annotation(
          'Core.AlternateKeys',
          collection(
            keys.map((key) =>
              record({
                Key: collection(
                  key.map(({ name }) => record({ Name: { kind: 'path', of: 'PropertyPath', path: name } })),
                ),
              }),
            ),
          ),
        ),
      ];

/** Core.OptimisticConcurrency: the version's property, when it is public. Protocol §8.3.1 */
export function concurrency({ type }: EntitySet): readonly CsdlAnnotation[] {
  const { version, properties } = type;
  if (!version) return [];
  const exposed = [...properties.values()].filter(
    ({ source }) => source.kind === 'column' && source.column === version.column,
  );
  return [annotation('Core.OptimisticConcurrency', propertyPaths(exposed.map(({ name }) => name)))];
}

/** What is said of an entity type. */
export const typeAnnotations = (model: Model, type: EntityType): readonly CsdlAnnotation[] => [
  ...described(type),
  ...alternateKeys(typeKeys(model, type)),
  ...customAggregates(type),
  ...recursiveHierarchies(type),
  ...(isMedia(type) && type.media ? acceptedMedia(type.media) : []),
];

/** Said once: what is derived from a media entity is one. CSDL §6.5 */
export const isMedia = ({ media, inheritance }: EntityType): boolean =>
  media !== undefined && !inheritance?.base?.media;

/** What is said of a navigation property, beside the capabilities of the service. */
export const navigationPropertyAnnotations = (
  model: Model,
  navigation: NavigationProperty,
): readonly CsdlAnnotation[] => [...described(navigation), ...alternateKeys(navigationKeys(model, navigation))];
