/** The terms of the vocabularies that documents refer to. A term that is not applied is null; a name that is none is a mistake. OData Vocabularies 4.0, URL Conventions §5.1.1.16 */

const terms: Readonly<Record<string, string>> = {
  Core: 'ODataVersions SchemaVersion Revisions Description LongDescription Links Example Messages ValueException ResourceException DataModificationException IsLanguageDependent RequiresType AppliesViaContainer ResourcePath DereferenceableIDs ConventionalIDs Permissions ContentID DefaultNamespace Immutable Computed ComputedDefaultValue IsURL AcceptableMediaTypes MediaType IsMediaType ContentDisposition OptimisticConcurrency AdditionalProperties AutoExpand AutoExpandReferences MayImplement Ordered PositionalInsert AlternateKeys OptionalParameter OperationAvailable RequiresExplicitBinding ExplicitOperationBindings SymbolicName GeometryFeature AnyStructure IsDelta',
  Capabilities:
    'ConformanceLevel SupportedFormats SupportedMetadataFormats AcceptableEncodings AsynchronousRequestsSupported BatchContinueOnErrorSupported IsolationSupported CrossJoinSupported CallbackSupported ChangeTracking CountRestrictions NavigationRestrictions IndexableByKey TopSupported SkipSupported ComputeSupported SelectSupport BatchSupported BatchSupport FilterFunctions FilterRestrictions SortRestrictions ExpandRestrictions SearchRestrictions KeyAsSegmentSupported QuerySegmentSupported InsertRestrictions DeepInsertSupport UpdateRestrictions DeepUpdateSupport DeleteRestrictions CollectionPropertyRestrictions OperationRestrictions AnnotationValuesInQuerySupported ModificationQueryOptions ReadRestrictions CustomHeaders CustomQueryOptions MediaLocationUpdateSupported DefaultCapabilities',
  Aggregation:
    'ApplySupported ApplySupportedDefaults Groupable Aggregatable CustomAggregate ContextDefiningProperties LeveledHierarchy RecursiveHierarchy UpPath AvailableOnAggregates',
  Measures: 'ISOCurrency Scale Unit UNECEUnit DurationGranularity',
  Repeatability: 'Supported DeleteWithClientIDSupported DeleteWithRequestIDSupported',
  Validation:
    'Pattern Minimum Maximum Exclusive AllowedValues MultipleOf Constraint ItemsOf OpenPropertyTypeConstraint DerivedTypeConstraint AllowedTerms ApplicableTerms MaxItems MinItems',
  Authorization: 'SecuritySchemes Authorizations',
  Hierarchy: 'RecursiveHierarchy RecursiveHierarchyActions MatchCount RecursiveHierarchySupported',
};

/** Their names, qualified by the alias of the vocabulary: `Core.Description`. */
export const vocabularyTerms: ReadonlySet<string> = new Set(
  Object.entries(terms).flatMap(([alias, names]) => names.split(' ').map((name) => `${alias}.${name}`)),
);
