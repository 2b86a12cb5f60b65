/** What the generator knows of a model, and its rows as plain SQL gives them. */
import type { TestService } from '../service';
import { daysOf, decimalOf, momentOf, spanOf, timeOf, type Enums, type Ty, type Value } from './values';

/** A row: its properties by their paths (`address/city`), navigation properties and collections by their names. */
export interface Row {
  readonly $type: string;
  readonly [name: string]: unknown;
}

/** A property of one value. Its name is a path when it is a part of a complex one. */
export interface Prop {
  readonly name: string;
  readonly ty: Ty;
}

/** A navigation property, or a collection of complex values. */
export interface Nav {
  readonly name: string;
  readonly target: string;
  readonly many: boolean;
  readonly isComplex?: boolean;
}

/** A collection of primitive values. */
export interface Coll {
  readonly name: string;
  readonly ty: Ty;
}

export interface EType {
  readonly name: string;
  readonly base?: string;
  readonly props: readonly Prop[];
  readonly navs: readonly Nav[];
  readonly colls: readonly Coll[];
  readonly key: readonly string[];
  /** What rows are ordered by when nobody asks, the key apart. */
  readonly order: readonly string[];
}

export interface World {
  readonly namespace: string;
  readonly enums: Enums;
  readonly types: Readonly<Record<string, EType>>;
  /** Where the rows of a type are read: sets, and collections within an entity. */
  readonly roots: readonly { readonly path: string; readonly type: string; readonly rows: readonly Row[] }[];
}

/** A type with what it inherits. */
export function whole(world: World, name: string): EType {
  const type = world.types[name];
  if (!type) throw new Error(`There is no type ${name}`);
  if (type.base === undefined) return type;
  const base = whole(world, type.base);
  return {
    ...type,
    props: [...base.props, ...type.props],
    navs: [...base.navs, ...type.navs],
    colls: [...base.colls, ...type.colls],
    key: base.key,
    order: base.order,
  };
}

export function isA(world: World, type: string, other: string): boolean {
  for (let at: string | undefined = type; at !== undefined; at = world.types[at]?.base) if (at === other) return true;
  return false;
}

export const derivedOf = (world: World, name: string): readonly string[] =>
  Object.keys(world.types).filter((other) => other !== name && isA(world, other, name));

/** `name` or `name=column`, and a type: `'age?int'`. */
interface Column {
  readonly name: string;
  readonly column: string;
  readonly ty: Ty;
}

export const columns = (text: string): Column[] =>
  text.split(/\s+/).map((each) => {
    const [, name = '', column = name, ty = ''] = /^([^=~]+)(?:=([^~]+))?~(.+)$/.exec(each) ?? [];
    return { name, column, ty: ty as Ty };
  });

/** What a text of SQL says. */
export function fromText(ty: Ty, text: string | null): Value {
  if (text === null) return null;
  if (ty === 'bool') return text === 'true';
  if (ty === 'int' || ty === 'dec') return decimalOf(text);
  if (ty === 'double') return text === 'NaN' ? NaN : Number(text);
  if (ty === 'date') return daysOf(text);
  if (ty === 'time') return timeOf(text);
  if (ty === 'moment') return momentOf(text);
  if (ty === 'span') return spanOf(text);
  return ty.startsWith('flags:') || ty.startsWith('enum:') ? Number(text) : text;
}

/** The rows of a table, with its other columns as texts. Labels of enumerations become their numbers. */
export async function tableOf(
  service: TestService,
  table: string,
  named: readonly Column[],
  enums: Enums,
  typeOf: (row: Readonly<Record<string, unknown>>) => string,
): Promise<Record<string, unknown>[]> {
  await service.sql(`SET intervalstyle = 'iso_8601'`);
  const found = await service
    .sql(`SELECT * FROM ${table} LIMIT 0`)
    .then(() =>
      service.sql(
        `SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position`,
        [table.replace(/^.*\./, '')],
      ),
    );
  const list = found.map(({ name }) => `"${String(name)}"::text AS "${String(name)}"`).join(', ');
  const rows = await service.sql(`SELECT ${list} FROM ${table}`);
  return rows.map((row) => {
    const made: Record<string, unknown> = { $type: typeOf(row), $row: row };
    for (const { name, column, ty } of named) {
      const text = row[column] as string | null;
      const members = ty.startsWith('enum:') ? (enums[ty.slice(5)] ?? {}) : {};
      made[name] = text !== null && text in members ? members[text] : fromText(ty, text);
    }
    return made;
  });
}
