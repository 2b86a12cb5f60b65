/**
 * What the engine offers: the one table that $metadata speaks from. Whoever adds a feature turns its line on here; a client that
 * believes $metadata must never be refused. Vocabulary Org.OData.Capabilities.V1, Protocol 4.01 §13
 */

/** A way to tell the service who asks. Org.OData.Authorization.V1 */
export type Authorization = { readonly name: string; readonly description: string } & (
  | { readonly type: 'Http'; readonly scheme: 'basic' | 'bearer'; readonly bearerFormat?: string }
  | { readonly type: 'ApiKey'; readonly keyName: string; readonly location: 'QueryOption' | 'Header' }
  | { readonly type: 'OpenIDConnect'; readonly issuerUrl: string }
);

/** The features that $metadata tells of. */
export interface Capabilities {
  readonly conformanceLevel: 'Minimal' | 'Intermediate' | 'Advanced';
  /** Protocol versions, separated by spaces. */
  readonly versions: string;
  readonly formats: readonly string[];
  readonly metadataFormats: readonly string[];

  // reading
  readonly filter: boolean;
  /** Operators and functions of $filter and $orderby. */
  readonly filterFunctions: readonly string[];
  readonly orderby: boolean;
  readonly select: boolean;
  readonly expand: boolean;
  /** How deep $expand may nest. */
  readonly expandLevels: number;
  readonly top: boolean;
  readonly skip: boolean;
  readonly count: boolean;
  readonly search: boolean;
  readonly compute: boolean;
  /** Transformations of $apply; none when it is not offered. */
  readonly apply: readonly string[];
  /** Delta links, of types that say so. */
  readonly changeTracking: boolean;

  // addressing
  readonly keys: boolean;
  readonly keyAsSegment: boolean;
  readonly querySegment: boolean;
  readonly crossJoin: boolean;

  // writing
  readonly updateMethods: readonly ('PATCH' | 'PUT')[];
  /** `/$filter(…)/$each` and PATCH or DELETE on it. */
  readonly updateEach: boolean;
  /** PATCH of a collection with a delta payload. */
  readonly deltaUpdate: boolean;
  readonly deepInsert: boolean;
  readonly deepUpdate: boolean;
  /** $select and $expand on POST, PATCH and PUT. */
  readonly selectOnWrite: boolean;

  // many requests in one, and requests that take their time
  /** Media types of $batch; none when it is not offered. */
  readonly batchFormats: readonly string[];
  readonly batchContinueOnError: boolean;
  /** `$1` for an entity in bodies and beyond the change set, and for an ETag. */
  readonly batchReferences: boolean;
  /** The member `if` of JSON batches. */
  readonly batchConditions: boolean;
  /** Content codings of request bodies. */
  readonly requestEncodings: readonly string[];
  readonly asynchronous: boolean;
  /** Repeatability-Request-ID, and the resources to forget such requests by. */
  readonly repeatable: boolean;

  /** Credentials that are taken, any one of them; none when everybody may ask. */
  readonly authorizations: readonly Authorization[];
}

/** What a model with recursive hierarchies has beside. Data Aggregation §5.5.2.1, §6.2 */
export const withHierarchies = (capabilities: Capabilities): Capabilities => ({
  ...capabilities,
  filterFunctions: [
    ...capabilities.filterFunctions,
    ...['isnode', 'isroot', 'isdescendant', 'isancestor', 'issibling', 'isleaf'].map((name) => `Aggregation.${name}`),
  ],
  apply: [
    ...capabilities.apply,
    ...['ancestors', 'descendants', 'traverse', 'com.sap.vocabularies.Hierarchy.v1.TopLevels'],
  ],
});

/** What this version of the engine offers. */
export const offered: Capabilities = {
  conformanceLevel: 'Advanced',
  versions: '4.0 4.01',
  formats: [
    'application/json;odata.metadata=minimal;IEEE754Compatible=false',
    'application/json;odata.metadata=minimal;IEEE754Compatible=true',
    'application/json;odata.metadata=full;IEEE754Compatible=false',
    'application/json;odata.metadata=full;IEEE754Compatible=true',
    'application/json;odata.metadata=none;IEEE754Compatible=false',
    'application/json;odata.metadata=none;IEEE754Compatible=true',
  ],
  metadataFormats: ['application/xml', 'application/json'],

  filter: true,
  filterFunctions: [
    ...['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in', 'has', 'and', 'or', 'not', 'any', 'all'],
    ...['add', 'sub', 'mul', 'div', 'divby', 'mod'],
    ...['concat', 'contains', 'endswith', 'indexof', 'length', 'matchesPattern', 'startswith', 'substring'],
    ...['tolower', 'toupper', 'trim', 'hassubset', 'hassubsequence'],
    ...['year', 'month', 'day', 'hour', 'minute', 'second', 'fractionalseconds', 'date', 'time'],
    ...['now', 'mindatetime', 'maxdatetime', 'totaloffsetminutes', 'totalseconds'],
    ...['round', 'floor', 'ceiling', 'case', 'cast', 'isof', 'isdefined'],
  ],
  orderby: true,
  select: true,
  expand: true,
  expandLevels: 10,
  top: true,
  skip: true,
  count: true,
  search: true,
  compute: true,
  apply: [
    ...['identity', 'filter', 'search', 'orderby', 'skip', 'top', 'compute', 'aggregate', 'groupby', 'concat'],
    ...['topcount', 'topsum', 'toppercent', 'bottomcount', 'bottomsum', 'bottompercent'],
    ...['join', 'outerjoin', 'nest', 'addnested'],
  ],
  changeTracking: true,

  keys: true,
  keyAsSegment: true,
  querySegment: true,
  crossJoin: true,

  updateMethods: ['PATCH', 'PUT'],
  updateEach: true,
  deltaUpdate: true,
  deepInsert: true,
  deepUpdate: true,
  selectOnWrite: true,

  batchFormats: ['multipart/mixed', 'application/json'],
  batchContinueOnError: true,
  batchReferences: true,
  batchConditions: true,
  requestEncodings: [],
  asynchronous: true,
  repeatable: true,

  authorizations: [],
};
