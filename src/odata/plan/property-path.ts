/** The path of a property, which a request reads or writes. URL Conventions §4.6 */
import type { Property } from '../model/model';
import { isIdentifier } from '../url';
import type { NameSegment, ResourceSegment } from '../url/ast';
import { unknownSegment } from './context';

/** A property of an entity or of an item, and what the path says of it. */
export type PropertyPath = readonly [NameSegment, ...ResourceSegment[]];

/** What names lead to from a property through the members of complex values, and the segments behind it. 404 where a member is unknown. */
export function memberAlong(
  property: Property,
  segments: readonly ResourceSegment[],
): { readonly found: Property; readonly names: readonly string[]; readonly rest: readonly ResourceSegment[] } {
  const names: string[] = [];
  let found = property;
  let rest = segments;
  for (let [next] = rest; next?.kind === 'name' && !hasPathOfItsOwn(found); [next] = rest) {
    const { source } = found;
    const parts = source.kind === 'complex' && !next.arguments ? source.properties : undefined;
    const member: Property | undefined = parts?.get(next.name);
    if (!member) throw unknownSegment(next);
    found = member;
    names.push(member.name);
    rest = rest.slice(1);
  }
  return { found, names, rest };
}

/** Names behind it are items of a collection, or members that no type declares. */
const hasPathOfItsOwn = ({ type, source }: Property): boolean =>
  type.kind === 'collection' || source.kind === 'dynamic';

/** The names of members that no type declares with which segments begin. */
export function membersFirst([segment, ...further]: readonly ResourceSegment[]): {
  readonly names: readonly string[];
  readonly rest: readonly ResourceSegment[];
} {
  if (!segment) return { names: [], rest: [] };
  if (segment.kind !== 'name' || segment.arguments || !isIdentifier(segment.name))
    return { names: [], rest: [segment, ...further] };
  const { names, rest } = membersFirst(further);
  return { names: [segment.name, ...names], rest };
}
