/** The table of capabilities as annotations of the container and its sets. Org.OData.Capabilities.V1, Aggregation.V1 */
import type { Authorization, Capabilities } from './capabilities';
import type { CsdlAnnotation, CsdlExpression } from './csdl';
import { annotation, collection, propertyPaths, record } from './csdl-annotations';
import { lineage } from './inheritance';
import type { EntitySet, EntityType, NavigationProperty } from './model';
import { searchableProperties } from './searchable';
import { tracksChanges, tracksExpanded, tracksMembers } from './tracking';

/** What holds for the service as a whole. */
export function containerAnnotations(capabilities: Capabilities): readonly CsdlAnnotation[] {
  const {
    conformanceLevel: level,
    apply,
    select,
    search,
    batchFormats,
    requestEncodings,
    selectOnWrite,
  } = capabilities;
  return [
    annotation('Core.ODataVersions', capabilities.versions),
    annotation('Core.ConventionalIDs'),
    annotation('Core.DereferenceableIDs'),
    annotation(
      'Core.LongDescription',
      `Strings compare and sort by code point; contains, startswith, endswith and eq tell capital from small letters${search ? ', $search does not' : ''}. Null sorts before all values.`,
    ),
    annotation('Capabilities.ConformanceLevel', {
      kind: 'enum',
      type: 'Capabilities.ConformanceLevelType',
      members: [level],
    }),
    annotation('Capabilities.SupportedFormats', collection(capabilities.formats)),
    annotation('Capabilities.SupportedMetadataFormats', collection(capabilities.metadataFormats)),
    ...(requestEncodings.length > 0
      ? [annotation('Capabilities.AcceptableEncodings', collection(requestEncodings))]
      : []),
    annotation('Capabilities.AsynchronousRequestsSupported', capabilities.asynchronous),
    ...(capabilities.repeatable ? repeatable : []),
    annotation('Capabilities.BatchSupported', batchFormats.length > 0),
    annotation('Capabilities.BatchSupport', batchSupport(capabilities)),
    annotation('Capabilities.CrossJoinSupported', capabilities.crossJoin),
    ...(apply.length > 0 ? [annotation('Aggregation.ApplySupportedDefaults', applySupport(capabilities))] : []),
    annotation('Capabilities.KeyAsSegmentSupported', capabilities.keyAsSegment),
    annotation('Capabilities.QuerySegmentSupported', capabilities.querySegment),
    annotation('Capabilities.FilterFunctions', collection(capabilities.filterFunctions)),
    annotation('Capabilities.SelectSupport', record({ Supported: select })),
    annotation('Capabilities.DeepInsertSupport', deepSupport(capabilities.deepInsert)),
    annotation('Capabilities.DeepUpdateSupport', deepSupport(capabilities.deepUpdate)),
    annotation(
      'Capabilities.ModificationQueryOptions',
      record({ ExpandSupported: selectOnWrite, SelectSupported: selectOnWrite }),
    ),
    ...authorized(capabilities),
  ];
}

/** Each way alone is enough. Org.OData.Authorization.V1 */
const authorized = ({ authorizations }: Capabilities): readonly CsdlAnnotation[] =>
  authorizations.length === 0
    ? []
    : [
        annotation('Authorization.Authorizations', collection(authorizations.map(authorization))),
        annotation(
          'Authorization.SecuritySchemes',
          collection(authorizations.map(({ name }) => record({ Authorization: name }))),
        ),
      ];

function authorization(way: Authorization): CsdlExpression {
  const { type, name, description } = way;
  const own = {
    ...(way.type === 'Http' && { Scheme: way.scheme, BearerFormat: way.bearerFormat }),
    ...(way.type === 'ApiKey' && {
      KeyName: way.keyName,
      Location: { kind: 'enum', type: 'Authorization.KeyLocation', members: [way.location] } as const,
    }),
    ...(way.type === 'OpenIDConnect' && { IssuerUrl: way.issuerUrl }),
  };
  return record({ Name: name, Description: description, ...own }, `Authorization.${type}`);
}

/** No property is named: all can be grouped by, and all whose type a method fits can be aggregated. Data Aggregation §5.1 */
const applySupport = ({ apply }: Capabilities): CsdlExpression =>
  record({
    Transformations: collection(apply),
    Rollup: { kind: 'enum', type: 'Aggregation.RollupType', members: ['MultipleHierarchies'] },
  });

/** Names that a client gives to nested entities come back wherever these are offered. */
const deepSupport = (supported: boolean): CsdlExpression =>
  record(supported ? { Supported: true, ContentIDSupported: true } : { Supported: false });

/** Org.OData.Repeatability.V1 */
const repeatable = [
  annotation('Repeatability.Supported'),
  annotation('Repeatability.DeleteWithClientIDSupported'),
  annotation('Repeatability.DeleteWithRequestIDSupported'),
];

const batchSupport = ({
  batchFormats,
  batchContinueOnError,
  batchReferences,
  batchConditions,
}: Capabilities): CsdlExpression =>
  batchFormats.length === 0
    ? record({ Supported: false })
    : record({
        Supported: true,
        ContinueOnErrorSupported: batchContinueOnError,
        ReferencesInRequestBodiesSupported: batchReferences,
        ReferencesAcrossChangeSetsSupported: batchReferences,
        EtagReferencesSupported: batchReferences,
        RequestDependencyConditionsSupported: batchConditions,
        SupportedFormats: collection(batchFormats),
      });

/** What holds for the entities of one set. */
export function entitySetAnnotations({ type }: EntitySet, capabilities: Capabilities): readonly CsdlAnnotation[] {
  const { keys, top, skip, compute, changeTracking, apply } = capabilities;
  return [
    annotation('Capabilities.IndexableByKey', keys),
    annotation('Capabilities.TopSupported', top),
    annotation('Capabilities.SkipSupported', skip),
    annotation('Capabilities.ComputeSupported', compute),
    annotation('Capabilities.ChangeTracking', trackingSupport(type, changeTracking && tracksChanges(type))),
    ...queryRestrictions(type, capabilities),
    ...(apply.length > 0 ? [annotation('Aggregation.ApplySupported', applySupport(capabilities))] : []),
    annotation('Capabilities.InsertRestrictions', insertRestrictions(type, true)),
    annotation('Capabilities.UpdateRestrictions', updateRestrictions(type, capabilities)),
    annotation('Capabilities.DeleteRestrictions', deleteRestrictions(type, capabilities)),
    ...navigationRestrictions(type, capabilities),
  ];
}

/** All properties can be filtered by: what their values come from is tracked as well. Many-to-many links, for example, are not. */
function trackingSupport({ properties, navigations }: EntityType, supported: boolean): CsdlExpression {
  const expandable = [...navigations.values()].filter(tracksExpanded);
  return record({
    Supported: supported,
    FilterableProperties: supported ? propertyPaths([...properties.keys()]) : undefined,
    ExpandableProperties: supported
      ? collection(expandable.map(({ name }) => ({ kind: 'path', of: 'NavigationPropertyPath', path: name })))
      : undefined,
  });
}

/** What holds for the entities that a navigation leads to. */
export const navigationAnnotations = (
  navigation: NavigationProperty,
  { changeTracking }: Capabilities,
): readonly CsdlAnnotation[] =>
  changeTracking && tracksMembers(navigation)
    ? [annotation('Capabilities.ChangeTracking', trackingSupport(navigation.target, true))]
    : [];

function queryRestrictions(type: EntityType, capabilities: Capabilities): readonly CsdlAnnotation[] {
  const { filter, orderby, expand, expandLevels, count, search } = capabilities;
  const ofKind = (...kinds: readonly string[]): readonly string[] =>
    [...type.properties.values()].filter((property) => kinds.includes(property.type.kind)).map(({ name }) => name);
  const derived = lineage(type).flatMap(({ hierarchies }) =>
    [...(hierarchies?.values() ?? [])].flatMap((hierarchy) => [...hierarchy.derived.values()].map(({ name }) => name)),
  );
  // Null in the entities of the set.
  const nulls = [...new Set(derived)];
  const streams = [...(type.streams?.keys() ?? [])];
  const pathsOf = (names: readonly string[]): CsdlExpression | undefined =>
    names.length === 0 ? undefined : propertyPaths(names);
  return [
    annotation(
      'Capabilities.FilterRestrictions',
      record({ Filterable: filter, NonFilterableProperties: pathsOf([...nulls, ...streams]) }),
    ),
    annotation(
      'Capabilities.SortRestrictions',
      record({
        Sortable: orderby,
        NonSortableProperties: pathsOf([...ofKind('collection', 'complex'), ...nulls, ...streams]),
      }),
    ),
    annotation('Capabilities.ExpandRestrictions', record({ Expandable: expand, MaxLevels: expandLevels })),
    annotation('Capabilities.CountRestrictions', record({ Countable: count })),
    annotation(
      'Capabilities.SearchRestrictions',
      record({ Searchable: search && searchableProperties(type).length > 0 }),
    ),
  ];
}

/** Paths of required properties are said where they start at what is annotated. */
function insertRestrictions({ insertable, properties }: EntityType, withPaths: boolean): CsdlExpression {
  const required = [...properties.values()].filter((property) => property.required).map(({ name }) => name);
  const paths = insertable && withPaths && required.length > 0 ? propertyPaths(required) : undefined;
  return record({ Insertable: insertable, RequiredProperties: paths });
}

const updateRestrictions = (
  { updatable }: EntityType,
  { updateMethods, updateEach, deltaUpdate }: Capabilities,
): CsdlExpression =>
  updatable
    ? record({
        Updatable: true,
        DeltaUpdateSupported: deltaUpdate,
        UpdateMethod: { kind: 'enum', type: 'Capabilities.HttpMethod', members: updateMethods },
        FilterSegmentSupported: updateEach,
        TypecastSegmentSupported: updateEach,
      })
    : record({ Updatable: false });

const deleteRestrictions = ({ deletable }: EntityType, { updateEach }: Capabilities): CsdlExpression =>
  deletable
    ? record({ Deletable: true, FilterSegmentSupported: updateEach, TypecastSegmentSupported: updateEach })
    : record({ Deletable: false });

/** Contained collections have no set that could say it for them. */
function navigationRestrictions(type: EntityType, capabilities: Capabilities): readonly CsdlAnnotation[] {
  const restricted = contained(type).map(({ path, target }) =>
    record({
      NavigationProperty: { kind: 'path', of: 'NavigationPropertyPath', path },
      SearchRestrictions: record({ Searchable: capabilities.search && searchableProperties(target).length > 0 }),
      InsertRestrictions: insertRestrictions(target, false),
      UpdateRestrictions: updateRestrictions(target, capabilities),
      DeleteRestrictions: deleteRestrictions(target, capabilities),
      OptimisticConcurrencyControl: target.version !== undefined,
    }),
  );
  return restricted.length === 0
    ? []
    : [annotation('Capabilities.NavigationRestrictions', record({ RestrictedProperties: collection(restricted) }))];
}

interface Contained {
  readonly path: string;
  readonly target: EntityType;
}

/** The contained navigations of a type, and those of what it contains. */
function contained(type: EntityType, path = '', seen: readonly EntityType[] = []): readonly Contained[] {
  if (seen.includes(type)) return [];
  return [...type.navigations.values()]
    .filter(({ containsTarget }) => containsTarget)
    .flatMap(({ name, target }) => [
      { path: `${path}${name}`, target },
      ...contained(target, `${path}${name}/`, [...seen, type]),
    ]);
}
