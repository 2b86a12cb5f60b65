/** The id of a row's entity: made of its own columns as far as they tell, of those of the entities above for the rest. Protocol §4.1 */
import type { EntityType, NavigationProperty, Property } from '../model/model';
import { isPrimitive } from '../model/edm';
import type { Identity } from '../plan/plan';
import { join, literal, sql, type Sql } from '../sql';
import { columnOf } from './key-columns';
import { textOf } from './text';
import type { Source } from './source';
import { backwards } from './way-back';

/** A piece of an id: text, or a value of the key. */
type IdPart = string | { readonly value: Sql; readonly property: Property };

/** The pieces of the id, such as `customers(`, the key, `)`. */
export const idParts = (source: Source, identity: Identity): readonly IdPart[] =>
  merged(partsOf(new Row(source.type, () => source), identity));

/** What stands behind the id in links of an entity of a derived type. JSON §4.5.9, §8.3 */
export const castSegment = (type: EntityType, identity: Identity, namespace: string): string =>
  type === typeOf(identity) ? '' : `/${namespace}.${type.name}`;

/** A row, whose table is joined only when another one does not hold the value. */
class Row {
  constructor(
    readonly type: EntityType,
    private readonly source: () => Source,
    private readonly known: (column: string) => Sql | undefined = () => undefined,
  ) {}

  read = (column: string): Sql => this.known(column) ?? this.source().column(column);

  /** The row that the navigation leads here from. */
  above(navigation: NavigationProperty, type: EntityType): Row {
    const found = (column: string): Sql | undefined => {
      const pair = navigation.join.find((candidate) => candidate.column === column);
      return pair && this.read(pair.targetColumn);
    };
    return new Row(type, () => this.source().through(backwards(navigation, type)), found);
  }
}

function partsOf(row: Row, identity: Identity): readonly IdPart[] {
  if (identity.kind === 'set') return [identity.set.name, ...(identity.set.one ? [] : keyParts(row, row.type.key))];
  const { navigation, parent } = identity;
  const open = row.type.key.filter(({ source }) => !isTied(navigation, source));
  return [
    ...partsOf(row.above(navigation, typeOf(parent)), parent),
    `/${navigation.name}`,
    ...(navigation.collection ? keyParts(row, open) : []),
  ];
}

const typeOf = (identity: Identity): EntityType =>
  identity.kind === 'set' ? identity.set.type : identity.navigation.target;

const isTied = ({ join: pairs }: NavigationProperty, source: Property['source']): boolean =>
  source.kind === 'column' && pairs.some(({ targetColumn }) => targetColumn === source.column);

function keyParts(row: Row, key: readonly Property[]): readonly IdPart[] {
  const parts = key.flatMap((property, index): readonly IdPart[] => [
    ...(index > 0 ? [','] : []),
    ...(key.length > 1 ? [`${property.name}=`] : []),
    { value: row.read(columnOf(property)), property },
  ]);
  return ['(', ...parts, ')'];
}

const merged = (parts: readonly IdPart[]): readonly IdPart[] =>
  parts.reduce<IdPart[]>((done, part) => {
    const before = done.at(-1);
    if (typeof part === 'string' && typeof before === 'string') done[done.length - 1] = before + part;
    else done.push(part);
    return done;
  }, []);

/** The id as one text of SQL, relative to the service root. */
export const idText = (source: Source, identity: Identity): Sql =>
  join(
    idParts(source, identity).map((part) => (typeof part === 'string' ? literal(part) : keyText(part))),
    ' || ',
  );

/** A key value as a URL has it. URL Conventions §4.3.1 */
function keyText({ value, property: { type } }: Exclude<IdPart, string>): Sql {
  const isText = isPrimitive(type, 'Edm.String') || type.kind === 'enum';
  if (isPrimitive(type, 'Edm.Duration')) return sql`('duration''' || ${textOf(value, type)} || '''')`;
  return isText
    ? sql`('''' || ${percentEncoded(sql`replace(${textOf(value, type)}, '''', '''''')`)} || '''')`
    : textOf(value, type);
}

/** As encodeURIComponent. */
const percentEncoded = (text: Sql): Sql =>
  sql`coalesce((select string_agg(case when "c" ~ '[A-Za-z0-9_.!~*''()-]' then "c" else regexp_replace(upper(encode(convert_to("c", 'UTF8'), 'hex')), '(..)', '%\\1', 'g') end, '' order by "n") from regexp_split_to_table(${text}, '') with ordinality "u"("c", "n")), '')`;
