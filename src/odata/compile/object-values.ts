/** Objects within an object: complex values, single entities, entities of other variables of the row. */
import type { Field } from '../plan/plan';
import { join, sql, type Sql } from '../sql';
import { compileValue, sourceOf, type Environment } from './expression';
import { objectOf, transientStart, type ObjectRow } from './object';
import { fieldColumns, typeColumn } from './object-columns';
import { idColumn } from './object-links';
import { members } from './object-members';
import { ObjectSql } from './object-sql';
import type { Representation } from './representation';
import { isTextual } from './textual';

/** A column that row_to_json writes, or a text. */
type Form = 'row' | 'text';

/** A complex value. A nullable one is null when all its parts are. */
export function complexValue(row: ObjectRow, field: Extract<Field, { kind: 'complex' }>, form: Form): Sql {
  const { environment, representation } = row;
  const isMember = (part: Field): boolean => isTextual(part, representation);
  const first = transientStart(field.fields, representation);
  const fields = [...field.fields, ...(field.computed ?? [])].filter(
    ({ kind }) => kind !== 'transient' || first === undefined,
  );
  const plain = new ObjectSql(
    [
      ...typeColumn(field.type, representation, field.dynamic),
      ...fields.filter((part) => !isMember(part)).flatMap((part) => fieldColumns(row, part)),
    ],
    fields.filter(isMember).flatMap((part) => members(row, part)),
  );
  const object = first === undefined ? plain : plain.startingWith(first, environment, true);
  const value = object.in(form, environment, representation);
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

/** The entity behind a single-valued navigation. */
export function oneValue(
  { environment, source, representation }: ObjectRow,
  { navigation, selection, reference }: Extract<Field, { kind: 'one' }>,
  form: Form,
): Sql {
  const { range } = selection;
  const target = range.behind ? sourceOf(environment, range) : source.through(navigation, range.type);
  const inner: Environment = { ...environment, sources: new Map(environment.sources).set(range, target) };
  const value = entityValue(inner, { selection, reference }, form, representation);
  const [key] = target.type.key;
  return (navigation.nullable || range.optional) && key
    ? sql`(case when ${target.value(key)} is not null then ${value} end)`
    : value;
}

/** The entity of another variable of the row, or its complex value. */
export function rowValue(
  { environment, representation }: ObjectRow,
  field: Extract<Field, { kind: 'row' }>,
  form: Form,
): Sql {
  const value = entityValue(environment, field, form, representation);
  const { presence } = field;
  return presence ? sql`(case when ${compileValue(environment, presence)} is not null then ${value} end)` : value;
}

function entityValue(
  environment: Environment,
  { selection, reference }: Pick<Extract<Field, { kind: 'one' | 'row' }>, 'selection' | 'reference'>,
  form: Form,
  representation: Representation,
): Sql {
  const { range } = selection;
  const object = reference
    ? new ObjectSql([idColumn(sourceOf(environment, range), range, representation)])
    : objectOf(environment, selection, representation);
  return object.in(form, environment, representation);
}
