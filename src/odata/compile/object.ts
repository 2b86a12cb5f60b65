/**
 * The JSON object of an entity within a statement. An object with collections in it is put together as text, so that a collection can have
 * its number before it and its next link behind it.
 */
import type { AllBranch, Field, Range, Selection } from '../plan/plan';
import { join, literal, param, sql, type Sql } from '../sql';
import { keepsNull } from './default-value';
import { compileValue, seenAs, sourceOf, type Environment } from './expression';
import { contextColumn, fieldColumns, typeColumn } from './object-columns';
import { idColumn, ownLink } from './object-links';
import { members } from './object-members';
import { ObjectSql } from './object-sql';
import { omitsNulls, writesId, type Representation } from './representation';
import type { Source } from './source';

/** The row that an object is made of, and how it goes out. */
export interface ObjectRow {
  readonly environment: Environment;
  readonly source: Source;
  readonly range: Range;
  readonly representation: Representation;
}

/** The object of one entity, whatever structure its row has. */
export const objectOf = (environment: Environment, selection: Selection, representation: Representation): ObjectSql =>
  selection.variants
    ? variantsOf(environment, selection, representation)
    : structureOf(environment, sourceOf(environment, selection.range), selection, representation);

/** Rows of several structures: the object of each is a text of its own. */
function variantsOf(environment: Environment, selection: Selection, representation: Representation): ObjectSql {
  const { range, variants } = selection;
  if (!variants) throw new Error('The rows have one structure');
  const cases = [...variants.selections].map(([text, inner]) => {
    const object = objectOf(seenAs(environment, range, inner.range), inner, representation);
    return sql`when ${literal(text)} then ${object.text(environment, omitsNulls(representation))}`;
  });
  return ObjectSql.ofText(sql`(case ${compileValue(environment, variants.discriminator)} ${join(cases, ' ')} end)`);
}

/** The object of one entity. With collections in it, all navigations are members behind the properties, each behind its own control information. */
function structureOf(
  environment: Environment,
  source: Source,
  selection: Selection,
  representation: Representation,
): ObjectSql {
  const { range, fields } = selection;
  const isText = isTextual(fields, representation);
  const isMember = (field: Field): boolean =>
    isText &&
    (['one', 'many', 'navigationLink', 'nest', 'row', 'dynamic'].includes(field.kind) ||
      keepsNull(field, representation));
  const row: ObjectRow = { environment, source, range, representation };
  const columnsOf = (some: readonly Field[]): readonly Sql[] => some.flatMap((field) => fieldColumns(row, field));
  const isTag = ({ kind }: Field): boolean => kind === 'etag' || kind === 'transient';
  return new ObjectSql(
    [
      ...contextColumn('', selection.context, selection, representation),
      ...typeColumn(source.type, representation, selection.cast !== undefined),
      ...(writesId(selection, representation) ? [idColumn(source, range, representation)] : []),
      ...columnsOf(fields.filter(isTag)),
      ...ownLink(source, range, representation),
      ...columnsOf(fields.filter((field) => !isTag(field) && !isMember(field))),
    ],
    fields.filter((field) => isMember(field) || isInline(field)).flatMap((field) => members(row, field)),
  );
}

/** The members of an entity that stands among others: which set and type it is of comes first. Protocol §10.19 */
export function entityMembers(
  environment: Environment,
  { set, selection }: AllBranch,
  representation: Representation,
): Sql {
  const { metadata, prefix, namespace } = representation;
  const object = objectOf(environment, selection, representation).text(environment, omitsNulls(representation));
  // OFFSET keeps PostgreSQL from making the object twice.
  const members = sql`(select substr("j", 2, length("j") - 2) from (select ${object} as "j" offset 0) "o")`;
  if (metadata === 'none') return members;
  const context = sql`${literal(`"${prefix}context":"`)} || ${param(({ pages }) => pages?.root ?? '', 'text')} || ${literal(`$metadata#${set.name}/$entity",`)}`;
  const isTyped = metadata === 'full' || set.type.inheritance !== undefined;
  const type = isTyped ? sql`` : sql` || ${literal(`"${prefix}type":"#${namespace}.${set.type.name}",`)}`;
  return sql`(${context}${type} || ${members})`;
}

const isInline = (field: Field): boolean => field.kind === 'stream' && field.isInline === true;

/** What is within makes the object a text: collections, and nulls that go out where others are left out. */
const isTextual = (fields: readonly Field[], representation: Representation): boolean =>
  fields.some(
    (field) =>
      isInline(field) ||
      field.kind === 'many' ||
      field.kind === 'nest' ||
      field.kind === 'dynamic' ||
      keepsNull(field, representation) ||
      ((field.kind === 'one' || field.kind === 'row') &&
        (field.selection.variants !== undefined || isTextual(field.selection.fields, representation))),
  );
