/** The metadata document as CSDL JSON 4.01: defaults of the format are left out. */
import type {
  CsdlAnnotation,
  CsdlContainer,
  CsdlDocument,
  CsdlEnumType,
  CsdlExpression,
  CsdlImport,
  CsdlNavigation,
  CsdlOperation,
  CsdlOptions,
  CsdlProperty,
  CsdlReference,
  CsdlStructuredType,
  CsdlTypeDefinition,
  CsdlTypeReference,
} from './csdl';
import { csdlDocument } from './csdl-document';
import type { Model } from './model';
import { primitiveType } from './types';

type Json = string | number | boolean | readonly Json[] | JsonObject;

/** An object of a CSDL JSON document. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Makes the document. CSDL JSON §3 */
export function csdlJson(model: Model, options?: CsdlOptions): JsonObject {
  const { version, references, namespace, children, operations, container, annotations } = csdlDocument(model, options);
  return {
    $Version: version,
    $EntityContainer: `${namespace}.${container.name}`,
    $Reference: Object.fromEntries(references.map(reference)),
    [namespace]: {
      ...annotated(annotations),
      ...byName(children, schemaType),
      ...overloads(operations),
      [container.name]: entityContainer(container),
    },
  };
}

const byName = <T extends { readonly name: string }>(items: readonly T[], write: (item: T) => JsonObject): JsonObject =>
  Object.fromEntries(items.map((item) => [item.name, write(item)]));

/** A member that is written only when it says more than the format's default. */
const when = (condition: boolean, members: JsonObject): JsonObject => (condition ? members : {});

const reference = ({ uri, namespace, alias }: CsdlReference): readonly [string, JsonObject] => [
  `${uri}.json`,
  { $Include: [{ $Namespace: namespace, $Alias: alias }] },
];

function schemaType(child: CsdlDocument['children'][number]): JsonObject {
  if (child.kind === 'EnumType') return enumType(child);
  return child.kind === 'TypeDefinition' ? typeDefinition(child) : structuredType(child);
}

/** CSDL JSON §11 */
const typeDefinition = ({ kind, underlyingType, annotations, ...facets }: CsdlTypeDefinition): JsonObject => ({
  $Kind: kind,
  $UnderlyingType: underlyingType,
  ...facetsOf(facets),
  ...annotated(annotations),
});

/** CSDL JSON §6, §9 */
const structuredType = ({
  kind,
  baseType,
  isAbstract = false,
  isOpen = false,
  hasStream = false,
  key,
  members,
  annotations,
}: CsdlStructuredType): JsonObject => ({
  $Kind: kind,
  ...(baseType === undefined ? {} : { $BaseType: baseType }),
  ...when(isAbstract, { $Abstract: true }),
  ...when(isOpen, { $OpenType: true }),
  ...when(hasStream, { $HasStream: true }),
  ...when(key.length > 0, { $Key: key }),
  ...annotated(annotations),
  ...byName(members, (member) => (member.kind === 'Property' ? property(member) : navigation(member))),
});

/** CSDL JSON §10 */
const enumType = ({ kind, isFlags, underlyingType, members, annotations }: CsdlEnumType): JsonObject => ({
  $Kind: kind,
  ...when(isFlags, { $IsFlags: true }),
  ...when(underlyingType !== 'Edm.Int32', { $UnderlyingType: underlyingType }),
  ...annotated(annotations),
  ...Object.fromEntries(members),
});

/** CSDL JSON §7 */
const property = (member: CsdlProperty): JsonObject => ({
  ...typeReference(member),
  ...(member.defaultValue ? { $DefaultValue: defaultValue(member.defaultValue) } : {}),
  ...annotated(member.annotations),
});

const typeReference = (reference: CsdlTypeReference): JsonObject => {
  const { type, collection, nullable } = reference;
  return {
    ...when(collection, { $Collection: true }),
    ...when(type !== 'Edm.String', { $Type: type }),
    ...when(nullable === true, { $Nullable: true }),
    ...facetsOf(reference),
  };
};

const facetsOf = ({
  maxLength,
  precision,
  scale,
}: Pick<CsdlTypeReference, 'maxLength' | 'precision' | 'scale'>): JsonObject => ({
  ...(maxLength === undefined ? {} : { $MaxLength: maxLength }),
  ...(precision === undefined ? {} : { $Precision: precision }),
  ...(scale === undefined || scale === 'variable' ? {} : { $Scale: scale }),
});

/** As the value would stand in a payload; what no JSON number holds exactly stays text. CSDL JSON §7.2.7 */
function defaultValue({ text, type }: NonNullable<CsdlProperty['defaultValue']>): Json {
  if (type === 'Edm.Boolean') return text === 'true';
  const isNumber = type !== 'enum' && primitiveType(type).rank > 0;
  return isNumber && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** CSDL JSON §8 */
const navigation = (member: CsdlNavigation): JsonObject => {
  const { kind, type, collection, nullable = false, partner, containsTarget, constraints, onDelete } = member;
  return {
    $Kind: kind,
    ...when(collection, { $Collection: true }),
    $Type: type,
    ...when(nullable, { $Nullable: true }),
    ...(partner === undefined ? {} : { $Partner: partner }),
    ...when(containsTarget, { $ContainsTarget: true }),
    ...when(constraints.length > 0, {
      $ReferentialConstraint: Object.fromEntries(
        constraints.map(({ property, referencedProperty }) => [property, referencedProperty]),
      ),
    }),
    ...(onDelete === undefined ? {} : { $OnDelete: onDelete }),
    ...annotated(member.annotations),
  };
};

/** Overloads are the items of one array. CSDL JSON §12.1, §12.3 */
function overloads(operations: readonly CsdlOperation[]): JsonObject {
  const byName = new Map<string, JsonObject[]>();
  for (const one of operations) byName.set(one.name, [...(byName.get(one.name) ?? []), operation(one)]);
  return Object.fromEntries(byName);
}

const operation = (member: CsdlOperation): JsonObject => ({
  $Kind: member.kind,
  ...when(member.isBound, { $IsBound: true }),
  ...when(member.isComposable, { $IsComposable: true }),
  ...(member.entitySetPath === undefined ? {} : { $EntitySetPath: member.entitySetPath }),
  ...when(member.parameters.length > 0, {
    $Parameter: member.parameters.map((parameter) => ({
      $Name: parameter.name,
      ...typeReference(parameter),
      ...annotated(parameter.annotations),
    })),
  }),
  ...(member.returns ? { $ReturnType: typeReference(member.returns) } : {}),
  ...annotated(member.annotations),
});

/** CSDL JSON §13.5, §13.6 */
const operationImport = (member: CsdlImport): JsonObject => ({
  [member.kind === 'FunctionImport' ? '$Function' : '$Action']: member.operation,
  ...(member.entitySet === undefined ? {} : { $EntitySet: member.entitySet }),
  ...when(member.includeInServiceDocument, { $IncludeInServiceDocument: true }),
  ...annotated(member.annotations),
});

/** CSDL JSON §13 */
const entityContainer = ({ kind, children, imports, annotations }: CsdlContainer): JsonObject => ({
  $Kind: kind,
  ...annotated(annotations),
  ...byName(imports, operationImport),
  ...byName(children, (set) => ({
    ...when(set.kind === 'EntitySet', { $Collection: true }),
    $Type: set.type,
    ...when(set.bindings.size > 0, { $NavigationPropertyBinding: Object.fromEntries(set.bindings) }),
    ...annotated(set.annotations),
  })),
});

/** CSDL JSON §14.2 */
const annotated = (annotations: readonly CsdlAnnotation[]): JsonObject =>
  Object.fromEntries(
    annotations.map(({ term, qualifier, value }) => [
      `@${term}${qualifier === undefined ? '' : `#${qualifier}`}`,
      expression(value),
    ]),
  );

/** CSDL JSON §14.3, §14.4 */
function expression(value: CsdlExpression): Json {
  if (typeof value !== 'object') return value;
  switch (value.kind) {
    case 'enum':
      return value.members.join(',');
    case 'path':
      return value.of === 'Path' ? { $Path: value.path } : value.path;
    case 'collection':
      return value.items.map(expression);
    case 'record':
      return {
        // The prefix is right in 4.0 and in 4.01.
        ...when(value.type !== undefined, { '@odata.type': `#${value.type ?? ''}` }),
        ...Object.fromEntries(Object.entries(value.members).map(([name, member]) => [name, expression(member)])),
      };
  }
}
