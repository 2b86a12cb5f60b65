/**
 * The JSON object of an entity within a statement. An object with collections in it is put together as text, so that a collection can have
 * its number before it and its next link behind it.
 */
import { edm } from '../model/edm';
import type { ComplexType, EdmType, EntityType } from '../model/model';
import type { AllBranch, Field, Range, Selection } from '../plan/plan';
import { join, literal, param, sql, type Sql } from '../sql';
import { unreachable } from '../error';
import { isDefault, keepsNull } from './default-value';
import { dynamicMembers } from './dynamic';
import { compileValue, seenAs, sourceOf, type Environment } from './expression';
import { jsonValue } from './json-value';
import { compileItems, compileNest, compileNested } from './nested';
import { idColumn, links, operation, ownLink } from './object-links';
import { memberName, named, ObjectSql } from './object-sql';
import {
  hasNullIds,
  omitsNulls,
  toldType,
  writesId,
  writesType,
  writtenType,
  type Representation,
} from './representation';
import type { Source } from './source';
import { streamMember, streamMembers } from './stream';
import { compileValues, compileValuesCount, countName, typeOfValues } from './values';

type One = Extract<Field, { kind: 'one' }>;
type Complex = Extract<Field, { kind: 'complex' }>;

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
  const columnsOf = (some: readonly Field[]): readonly Sql[] =>
    some.flatMap((field) => fieldColumns(environment, source, range, field, representation));
  const isTag = ({ kind }: Field): boolean => kind === 'etag' || kind === 'transient';
  return new ObjectSql(
    [
      ...typeColumn(source.type, representation, selection.cast !== undefined),
      ...(writesId(selection, representation) ? [idColumn(source, range, representation)] : []),
      ...columnsOf(fields.filter(isTag)),
      ...ownLink(source, range, representation),
      ...columnsOf(fields.filter((field) => !isTag(field) && !isMember(field))),
    ],
    fields
      .filter((field) => isMember(field) || isInline(field))
      .flatMap((field) => members(environment, source, range, field, representation)),
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

// ---- members that are columns

const typeColumn = (
  type: EntityType | ComplexType,
  representation: Representation,
  isDerived = false,
): readonly Sql[] =>
  writesType(type, representation, isDerived)
    ? [named(sql`${literal(`#${representation.namespace}.${type.name}`)}::text`, `${representation.prefix}type`)]
    : [];

function fieldColumns(
  environment: Environment,
  source: Source,
  range: Range,
  field: Field,
  representation: Representation,
): readonly Sql[] {
  switch (field.kind) {
    case 'etag': {
      const { version } = source.type;
      if (!version || representation.metadata === 'none') return [];
      return [named(sql`('W/"' || ${source.column(version.column)} || '"')`, `${representation.prefix}etag`)];
    }
    case 'property': {
      const value = compileValue(environment, field.value);
      const isLeft = isDefault(field.value, value, source.type, representation);
      return typedValue(
        isLeft ? sql`(case when not ${isLeft} then ${value} end)` : value,
        field.value.type,
        field.name,
        representation,
        declaredType(field, representation),
      );
    }
    case 'values': {
      const count = compileValuesCount(environment, field);
      return [
        ...(count ? [named(jsonValue(count, edm('Edm.Int64'), representation), countName(field, representation))] : []),
        ...typeNamed(toldType(field.typeName, typeOfValues(field), representation), field.name, representation),
        named(compileValues(environment, field, representation), field.name),
      ];
    }
    case 'items': {
      const { rows, count } = compileItems(environment, source, field, representation);
      return [
        ...(count ? [named(jsonValue(count, edm('Edm.Int64'), representation), countName(field, representation))] : []),
        ...typeNamed(writtenType(field.type, representation), field.name, representation),
        named(sql`${rows}::json`, field.name),
      ];
    }
    case 'transient':
      return hasNullIds(representation) ? [named(sql`null::text`, `${representation.prefix}id`)] : [];
    case 'computed':
      if (field.value.kind === 'null') return [named(sql`null::text`, field.name)];
      return typedValue(
        compileValue(environment, field.value),
        field.value.type,
        field.name,
        representation,
        toldType(field.typeName, field.value.type, representation),
      );
    case 'link':
      throw new Error('A combination of entity sets is never nested');
    case 'row':
      return [named(memberValue(environment, field, representation, 'row'), field.name)];
    case 'complex':
      return [named(complexValue(environment, source, range, field, representation, 'row'), field.name)];
    case 'navigationLink':
      return links(source, range, field.navigation, representation).map(([name, value]) => named(value, name));
    case 'stream':
      return streamMembers(source, range, field, representation).map(([name, value]) => named(value, name));
    case 'operation':
      return operation(source, range, field.name, representation);
    case 'one':
      return [named(oneValue(environment, source, field, representation, 'row'), field.name)];
    case 'many':
    case 'nest':
    case 'dynamic':
      throw new Error('An object with collections is a text');
    default:
      return unreachable(field);
  }
}

/** A value, behind its type where the format wants it said. */
function typedValue(
  value: Sql,
  type: EdmType,
  name: string,
  representation: Representation,
  written: string | undefined,
): readonly Sql[] {
  const column = named(jsonValue(value, type, representation), name);
  if (written === undefined) return [column];
  const text = omitsNulls(representation)
    ? sql`(case when ${value} is not null then ${literal(written)} end)`
    : sql`${literal(written)}::text`;
  return [named(text, `${name}${representation.prefix}type`), column];
}

const typeNamed = (written: string | undefined, name: string, { prefix }: Representation): readonly Sql[] =>
  written === undefined ? [] : [named(literal(written), `${name}${prefix}type`)];

const declaredType = ({ value }: Extract<Field, { kind: 'property' }>, representation: Representation) =>
  writtenType(value.type, representation, value.property.definition);

function complexValue(
  environment: Environment,
  source: Source,
  range: Range,
  field: Complex,
  representation: Representation,
  as: 'row' | 'text',
): Sql {
  const isMember = (part: Field): boolean => keepsNull(part, representation);
  const fields = [...field.fields, ...(field.computed ?? [])];
  const object = new ObjectSql(
    [
      ...typeColumn(field.type, representation, field.dynamic),
      ...fields
        .filter((part) => !isMember(part))
        .flatMap((part) => fieldColumns(environment, source, range, part, representation)),
    ],
    fields.filter(isMember).flatMap((part) => members(environment, source, range, part, representation)),
  );
  const value = as === 'row' ? object.value(environment) : object.text(environment, omitsNulls(representation));
  if (!field.nullable) return value;
  const parts = partsOf(environment, field.fields);
  const tests = field.presence ? [...parts, compileValue(environment, field.presence)] : parts;
  return sql`(case when num_nonnulls(${join(tests, ', ')}) > 0 then ${value} end)`;
}

const partsOf = (environment: Environment, fields: readonly Field[]): readonly Sql[] =>
  fields.flatMap((inner) =>
    inner.kind === 'property'
      ? [compileValue(environment, inner.value)]
      : inner.kind === 'complex'
        ? partsOf(environment, inner.fields)
        : inner.kind === 'values'
          ? [compileValue(environment, inner.collection.values)]
          : [],
  );

function oneValue(
  environment: Environment,
  source: Source,
  field: One,
  representation: Representation,
  as: 'row' | 'text',
): Sql {
  const target = source.through(field.navigation, field.selection.range.type);
  const { range } = field.selection;
  const inner: Environment = { ...environment, sources: new Map(environment.sources).set(range, target) };
  const object = field.reference
    ? new ObjectSql([idColumn(target, range, representation)])
    : objectOf(inner, field.selection, representation);
  const value = as === 'row' ? object.value(inner) : object.text(inner, omitsNulls(representation));
  const [key] = target.type.key;
  return field.navigation.nullable && key ? sql`(case when ${target.value(key)} is not null then ${value} end)` : value;
}

/** The entity of another variable of the row. */
function memberValue(
  environment: Environment,
  { range, selection }: Extract<Field, { kind: 'row' }>,
  representation: Representation,
  as: 'row' | 'text',
): Sql {
  const source = sourceOf(environment, range);
  const object = objectOf(environment, selection, representation);
  const value = as === 'row' ? object.value(environment) : object.text(environment, omitsNulls(representation));
  const [key] = range.type.key;
  return range.optional && key ? sql`(case when ${source.value(key)} is not null then ${value} end)` : value;
}

// ---- members that are texts

function members(
  environment: Environment,
  source: Source,
  range: Range,
  field: Field,
  representation: Representation,
): readonly Sql[] {
  switch (field.kind) {
    case 'navigationLink':
      return links(source, range, field.navigation, representation).map(
        ([name, value]) => sql`${literal(`,${JSON.stringify(name)}:"`)} || ${value} || '"'`,
      );
    case 'property':
      return [keptMember(environment, source, field, representation)];
    case 'complex':
      return [textMember(field.name, complexValue(environment, source, range, field, representation, 'text'), true)];
    case 'dynamic':
      return [sql`coalesce(',' || ${dynamicMembers(source, field, representation)}, '')`];
    case 'stream':
      return [streamMember(source, field.stream, representation)];
    case 'nest':
      return [sql`${memberName(field.name)} || ${compileNest(environment, field.collection, representation)}`];
    case 'row':
    case 'one': {
      const text =
        field.kind === 'one'
          ? oneValue(environment, source, field, representation, 'text')
          : memberValue(environment, field, representation, 'text');
      return [textMember(field.name, text, omitsNulls(representation))];
    }
    case 'many': {
      const { rows, count, tag } = compileNested(environment, source, range, field, representation);
      return [
        ...(tag ? [sql`${memberName(`${field.name}${representation.prefix}etag`)} || to_json(${tag})::text`] : []),
        ...(count ? [countMember(field.name, count, representation)] : []),
        ...(rows ? [sql`${memberName(field.name)} || ${rows}`] : []),
      ];
    }
    default:
      throw new Error(`The member ${field.kind} is a column`);
  }
}

const textMember = (name: string, text: Sql, isOmitted: boolean): Sql =>
  isOmitted ? sql`coalesce(${memberName(name)} || ${text}, '')` : sql`${memberName(name)} || coalesce(${text}, 'null')`;

/** A value, or the null that it has in spite of its default; nothing where it is the default. */
function keptMember(
  environment: Environment,
  source: Source,
  field: Extract<Field, { kind: 'property' }>,
  representation: Representation,
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
