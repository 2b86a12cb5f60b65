/** Ids, links and operations of an entity, as pieces of its row. JSON §4.5.8–4.5.11, §16, §17 */
import type { NavigationProperty } from '../model/model';
import type { Identity, Range, Selection } from '../plan/plan';
import { keyColumn, type Columns } from './columns';
import { castSegment, idParts } from './identity';
import type { KeyColumn, Piece } from './pieces';
import { isChangeable, type Representation } from './representation';
import type { Source } from './source';

/** The id of the row's entity as a member. */
export const idPiece = (
  columns: Columns,
  source: Source,
  { range: { identity, name } }: Pick<Selection, 'range'>,
  { prefix }: Representation,
): Piece => {
  if (!identity) throw new Error(`The entities of ${name} have no id`);
  return { kind: 'link', name: `${prefix}id`, parts: linkParts(columns, source, identity) };
};

/** editLink, or readLink where nothing can be changed. JSON §4.5.9 */
export function ownLink(
  columns: Columns,
  source: Source,
  { range: { identity } }: Selection,
  { metadata, prefix, namespace }: Representation,
): readonly Piece[] {
  if (metadata !== 'full' || !identity) return [];
  const name = `${prefix}${isChangeable(source.type) ? 'editLink' : 'readLink'}`;
  return [
    {
      kind: 'link',
      name,
      parts: [...linkParts(columns, source, identity), castSegment(source.type, identity, namespace)],
    },
  ];
}

export function navigationLinks(
  columns: Columns,
  source: Source,
  range: Range,
  { name }: NavigationProperty,
  { metadata, prefix, namespace }: Representation,
): readonly Piece[] {
  if (metadata !== 'full' || !range.identity) return [];
  const parts = [...linkParts(columns, source, range.identity), castSegment(source.type, range.identity, namespace)];
  return [
    { kind: 'link', name: `${name}${prefix}associationLink`, parts: [...parts, `/${name}/$ref`] },
    { kind: 'link', name: `${name}${prefix}navigationLink`, parts: [...parts, `/${name}`] },
  ];
}

/** What the operation is called, and where it is invoked. */
export function operationPieces(
  columns: Columns,
  source: Source,
  { identity }: Range,
  name: string,
  { metadata, namespace }: Representation,
): readonly Piece[] {
  if (metadata !== 'full' || !identity) return [];
  const parts = [...linkParts(columns, source, identity), castSegment(source.type, identity, namespace)];
  return [
    {
      kind: 'object',
      name: `#${namespace}.${name}`,
      tests: [],
      pieces: [
        { kind: 'constant', name: 'title', value: name },
        { kind: 'link', name: 'target', parts: [...parts, `/${namespace}.${name}`] },
      ],
    },
  ];
}

/** An id as pieces of a URL. */
export const linkParts = (columns: Columns, source: Source, identity: Identity): readonly (string | KeyColumn)[] =>
  idParts(source, identity).map((part) =>
    typeof part === 'string' ? part : keyColumn(columns, part.property, part.value),
  );
