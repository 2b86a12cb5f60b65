/** Names of types in a request. URL Conventions §5.1.1.10 */
import { odataError } from '../error';
import { complexItems, edm } from '../model/edm';
import type { EdmType, Model, Property, TypeDefinition } from '../model/model';
import { primitiveTypes, type EdmTypeName } from '../model/types';
import { vocabularyEnum } from '../model/vocabulary-enums';
import type { NameSegment, ResourceSegment, TypeNameExpression } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { habitOfPrefix } from '../url/habits';
import { placeOf, type PlanContext } from './context';

const isPrimitiveName = (name: string): name is EdmTypeName => name in primitiveTypes;

/** The type that a qualified name stands for, and the type definition that narrows it, or its items. */
export function resolveType(
  context: PlanContext,
  node: TypeNameExpression,
): { readonly type: EdmType; readonly definition: TypeDefinition | undefined } {
  const definition = context.model.typeDefinitions.get(localName(context.model.namespace, node.name) ?? '');
  const single = definition ? edm(definition.underlying) : singleType(context, node);
  return { type: node.collection ? { kind: 'collection', of: single } : single, definition };
}

function singleType({ model }: PlanContext, { name, place }: TypeNameExpression): EdmType {
  if (isPrimitiveName(name)) return edm(name);
  const local = localName(model.namespace, name);
  const found =
    local === undefined
      ? undefined
      : (model.entityTypes.get(local) ?? model.complexTypes.get(local) ?? model.enumTypes.get(local));
  const known = found ?? vocabularyEnum(name);
  if (known) return known;
  const names = [
    ...Object.keys(primitiveTypes),
    ...model.entityTypes.keys(),
    ...model.complexTypes.keys(),
    ...model.enumTypes.keys(),
    ...model.typeDefinitions.keys(),
  ];
  const hint = habitOfPrefix(name) || didYouMean(name, names);
  throw odataError('UnknownType', { name, hint }, placeOf(place));
}

/** Whether a segment of a path is the qualified name of the very type that the path has come to: it changes nothing. */
export const isCastTo = ({ namespace }: Model, { name }: { readonly name: string }, segment: string): boolean =>
  segment.includes('.') && localName(namespace, segment) === name;

/** What is left of a path behind a property without casts of complex values, and of items, to the types that they have: these change nothing. URL Conventions §4.11 */
export function withoutOwnCasts<S extends ResourceSegment | NameSegment>(
  model: Model,
  property: Property,
  [segment, ...rest]: readonly S[],
): readonly S[] {
  if (!segment) return [];
  if (segment.kind !== 'name') return [segment, ...withoutOwnCasts(model, property, rest)];
  const { source, type } = property;
  const single = type.kind === 'collection' ? type.of : type;
  const isCast = single.kind === 'complex' && !segment.arguments && isCastTo(model, single, segment.name);
  if (isCast) return withoutOwnCasts(model, property, rest);
  const parts = source.kind === 'complex' ? source.properties : complexItems(property)?.properties;
  return [segment, ...withoutOwnCasts(model, parts?.get(segment.name) ?? property, rest)];
}

/** The name within the schema, from a name qualified by its namespace or an unqualified one. */
export function localName(namespace: string, name: string): string | undefined {
  if (name.startsWith(`${namespace}.`)) return name.slice(namespace.length + 1);
  return name.includes('.') ? undefined : name;
}
