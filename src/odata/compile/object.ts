/**
 * The JSON object of an entity within a statement. An object with collections in it is put together as text, so that a collection can have
 * its number before it and its next link behind it.
 */
import type { AllBranch, Field, Range, Selection, Variants } from '../plan/plan';
import { identifier, join, literal, param, sql, type Sql } from '../sql';
import { compileValue, seenAs, sourceOf, type Environment } from './expression';
import { contextColumn, fieldColumns, typeColumn } from './object-columns';
import { idColumn, ownLink } from './object-links';
import { members } from './object-members';
import { ObjectSql } from './object-sql';
import { contextMember } from './own-context';
import { keepsNullIds, omitsNulls, transientMembers, writesId, type Representation } from './representation';
import type { Source } from './source';
import { isTextual } from './textual';

/** The row that an object is made of, and how it goes out. */
export interface ObjectRow {
  readonly environment: Environment;
  readonly source: Source;
  readonly range: Range;
  readonly representation: Representation;
  /** The texts of the members that rows of several structures have. */
  readonly shared: readonly Sql[];
}

/** The object of one entity, whatever structure its row has. */
export const objectOf = (
  environment: Environment,
  selection: Selection,
  representation: Representation,
  shared: readonly Sql[] = [],
): ObjectSql =>
  selection.variants
    ? ObjectSql.ofText(variantsOf(environment, selection.range, selection.variants, representation))
    : structureOf(environment, selection, representation, shared);

/** Rows of several structures: the object of each is a text of its own, in which what several have is a column of a row around. */
function variantsOf(
  environment: Environment,
  range: Range,
  { discriminator, selections, shared = [] }: Variants,
  representation: Representation,
): Sql {
  const structure = compileValue(environment, discriminator);
  const common = shared.map(({ field, range: seen, of }) => {
    const inner = seenAs(environment, range, seen);
    const row: ObjectRow = {
      environment: inner,
      source: sourceOf(inner, seen),
      range: seen,
      representation,
      shared: [],
    };
    const text = memberText(row, field);
    return of ? sql`(case when ${structure} in (${join(of.map(literal), ', ')}) then ${text} end)` : text;
  });
  const alias = common.length === 0 ? sql`` : environment.aliases.next();
  const texts = common.map((_, index) => sql`${alias}.${identifier(`m${index}`)}`);
  const cases = [...selections].map(([text, inner]) => {
    const object = objectOf(seenAs(environment, range, inner.range), inner, representation, texts);
    return sql`when ${literal(text)} then ${object.text(environment, omitsNulls(representation))}`;
  });
  const text = sql`(case ${structure} ${join(cases, ' ')} end)`;
  if (common.length === 0) return text;
  const columns = common.map((value, index) => sql`${value} as ${identifier(`m${index}`)}`);
  // OFFSET keeps PostgreSQL from putting the columns in place of their names.
  return sql`(select ${text} from (select ${join(columns, ', ')} offset 0) ${alias})`;
}

/** The members of a field as one text, with a comma before it; empty where it has none. */
function memberText(row: ObjectRow, field: Field): Sql {
  const { environment, representation } = row;
  if (isMember(field, representation)) return join(members(row, field), ' || ');
  const object = new ObjectSql(fieldColumns(row, field)).text(environment, omitsNulls(representation));
  return sql`(select coalesce(',' || nullif(substr("j", 2, length("j") - 2), ''), '') from (select ${object} as "j" offset 0) "o")`;
}

/** A member of an object that is a text. */
const isMember = (field: Field, representation: Representation): boolean =>
  field.kind !== 'stream' &&
  (['one', 'navigationLink', 'row'].includes(field.kind) || isTextual(field, representation));

/** The object of one entity. With collections in it, all navigations are members behind the properties, each behind its own control information. */
function structureOf(
  environment: Environment,
  selection: Selection,
  representation: Representation,
  shared: readonly Sql[],
): ObjectSql {
  const { range, fields } = selection;
  const source = sourceOf(environment, range);
  const isText = fields.some((field) => isTextual(field, representation));
  const isOutside = (field: Field): boolean => isText && isMember(field, representation);
  const row: ObjectRow = { environment, source, range, representation, shared };
  const columnsOf = (some: readonly Field[]): readonly Sql[] => some.flatMap((field) => fieldColumns(row, field));
  const isTag = ({ kind }: Field): boolean => kind === 'etag' || kind === 'transient';
  const told = (): readonly Sql[] => [
    ...contextColumn('', selection.context, selection, representation),
    ...typeColumn(source.type, representation, selection.cast !== undefined),
    ...(writesId(selection, representation) ? [idColumn(source, range, representation)] : []),
    ...columnsOf(fields.filter(isTag)),
    ...ownLink(source, range, representation),
  ];
  const first = selection.isBare
    ? undefined
    : transientStart(fields, representation, contextMember('', selection.context, selection.list, representation));
  const own = fields.filter((field) => !isTag(field));
  const object = new ObjectSql(
    [
      ...(selection.isBare || first !== undefined ? [] : told()),
      ...columnsOf(own.filter((field) => !isOutside(field))),
    ],
    own.filter((field) => isOutside(field) || isInline(field)).flatMap((field) => members(row, field)),
  );
  return first === undefined ? object : object.startingWith(first, environment, true);
}

/** What an entity without an id tells of itself, where nulls are left out but for that id; undefined for others. */
export function transientStart(
  fields: readonly Field[],
  representation: Representation,
  told?: ReturnType<typeof contextMember>,
): string | undefined {
  const transient = fields.find((field) => field.kind === 'transient');
  if (!transient || !keepsNullIds(representation)) return undefined;
  const start = { ...(told && { [told.name]: told.value }), ...transientMembers(transient, representation) };
  return JSON.stringify(start).slice(1, -1);
}

/** The members of an entity that stands among others: which set and type it is of comes first. Protocol §10.19 */
export function entityMembers(
  environment: Environment,
  { context, selection }: AllBranch,
  representation: Representation,
): Sql {
  const { metadata, prefix, namespace } = representation;
  const { type } = selection.range;
  const object = objectOf(environment, selection, representation).text(environment, omitsNulls(representation));
  // OFFSET keeps PostgreSQL from making the object twice.
  const members = sql`(select substr("j", 2, length("j") - 2) from (select ${object} as "j" offset 0) "o")`;
  const told = contextMember('', context, selection.list, representation);
  if (!told) return members;
  const start = sql`${literal(`"${told.name}":"`)} || ${param(({ pages }) => pages?.root ?? '', 'text')} || ${literal(`$metadata${told.value}"`)}`;
  const isTyped = metadata === 'full' || type.inheritance !== undefined;
  const named = isTyped ? sql`` : sql` || ${literal(`,"${prefix}type":"#${namespace}.${type.name}"`)}`;
  return sql`(${start}${named} || coalesce(',' || nullif(${members}, ''), ''))`;
}

const isInline = (field: Field): boolean => field.kind === 'stream' && field.isInline === true;
