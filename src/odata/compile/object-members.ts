/** Members of an object that are texts, each with a comma before it. */
import type { CollectionPlan, Field } from '../plan/plan';
import { literal, sql, type Sql } from '../sql';
import { isDefault } from './default-value';
import { dynamicMembers } from './dynamic';
import { compileValue } from './expression';
import { jsonValue } from './json-value';
import { compileNest, compileNested } from './nested';
import type { ObjectRow } from './object';
import { declaredType } from './object-columns';
import { links } from './object-links';
import { memberName } from './object-sql';
import { complexValue, oneValue, rowValue } from './object-values';
import { contextMember } from './own-context';
import { omitsNulls, type Representation } from './representation';
import { streamMember } from './stream';
import { untypedMember } from './untyped-member';

/** The texts of one member, its control information before it. */
export function members(row: ObjectRow, field: Field): readonly Sql[] {
  const { environment, source, range, representation } = row;
  switch (field.kind) {
    case 'navigationLink':
      return links(source, range, field.navigation, representation).map(
        ([name, value]) => sql`${literal(`,${JSON.stringify(name)}:"`)} || ${value} || '"'`,
      );
    case 'property':
      return [keptMember(row, field)];
    case 'complex':
      return [textMember(field.name, complexValue(row, field, 'text'), omitsNulls(representation))];
    case 'dynamic':
      return [sql`coalesce(',' || ${dynamicMembers(source, field, representation)}, '')`];
    case 'untyped':
      return [sql`coalesce(',' || ${untypedMember(environment, field, representation)}, '')`];
    case 'stream':
      return [streamMember(source, field.stream, representation)];
    case 'nest':
      return [
        ...ownContext(field, field.collection, representation),
        sql`${memberName(field.name)} || ${compileNest(row, field)}`,
      ];
    case 'row':
      return [textMember(field.name, rowValue(row, field, 'text'), omitsNulls(representation))];
    case 'one':
      return [textMember(field.name, oneValue(row, field, 'text'), omitsNulls(representation))];
    case 'shared': {
      const text = row.shared[field.index];
      return text ? [text] : [];
    }
    case 'many':
      return manyMembers(row, field);
    default:
      throw new Error(`The member ${field.kind} is a column`);
  }
}

/** A collection of entities, with its ETag and count where they are asked for. */
function manyMembers(
  { environment, source, range, representation }: ObjectRow,
  field: Extract<Field, { kind: 'many' }>,
): readonly Sql[] {
  const { rows, count, tag } = compileNested(environment, source, range, field, representation);
  return [
    ...ownContext(field, field.collection, representation),
    ...(tag ? [sql`${memberName(`${field.name}${representation.prefix}etag`)} || to_json(${tag})::text`] : []),
    ...(count ? [countMember(field.name, count, representation)] : []),
    ...(rows ? [sql`${memberName(field.name)} || ${rows}`] : []),
  ];
}

/** The context of what the request made. */
function ownContext(
  { name, context }: Extract<Field, { kind: 'many' | 'nest' }>,
  { selection: { list } }: CollectionPlan,
  representation: Representation,
): readonly Sql[] {
  const member = contextMember(name, context, list, representation);
  return member ? [literal(`,${JSON.stringify(member.name)}:${JSON.stringify(member.value)}`)] : [];
}

const textMember = (name: string, text: Sql, isOmitted: boolean): Sql =>
  isOmitted ? sql`coalesce(${memberName(name)} || ${text}, '')` : sql`${memberName(name)} || coalesce(${text}, 'null')`;

/** A value, or the null that it has in spite of its default; nothing where it is the default. */
function keptMember(
  { environment, source, representation }: ObjectRow,
  field: Extract<Field, { kind: 'property' }>,
): Sql {
  const { name, value: bound } = field;
  const value = compileValue(environment, bound);
  const type = declaredType(field, representation);
  const control =
    type === undefined ? '' : `,${JSON.stringify(`${name}${representation.prefix}type`)}:${JSON.stringify(type)}`;
  const json = sql`to_json(${jsonValue(value, bound.type, representation)})::text`;
  const member = sql`coalesce(${literal(control)} || ${memberName(name)} || ${json}, ${memberName(name)} || 'null')`;
  const isLeft = isDefault(bound, value, source.type, representation);
  return isLeft ? sql`(case when ${isLeft} then '' else ${member} end)` : member;
}

const countMember = (name: string, count: Sql, { ieee754, prefix }: Representation): Sql => {
  const quote = ieee754 ? '"' : '';
  return sql`${literal(`,${JSON.stringify(`${name}${prefix}count`)}:${quote}`)} || ${count} || ${literal(quote)}`;
};
