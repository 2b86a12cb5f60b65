/** What $select can name parts of: a property, or a computed value. URL Conventions §5.1.4 */
import { odataError } from '../error';
import type { EdmType, Model, Property } from '../model/model';
import type { NameSegment } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { placeOf } from './context';
import { pathInGroup, typeOfLeft } from './group-type';
import type { Bound } from './plan';
import { complexSource, type ComplexSource } from './structured';
import { isCastTo } from './type-names';

/** By its name; a complex value, or what is left of an entity, has parts. */
export interface Choosable {
  readonly name: string;
  readonly type: EdmType;
  readonly source?: ComplexSource | undefined;
}

export const choosable = ({ name, type, source }: Property): Choosable =>
  source.kind === 'complex' ? { name, type, source } : { name, type };

/** The same of a value under a name of the request. */
export const choosableValue = (name: string, value: Exclude<Bound, { kind: 'null' }>): Choosable => ({
  name,
  type: value.type,
  source: complexSource(value),
});

/** The path without a cast of a complex value, of items, or of what is left of an entity, to the type that it has. */
export function withoutOwnCast(
  model: Model,
  { type, source }: Pick<Choosable, 'type' | 'source'>,
  path: readonly NameSegment[],
): readonly NameSegment[] {
  const left = source && typeOfLeft(source);
  if (left) return pathInGroup({ model }, left, path) ?? path;
  const [first, ...rest] = path;
  const one = type.kind === 'collection' ? type.of : type;
  return first && one.kind === 'complex' && isCastTo(model, one, first.name) ? rest : path;
}

/** The part that a segment names. */
export function partNamed(type: string, { properties }: ComplexSource, { name, place }: NameSegment): Choosable {
  const found = properties.get(name);
  if (found) return choosable(found);
  throw odataError('UnknownProperty', { type, name, hint: didYouMean(name, [...properties.keys()]) }, placeOf(place));
}
