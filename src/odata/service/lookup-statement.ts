/** Lookups that are asked together as one statement: many of one shape as a list. */
import type { Steps } from '../payload/turns';
import type { Step } from '../plan/plan';
import {
  bound,
  extraSlot,
  identifier,
  join,
  param,
  sql,
  trusted,
  type Bindings,
  type Sql,
  type SqlValue,
  type Statement,
} from '../sql';
import { itemsOfArray } from './array-text';
import { lookupBindings, parentKeySql, type SqlLookup } from './lookup-sql';
import { StatementCache } from './statement-cache';
import { columnOf } from './target-sql';
import { plainText } from './together';

/** By the path whose parent's key they ask for; those that ask for none are the same for all paths. */
const statements = new StatementCache<readonly Step[]>(500);
const NO_PATH: readonly Step[] = [];

/** Lookups of one shape that become a list: with fewer of them each is a subselect of its own. */
const LEAST_LISTED = 5;

/** One column of the statement: a lookup, or a list of lookups that differ in their values only. */
interface Part {
  readonly lookups: readonly SqlLookup[];
  readonly isList: boolean;
}

/** The statement for lookups, and what its row says to each of them. */
interface CompiledLookups {
  readonly statement: Statement;
  readonly values: readonly SqlValue[];
  readonly answers: (row: readonly (string | null)[]) => Steps<readonly (string | null)[]>;
}

/** Many lookups of one shape are asked as one list: the text of the statement does not grow with them. */
export function* compileLookups(
  lookups: readonly SqlLookup[],
  steps: readonly Step[],
  bindings: Bindings,
): Steps<CompiledLookups> {
  const parts = yield* partsOf(lookups);
  const statement = lookupStatement(parts, steps);
  return {
    ...bound(statement, lookupBindings(yield* valuesOfParts(parts), bindings)),
    answers: (row) => answersOf(lookups, parts, row),
  };
}

/** What a row answers to lookups. */
function* answersOf(
  lookups: readonly SqlLookup[],
  parts: readonly Part[],
  row: readonly (string | null)[],
): Steps<readonly (string | null)[]> {
  if (lookups.length === 1) return row;
  const found = new Map<SqlLookup, string | null>();
  for (const [index, part] of parts.entries()) {
    const text = row[index] ?? null;
    const answers = part.isList ? yield* itemsOfArray(text ?? '{}') : [text];
    for (const [at, lookup] of part.lookups.entries()) found.set(lookup, answers[at] ?? null);
  }
  return lookups.map((lookup) => found.get(lookup) ?? null);
}

function* partsOf(lookups: readonly SqlLookup[]): Steps<readonly Part[]> {
  const byShape = new Map<string, SqlLookup[]>();
  for (const lookup of lookups) {
    yield;
    const same = byShape.get(lookup.shape);
    if (same) same.push(lookup);
    else byShape.set(lookup.shape, [lookup]);
  }
  return [...byShape.values()].flatMap((same): readonly Part[] => {
    if (same.length >= LEAST_LISTED) return [{ lookups: same, isList: true }];
    return same.map((lookup) => ({ lookups: [lookup], isList: false }));
  });
}

function* valuesOfParts(parts: readonly Part[]): Steps<readonly { readonly values: readonly SqlValue[] }[]> {
  const all: { readonly values: readonly SqlValue[] }[] = [];
  for (const { lookups, isList } of parts) {
    yield;
    const [first] = lookups;
    const list = (_: unknown, at: number): SqlValue => lookups.map(({ values }) => plainText(values[at] ?? null));
    all.push({ values: (isList ? first?.types.map(list) : first?.values) ?? [] });
  }
  return all;
}

/** One statement for all lookups; the same for the same shapes. */
function lookupStatement(parts: readonly Part[], steps: readonly Step[]): Statement {
  const usesParent = parts.some(({ lookups }) => lookups.some((lookup) => lookup.usesParent));
  const shape = parts.map(({ lookups: [first], isList }) => `${first?.shape ?? ''}${isList ? '*' : ''}`).join('|');
  return statements.get(usesParent ? steps : NO_PATH, shape, () => {
    const parent = usesParent ? parentKeySql(steps) : trusted('null');
    const columns = parts.map((part, index) => partSql(part, index, parent));
    return sql`select ${join(columns, ', ')}`;
  });
}

function partSql({ lookups: [first], isList }: Part, index: number, parent: Sql): Sql {
  if (!first) throw new Error('A part has a lookup');
  const { types, build } = first;
  if (!isList) return build((position) => param(extraSlot(`${index}.${position}`), types[position] ?? 'text'), parent);
  const arrays = types.map((type, position) => param(extraSlot(`${index}.${position}`), `${type}[]`));
  const names = [...types.map((_, position) => `v${position}`), 'n'].map(identifier);
  const item = build((position) => columnOf('q', `v${position}`), parent);
  const rows = sql`select q."n", ${item} as "x" from unnest(${join(arrays, ', ')}) with ordinality as q (${join(names, ', ')})`;
  return sql`(select array_agg(r."x"::text order by r."n") from (${rows}) as r)`;
}
