/** The Model becomes the tree of the metadata document. CSDL 4.01 */
import { offered, withHierarchies, type Capabilities } from './capabilities';
import type {
  CsdlContainer,
  CsdlDocument,
  CsdlEnumType,
  CsdlNavigation,
  CsdlOptions,
  CsdlProperty,
  CsdlReference,
  CsdlStructuredType,
  CsdlTypeDefinition,
  CsdlTypeReference,
  CsdlVersion,
} from './csdl';
import {
  annotation,
  concurrency,
  described,
  isMedia,
  navigationPropertyAnnotations,
  propertyAnnotations,
  streamAnnotations,
  typeAnnotations,
} from './csdl-annotations';
import { declaredDefault } from './edm';
import { ownMembers } from './inheritance';
import { containerAnnotations, entitySetAnnotations, navigationAnnotations } from './csdl-capabilities';
import { withAnnotations } from './csdl-included';
import { csdlImports, csdlOperations } from './csdl-operations';
import type {
  ComplexType,
  EdmType,
  EntityType,
  EnumType,
  Facets,
  Model,
  NavigationProperty,
  Property,
  RecursiveHierarchy,
  Stream,
  TypeDefinition,
} from './model';

/** Where OASIS publishes the vocabularies: names of the standard, never fetched by the service. */
const vocabularies = 'https://oasis-tcs.github.io/odata-vocabularies/vocabularies/';

const references = ({ authorizations }: Capabilities): readonly CsdlReference[] =>
  [
    'Core',
    'Capabilities',
    'Aggregation',
    'Measures',
    'Repeatability',
    'Validation',
    ...(authorizations.length > 0 ? ['Authorization'] : []),
  ].map((alias) => ({ uri: `${vocabularies}Org.OData.${alias}.V1`, namespace: `Org.OData.${alias}.V1`, alias }));

/** SAP's vocabulary, where hierarchies tell what it is about. */
const hierarchyVocabulary: CsdlReference = {
  uri: 'https://sap.github.io/odata-vocabularies/vocabularies/Hierarchy',
  namespace: 'com.sap.vocabularies.Hierarchy.v1',
  alias: 'Hierarchy',
};

/**
 * Makes the tree. So far everything that the Model can say existed in 4.0, so that the documents of both versions differ in their number
 * only; what is new in 4.01 must ask for `version` here.
 */
export function csdlDocument(
  model: Model,
  { version = '4.01', capabilities = offered, includes }: CsdlOptions = {},
): CsdlDocument {
  const hasHierarchies = [...model.entityTypes.values()].some(({ hierarchies }) => hierarchies);
  const document = wholeDocument(model, version, hasHierarchies ? withHierarchies(capabilities) : capabilities);
  return includes ? withAnnotations(document, includes) : document;
}

const derivesFromHierarchies = ({ entityTypes }: Model): boolean =>
  [...entityTypes.values()].some(({ hierarchies = new Map<string, RecursiveHierarchy>() }) =>
    [...hierarchies.values()].some(({ derived }) => derived.size > 0),
  );

function wholeDocument(model: Model, version: CsdlVersion, capabilities: Capabilities): CsdlDocument {
  return {
    version,
    references: [...references(capabilities), ...(derivesFromHierarchies(model) ? [hierarchyVocabulary] : [])],
    namespace: model.namespace,
    annotations: [annotation('Core.SchemaVersion', model.schemaVersion), annotation('Core.DefaultNamespace')],
    children: [
      ...[...model.entityTypes.values()].map((type) => entityType(model, type, capabilities)),
      ...[...model.complexTypes.values()].map((type) => complexType(model, type)),
      ...[...model.enumTypes.values()].map(enumType),
      ...[...model.typeDefinitions.values()].map(typeDefinition),
    ],
    operations: csdlOperations(model, typeReference),
    container: container(model, capabilities),
  };
}

const qualified = ({ namespace }: Model, name: string): string => `${namespace}.${name}`;

// ---- types

const entityType = (model: Model, type: EntityType, capabilities: Capabilities): CsdlStructuredType => ({
  kind: 'EntityType',
  name: type.name,
  ...(type.inheritance?.base ? { baseType: qualified(model, type.inheritance.base.name) } : {}),
  ...(type.inheritance?.isAbstract ? { isAbstract: true } : {}),
  ...(type.dynamic ? { isOpen: true } : {}),
  ...(isMedia(type) ? { hasStream: true } : {}),
  key: type.inheritance?.base ? [] : type.key.map(({ name }) => name),
  members: [
    ...ownMembers(type, ({ properties }) => properties).map((member) => property(model, member, type.key)),
    ...ownMembers(type, ({ streams = new Map<string, Stream>() }) => streams).map(streamProperty),
    ...ownMembers(type, ({ navigations }) => navigations).map((member) =>
      navigation(model, type, member, capabilities),
    ),
  ],
  annotations: typeAnnotations(model, type),
});

const complexType = (model: Model, type: ComplexType): CsdlStructuredType => ({
  kind: 'ComplexType',
  name: type.name,
  key: [],
  members: [...type.properties.values()].map((member) => property(model, member, [])),
  annotations: described(type),
});

function enumType(type: EnumType): CsdlEnumType {
  const fits = [...type.members.values()].every((value) => Math.abs(value) < 2 ** 31);
  return {
    kind: 'EnumType',
    name: type.name,
    isFlags: type.isFlags,
    underlyingType: fits ? 'Edm.Int32' : 'Edm.Int64',
    members: type.members,
    annotations: described(type),
  };
}

const typeDefinition = (definition: TypeDefinition): CsdlTypeDefinition => {
  const { name, underlying, maxLength, precision, scale } = definition;
  return {
    kind: 'TypeDefinition',
    name,
    underlyingType: underlying,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
    annotations: described(definition),
  };
};

// ---- properties

function property(model: Model, member: Property, key: readonly Property[]): CsdlProperty {
  const { type } = member;
  const text = declaredDefault(member);
  return {
    kind: 'Property',
    name: member.name,
    ...typeReference(model, member),
    ...(text !== undefined && (type.kind === 'primitive' || type.kind === 'enum')
      ? { defaultValue: { text, type: type.kind === 'enum' ? 'enum' : type.name } }
      : {}),
    annotations: propertyAnnotations(member, key),
  };
}

function typeReference(
  model: Model,
  { type, definition, nullable, maxLength, precision, scale }: Facets & Pick<Property, 'type' | 'definition'>,
): CsdlTypeReference {
  const single = type.kind === 'collection' ? type.of : type;
  // What the definition says of its values is not said again. CSDL §7.2
  const isOpen = (facet: 'maxLength' | 'precision' | 'scale'): boolean => definition?.[facet] === undefined;
  return {
    type: definition ? qualified(model, definition.name) : typeNameOf(model, single),
    collection: type.kind === 'collection',
    ...(type.kind === 'collection' && single.kind === 'entity' ? {} : { nullable }),
    ...(isOneOf(single, 'Edm.String', 'Edm.Binary') && maxLength !== undefined && isOpen('maxLength')
      ? { maxLength }
      : {}),
    ...(hasPrecision(single) && precision !== undefined && isOpen('precision') ? { precision } : {}),
    ...(isOneOf(single, 'Edm.Decimal') && isOpen('scale') ? { scale: scale ?? 'variable' } : {}),
  };
}

const hasPrecision = (type: EdmType): boolean =>
  isOneOf(type, 'Edm.Decimal', 'Edm.DateTimeOffset', 'Edm.TimeOfDay', 'Edm.Duration');

const isOneOf = (type: EdmType, ...names: readonly string[]): boolean =>
  type.kind === 'primitive' && names.includes(type.name);

function typeNameOf(model: Model, type: EdmType): string {
  if (type.kind === 'collection') throw new Error('A collection of collections has no name');
  return type.kind === 'primitive' ? type.name : qualified(model, type.name);
}

const streamProperty = (stream: Stream): CsdlProperty => ({
  kind: 'Property',
  name: stream.name,
  type: 'Edm.Stream',
  collection: false,
  nullable: stream.nullable,
  annotations: streamAnnotations(stream),
});

// ---- navigations

function navigation(
  model: Model,
  type: EntityType,
  member: NavigationProperty,
  capabilities: Capabilities,
): CsdlNavigation {
  const { name, target, collection, nullable, partner, containsTarget, onDelete } = member;
  return {
    kind: 'NavigationProperty',
    name,
    type: qualified(model, target.name),
    collection,
    ...(collection ? {} : { nullable }),
    ...(partner === undefined ? {} : { partner }),
    containsTarget,
    constraints: member.referentialConstraints,
    // What is never deleted takes nothing along.
    ...(onDelete === undefined || !type.deletable ? {} : { onDelete }),
    annotations: [...navigationPropertyAnnotations(model, member), ...navigationAnnotations(member, capabilities)],
  };
}

// ---- the container

const container = (model: Model, capabilities: Capabilities): CsdlContainer => ({
  kind: 'EntityContainer',
  name: model.container,
  children: [
    ...[...model.entitySets.values()].map((set) => ({
      kind: 'EntitySet' as const,
      name: set.name,
      type: qualified(model, set.type.name),
      bindings: set.bindings,
      annotations: [...described(set), ...concurrency(set), ...entitySetAnnotations(set, capabilities)],
    })),
    ...[...model.singletons.values()].map((singleton) => ({
      kind: 'Singleton' as const,
      name: singleton.name,
      type: qualified(model, singleton.type.name),
      bindings: singleton.bindings,
      annotations: [...described(singleton), ...concurrency(singleton)],
    })),
  ],
  imports: csdlImports(model),
  annotations: containerAnnotations(capabilities),
});
