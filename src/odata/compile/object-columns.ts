/** Members of an object that are columns of a row. */
import { unreachable } from '../error';
import { edm } from '../model/edm';
import type { ComplexType, EdmType, EntityType } from '../model/model';
import type { OwnContext } from '../plan/own-context';
import type { Field, Selection } from '../plan/plan';
import { literal, sql, type Sql } from '../sql';
import { isDefault } from './default-value';
import { compileValue, sourceOf } from './expression';
import { jsonValue } from './json-value';
import { compileItems } from './nested';
import type { ObjectRow } from './object';
import { idOf, links, operation } from './object-links';
import { named } from './object-sql';
import { contextMember } from './own-context';
import { complexValue, oneValue, rowValue } from './object-values';
import { omitsNulls, toldType, transientMembers, writesType, writtenType, type Representation } from './representation';
import { streamMembers } from './stream';
import { compileValues, compileValuesCount, countName, typeOfValues } from './values';

/** The context of what the request made. */
export function contextColumn(
  name: string,
  context: OwnContext | undefined,
  { list }: Selection,
  representation: Representation,
): readonly Sql[] {
  const member = contextMember(name, context, list, representation);
  return member ? [named(sql`${literal(member.value)}::text`, member.name)] : [];
}

/** What an object says of its type. */
export const typeColumn = (
  type: EntityType | ComplexType,
  representation: Representation,
  isDerived = false,
): readonly Sql[] =>
  writesType(type, representation, isDerived)
    ? [named(sql`${literal(`#${representation.namespace}.${type.name}`)}::text`, `${representation.prefix}type`)]
    : [];

/** The columns of one member, its control information before it. */
export function fieldColumns(row: ObjectRow, field: Field): readonly Sql[] {
  const { source, range, representation } = row;
  switch (field.kind) {
    case 'etag':
      return tagColumn(row);
    case 'property':
      return propertyColumns(row, field);
    case 'values':
      return valuesColumns(row, field);
    case 'items':
      return itemsColumns(row, field);
    case 'transient':
      return Object.entries(transientMembers(field, representation)).map(([name, value]) =>
        named(value === null ? sql`null::text` : sql`${literal(value)}::text`, name),
      );
    case 'computed':
      return computedColumns(row, field);
    case 'row':
      return [named(rowValue(row, field, 'row'), field.name)];
    case 'complex':
      return [named(complexValue(row, field, 'row'), field.name)];
    case 'one':
      return [named(oneValue(row, field, 'row'), field.name)];
    case 'navigationLink':
      return links(source, range, field.navigation, representation).map(([name, value]) => named(value, name));
    case 'stream':
      return streamMembers(source, range, field, representation).map(([name, value]) => named(value, name));
    case 'operation':
      return operation(source, range, field.name, representation);
    case 'link':
      return linkColumn(row, field);
    case 'many':
    case 'nest':
    case 'dynamic':
    case 'shared':
    case 'untyped':
      throw new Error('An object with collections is a text');
    default:
      return unreachable(field);
  }
}

/** A collection of values. */
function valuesColumns(row: ObjectRow, field: Extract<Field, { kind: 'values' }>): readonly Sql[] {
  const { environment, representation } = row;
  const count = compileValuesCount(environment, field);
  const told = toldType(field.typeName, typeOfValues(field), representation);
  return listColumns(row, field.name, told, count, compileValues(environment, field, representation));
}

/** A collection of complex values. */
function itemsColumns(row: ObjectRow, field: Extract<Field, { kind: 'items' }>): readonly Sql[] {
  const { environment, representation } = row;
  const { rows, count } = compileItems(environment, field, representation);
  const told = toldType(field.typeName, field.type, representation);
  return [
    ...contextColumn(field.name, field.context, field.collection.selection, representation),
    ...listColumns(row, field.name, told, count, sql`${rows}::json`),
  ];
}

/** A link to an entity of a combination of sets. */
function linkColumn(
  { environment, representation: { metadata, prefix } }: ObjectRow,
  { name, range }: Extract<Field, { kind: 'link' }>,
): readonly Sql[] {
  if (metadata === 'none') return [];
  return [named(idOf(sourceOf(environment, range), range), `${name}${prefix}navigationLink`)];
}

function tagColumn({ source, representation: { metadata, prefix } }: ObjectRow): readonly Sql[] {
  const { version } = source.type;
  if (!version || metadata === 'none') return [];
  return [named(sql`('W/"' || ${source.column(version.column)} || '"')`, `${prefix}etag`)];
}

function propertyColumns(
  { environment, source, representation }: ObjectRow,
  field: Extract<Field, { kind: 'property' }>,
): readonly Sql[] {
  const { type } = field.value;
  const value = compileValue(environment, field.value);
  const isLeft = isDefault(field.value, value, source.type, representation);
  const shown = isLeft ? sql`(case when not ${isLeft} then ${value} end)` : value;
  return typedValue(shown, type, field.name, representation, declaredType(field, representation));
}

/** The type of a property as control information, where it is told. */
export const declaredType = (
  { value }: Extract<Field, { kind: 'property' }>,
  representation: Representation,
): string | undefined => writtenType(value.type, representation, value.property.definition);

function computedColumns(
  { environment, representation }: ObjectRow,
  { name, value, typeName }: Extract<Field, { kind: 'computed' }>,
): readonly Sql[] {
  if (value.kind === 'null') return [named(sql`null::text`, name)];
  const told = toldType(typeName, value.type, representation);
  return typedValue(compileValue(environment, value), value.type, name, representation, told);
}

/** The items of a collection as JSON, behind their number and their type. */
function listColumns(
  { representation }: ObjectRow,
  name: string,
  type: string | undefined,
  count: Sql | undefined,
  value: Sql,
): readonly Sql[] {
  const { prefix } = representation;
  return [
    ...(count ? [named(jsonValue(count, edm('Edm.Int64'), representation), countName({ name }, representation))] : []),
    ...(type === undefined ? [] : [named(literal(type), `${name}${prefix}type`)]),
    named(value, name),
  ];
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
