/** The metadata document as CSDL XML. Every attribute whose default differs between readers is written out. */
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
import { element, type Xml } from './xml';

/** Makes the document. CSDL XML §3, §4 */
export function csdlXml(model: Model, options?: CsdlOptions): string {
  const { version, references, namespace, children, operations, container, annotations } = csdlDocument(model, options);
  const schema = element('Schema', { xmlns: 'http://docs.oasis-open.org/odata/ns/edm', Namespace: namespace }, [
    ...children.map(schemaType),
    ...operations.map(operation),
    entityContainer(container),
    ...annotations.map(annotation),
  ]);
  const edmx = { 'xmlns:edmx': 'http://docs.oasis-open.org/odata/ns/edmx', Version: version };
  const root = element('edmx:Edmx', edmx, [...references.map(reference), element('edmx:DataServices', {}, [schema])]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.toString()}`;
}

const reference = ({ uri, namespace, alias }: CsdlReference): Xml =>
  element('edmx:Reference', { Uri: `${uri}.xml` }, [element('edmx:Include', { Namespace: namespace, Alias: alias })]);

function schemaType(child: CsdlDocument['children'][number]): Xml {
  if (child.kind === 'EnumType') return enumType(child);
  return child.kind === 'TypeDefinition' ? typeDefinition(child) : structuredType(child);
}

/** CSDL XML §11 */
const typeDefinition = ({
  kind,
  name,
  underlyingType,
  maxLength,
  precision,
  scale,
  annotations,
}: CsdlTypeDefinition): Xml =>
  element(
    kind,
    { Name: name, UnderlyingType: underlyingType, MaxLength: maxLength, Precision: precision, Scale: scale },
    annotations.map(annotation),
  );

/** CSDL XML §6, §9 */
const structuredType = (type: CsdlStructuredType): Xml => {
  const { kind, name, baseType, isAbstract, isOpen, hasStream, key, members, annotations } = type;
  return element(
    kind,
    { Name: name, BaseType: baseType, Abstract: isAbstract, OpenType: isOpen, HasStream: hasStream },
    [
      ...(key.length === 0
        ? []
        : [
            element(
              'Key',
              {},
              key.map((Name) => element('PropertyRef', { Name })),
            ),
          ]),
      ...members.map((member) => (member.kind === 'Property' ? property(member) : navigation(member))),
      ...annotations.map(annotation),
    ],
  );
};

/** CSDL XML §10 */
const enumType = ({ name, isFlags, underlyingType, members, annotations }: CsdlEnumType): Xml =>
  element(
    'EnumType',
    {
      Name: name,
      UnderlyingType: underlyingType === 'Edm.Int32' ? undefined : underlyingType,
      IsFlags: isFlags || undefined,
    },
    [
      ...[...members].map(([member, Value]) => element('Member', { Name: member, Value })),
      ...annotations.map(annotation),
    ],
  );

const typeName = ({ type, collection }: { readonly type: string; readonly collection: boolean }): string =>
  collection ? `Collection(${type})` : type;

const typeAttributes = (type: CsdlTypeReference) => ({
  Type: typeName(type),
  Nullable: type.nullable,
  MaxLength: type.maxLength,
  Precision: type.precision,
  Scale: type.scale,
});

/** CSDL XML §7 */
const property = (member: CsdlProperty): Xml =>
  element(
    'Property',
    {
      Name: member.name,
      ...typeAttributes(member),
      DefaultValue: member.defaultValue?.text,
    },
    member.annotations.map(annotation),
  );

/** CSDL XML §8 */
const navigation = (member: CsdlNavigation): Xml =>
  element(
    'NavigationProperty',
    {
      Name: member.name,
      Type: typeName(member),
      Nullable: member.nullable,
      Partner: member.partner,
      ContainsTarget: member.containsTarget || undefined,
    },
    [
      ...member.constraints.map(({ property: Property, referencedProperty: ReferencedProperty }) =>
        element('ReferentialConstraint', { Property, ReferencedProperty }),
      ),
      ...(member.onDelete === undefined ? [] : [element('OnDelete', { Action: member.onDelete })]),
      ...member.annotations.map(annotation),
    ],
  );

/** CSDL XML §12.1, §12.3 */
const operation = (member: CsdlOperation): Xml =>
  element(
    member.kind,
    {
      Name: member.name,
      IsBound: member.isBound || undefined,
      IsComposable: member.isComposable || undefined,
      EntitySetPath: member.entitySetPath,
    },
    [
      ...member.parameters.map((parameter) =>
        element(
          'Parameter',
          { Name: parameter.name, ...typeAttributes(parameter) },
          parameter.annotations.map(annotation),
        ),
      ),
      ...(member.returns ? [element('ReturnType', typeAttributes(member.returns))] : []),
      ...member.annotations.map(annotation),
    ],
  );

/** CSDL XML §13.5, §13.6 */
const operationImport = (member: CsdlImport): Xml =>
  element(
    member.kind,
    {
      Name: member.name,
      [member.kind === 'FunctionImport' ? 'Function' : 'Action']: member.operation,
      EntitySet: member.entitySet,
      IncludeInServiceDocument: member.includeInServiceDocument || undefined,
    },
    member.annotations.map(annotation),
  );

/** CSDL XML §13, §13.2, §13.3 */
const entityContainer = ({ name, children, imports, annotations }: CsdlContainer): Xml =>
  element('EntityContainer', { Name: name }, [
    ...children.map((set) =>
      element(set.kind, { Name: set.name, [set.kind === 'Singleton' ? 'Type' : 'EntityType']: set.type }, [
        ...[...set.bindings].map(([Path, Target]) => element('NavigationPropertyBinding', { Path, Target })),
        ...set.annotations.map(annotation),
      ]),
    ),
    ...imports.map(operationImport),
    ...annotations.map(annotation),
  ]);

/** CSDL XML §14.2 */
const annotation = ({ term, qualifier, value }: CsdlAnnotation): Xml =>
  valued('Annotation', { Term: term, ...(qualifier === undefined ? {} : { Qualifier: qualifier }) }, value);

/** An element with a value: simple ones as an attribute, others as a child. CSDL XML §14.3, §14.4 */
function valued(name: string, attributes: Readonly<Record<string, string>>, value: CsdlExpression): Xml {
  const simple = constant(value);
  return simple ? element(name, { ...attributes, [simple[0]]: simple[1] }) : element(name, attributes, [child(value)]);
}

/** The name of a constant or path and its text; undefined for collections and records. */
function constant(value: CsdlExpression): readonly [string, string] | undefined {
  if (typeof value === 'string') return ['String', value];
  if (typeof value === 'boolean') return ['Bool', String(value)];
  if (typeof value === 'number') return [Number.isInteger(value) ? 'Int' : 'Decimal', String(value)];
  if (value.kind === 'enum') return ['EnumMember', value.members.map((member) => `${value.type}/${member}`).join(' ')];
  if (value.kind === 'path') return [value.of, value.path];
  return undefined;
}

function child(value: CsdlExpression): Xml {
  const simple = constant(value);
  if (simple) return element(simple[0], {}, simple[1]);
  if (typeof value === 'object' && value.kind === 'collection')
    return element('Collection', {}, value.items.map(child));
  const { type, members } = typeof value === 'object' && value.kind === 'record' ? value : { members: {} };
  return element(
    'Record',
    { Type: type },
    Object.entries(members).map(([Property, member]) => valued('PropertyValue', { Property }, member)),
  );
}
