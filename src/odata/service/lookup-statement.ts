/** Lookups that are asked together as one statement: many of one shape as a list. */
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
import { lookupBindings, parentKeySql, type SqlLookup } from './lookup-sql';
import { StatementCache } from './statement-cache';
import { columnOf } from './target-sql';

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
  readonly answers: (row: readonly (string | null)[]) => readonly (string | null)[];
}

/** Many lookups of one shape are asked as one list: the text of the statement does not grow with them. */
export function compileLookups(
  lookups: readonly SqlLookup[],
  steps: readonly Step[],
  bindings: Bindings,
): CompiledLookups {
  const parts = partsOf(lookups);
  const statement = lookupStatement(parts, steps);
  return {
    ...bound(statement, lookupBindings(parts.map(valuesOfPart), bindings)),
    answers: (row) => {
      if (lookups.length === 1) return row;
      const found = new Map(parts.flatMap((part, index) => namedAnswers(part, row[index] ?? null)));
      return lookups.map((lookup) => found.get(lookup) ?? null);
    },
  };
}

/** What a column answers, by the lookups of its part. */
function namedAnswers(part: Part, text: string | null): readonly (readonly [SqlLookup, string | null])[] {
  const answers = answersOf(part, text);
  return part.lookups.map((lookup, at) => [lookup, answers[at] ?? null]);
}

function partsOf(lookups: readonly SqlLookup[]): readonly Part[] {
  const byShape = new Map<string, SqlLookup[]>();
  for (const lookup of lookups) {
    const same = byShape.get(lookup.shape);
    if (same) same.push(lookup);
    else byShape.set(lookup.shape, [lookup]);
  }
  return [...byShape.values()].flatMap((same): readonly Part[] => {
    if (same.length >= LEAST_LISTED) return [{ lookups: same, isList: true }];
    return same.map((lookup) => ({ lookups: [lookup], isList: false }));
  });
}

function valuesOfPart({ lookups, isList }: Part): { readonly values: readonly SqlValue[] } {
  const [first] = lookups;
  if (!isList || !first) return { values: first?.values ?? [] };
  return { values: first.types.map((_, position) => lookups.map(({ values }) => plainText(values[position] ?? null))) };
}

function plainText(value: SqlValue): string | null {
  if (value === null || typeof value === 'string') return value;
  throw new Error('A lookup compares with single values');
}

function answersOf({ lookups: [first], isList }: Part, text: string | null): readonly (string | null)[] {
  if (!isList) return [text];
  const items = JSON.parse(text ?? '[]') as readonly unknown[];
  return items.map((item) =>
    item === null ? null : first?.isJson === false && typeof item === 'string' ? item : JSON.stringify(item),
  );
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
  return sql`(select json_agg(r."x" order by r."n") from (${rows}) as r)`;
}
