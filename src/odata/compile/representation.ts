/** What of the answer's format decides the statement and the members around its values. JSON §3, §4.5 */
import { declaredType, isPrimitive, qualifiedTypeName } from '../model/edm';
import type { ComplexType, EdmType, EntityType, TypeDefinition } from '../model/model';
import type { Field, Selection } from '../plan/plan';

/** How entities go out. */
export interface Representation {
  readonly metadata: 'minimal' | 'full' | 'none';
  readonly ieee754: boolean;
  /** Members that are left out: nulls, or what is as its property's default says. Protocol §8.2.8.6 */
  readonly omit: 'nulls' | 'defaults' | undefined;
  /** `@odata.` or `@`. */
  readonly prefix: string;
  /** The namespace of the model's types. */
  readonly namespace: string;
}

/** Nulls are left out, but for those that are told in place of another default. */
export const omitsNulls = ({ omit }: Representation): boolean => omit !== undefined;

/** Clients of 4.0 are told that an entity has no id; those of 4.01 know it. JSON §4.6.8 */
const hasNullIds = ({ metadata, prefix }: Representation): boolean => metadata !== 'none' && prefix === '@odata.';

/** What a transient entity tells of itself. JSON §4.5.3, §4.5.8 */
export const transientMembers = (
  { cast }: Extract<Field, { kind: 'transient' }>,
  representation: Representation,
): Readonly<Record<string, string | null>> => ({
  ...(cast !== undefined && representation.metadata !== 'none' && { [`${representation.prefix}type`]: `#${cast}` }),
  ...(hasNullIds(representation) && { [`${representation.prefix}id`]: null }),
});

/** That null goes out where other nulls are left out: without it, a client would take the entity for one that has an id. */
export const keepsNullIds = (representation: Representation): boolean =>
  hasNullIds(representation) && omitsNulls(representation);

/** True for types of the model, false for those that a request makes. */
const isDeclared = (type: EdmType): boolean =>
  type.kind === 'entity' && type.item ? isDeclared(type.item.type) : declaredType(type) === type;

/** The type goes out when all is told, and when it is derived from the one that the context tells. JSON §4.5.3 */
export const writesType = (type: EntityType | ComplexType, { metadata }: Representation, isDerived: boolean): boolean =>
  metadata !== 'none' && isDeclared(type) && (metadata === 'full' || isDerived);

/** The id goes out when all is told, and when there is no key or no context to make it of. JSON §4.5.8 */
export function writesId({ range, fields, tellsId }: Selection, { metadata }: Representation): boolean {
  if (metadata === 'none' || !range.identity) return false;
  if (metadata === 'full' || tellsId) return true;
  const names = new Set(fields.flatMap((field) => (field.kind === 'property' ? [field.name] : [])));
  return !range.type.key.every(({ name }) => names.has(name));
}

/** Some request can change an entity of the type. */
export const isChangeable = ({ updatable, deletable }: EntityType): boolean => updatable || deletable;

/** The type of a computed value: where a client would not guess it (`typeName`), and where all is told. JSON §4.6.3 */
export const toldType = (
  typeName: string | undefined,
  type: EdmType,
  representation: Representation,
): string | undefined =>
  typeName !== undefined && representation.metadata !== 'none'
    ? typeText(type, representation.prefix, representation.namespace)
    : writtenType(type, representation);

/** The type of a value as control information, where all is told and the JSON does not tell it itself. JSON §4.5.3 */
export function writtenType(
  type: EdmType,
  { metadata, prefix, namespace }: Representation,
  definition?: TypeDefinition,
): string | undefined {
  if (metadata === 'full' && definition) return `#${qualifiedTypeName(namespace, type, definition)}`;
  if (metadata !== 'full' || isPrimitive(type, 'Edm.String') || isPrimitive(type, 'Edm.Boolean')) return undefined;
  return typeText(type, prefix, namespace);
}

function typeText(type: EdmType, prefix: string, namespace: string): string | undefined {
  if (type.kind === 'collection') {
    const item = typeText(type.of, prefix, namespace)?.replace('#', '');
    return item && `#Collection(${item})`;
  }
  const declared = declaredType(type);
  if (declared?.kind !== 'primitive') return declared && `#${qualifiedTypeName(namespace, declared)}`;
  const name = declared.name.slice('Edm.'.length);
  return prefix === '@odata.' ? `#${name}` : name;
}
