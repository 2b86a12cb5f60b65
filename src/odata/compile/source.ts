/** Where rows come from while a statement is made: tables with aliases, joined when an expression first needs them. */
import { odataError } from '../error';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { Range } from '../plan/plan';
import { identifier, join, param, sql, trusted, type Slot, type Sql } from '../sql';

/** Rows that are used twice are written twice: a short $apply could lead to a statement without end. */
const MAX_ALIASES = 3000;

/** Hands out aliases: t1, t2, … in the order of use, so that equal plans make equal text. */
export class Aliases {
  private count = 0;
  private readonly rows = new Map<Range, string>();

  next(): Sql {
    this.count += 1;
    if (this.count > MAX_ALIASES)
      throw odataError('TooManyParts', {
        message: 'The request asks for more than one statement can do: rows are made of rows too often.',
      });
    return trusted(`t${this.count}`);
  }

  /** The name of the column by which the row of a variable travels through a query: r1, r2, … */
  rowOf(range: Range): string {
    const name = this.rows.get(range) ?? `r${this.rows.size + 1}`;
    this.rows.set(range, name);
    return name;
  }
}

/** The caller's partition. */
export const partitionSlot: Slot = ({ partition }) => partition;

/** The name of a table as SQL. */
export const tableOf = ({ table }: EntityType): Sql =>
  table.schema === undefined ? identifier(table.name) : sql`${identifier(table.schema)}.${identifier(table.name)}`;

/** A FROM clause in the making. */
export class From {
  private readonly joins: Sql[] = [];

  constructor(
    private readonly first: Sql,
    readonly aliases: Aliases,
  ) {}

  add(clause: Sql): void {
    this.joins.push(clause);
  }

  get hasJoins(): boolean {
    return this.joins.length > 0;
  }

  get clause(): Sql {
    return join([this.first, ...this.joins], ' ');
  }
}

/** One row variable of a statement. */
export class Source {
  private readonly joined = new Map<NavigationProperty, Source>();

  constructor(
    readonly type: EntityType,
    readonly alias: Sql,
    private readonly from: From,
    /** True when the row may be missing (outer join). */
    private readonly optional = false,
  ) {}

  /** A fresh FROM clause over the table of a type. */
  static of(type: EntityType, aliases: Aliases): { source: Source; from: From } {
    const alias = aliases.next();
    const from = new From(sql`${tableOf(type)} ${alias}`, aliases);
    return { source: new Source(type, alias, from), from };
  }

  /** A row variable over a derived table that carries all columns of the type's table; `optional` when its row may be missing. */
  static derived(type: EntityType, alias: Sql, from: From, optional = false): Source {
    return new Source(type, alias, from, optional);
  }

  /** The alias as text. */
  get name(): string {
    return this.alias.parts.filter((part) => typeof part === 'string').join('');
  }

  column(name: string): Sql {
    return sql`${this.alias}.${identifier(name)}`;
  }

  /** The row behind a single-valued navigation, joined once. */
  through(navigation: NavigationProperty): Source {
    const found = this.joined.get(navigation);
    if (found) return found;
    const alias = this.from.aliases.next();
    const optional = this.optional || navigation.nullable || !navigation.owning;
    this.from.add(
      sql`${trusted(optional ? 'left join' : 'join')} ${tableOf(navigation.target)} ${alias} on ${tie(this, alias, navigation)}`,
    );
    const source = new Source(navigation.target, alias, this.from, optional);
    this.joined.set(navigation, source);
    return source;
  }

  /** Uses the parent's row, which the statement has already, for navigations that lead back to it. */
  adopt(navigation: NavigationProperty | undefined, parent: Source): void {
    for (const back of this.type.joins.values())
      if (navigation && leadsBack(navigation, back, parent.type)) this.joined.set(back, parent);
  }

  /** The value of a property that is a column, a virtual column or a path; parts of complex ones are properties of their own. */
  value(property: Property): Sql {
    const { source } = property;
    switch (source.kind) {
      case 'column':
        return this.column(source.column);
      case 'expression':
        return this.unlessMissing(sql`(${trusted(source.sql(this.name))})`);
      case 'path':
        return this.behind(source.navigations, source.property);
      case 'complex':
        throw new Error(`The complex property ${property.name} has no value of its own`);
    }
  }

  /** SQL of the model may be not null (a sum, a count) though its row is missing. */
  private unlessMissing(value: Sql): Sql {
    const [key] = this.type.key;
    return this.optional && key ? sql`(case when ${this.value(key)} is not null then ${value} end)` : value;
  }

  private behind(names: readonly string[], property: string): Sql {
    const navigations: NavigationProperty[] = [];
    let type = this.type;
    for (const name of names) {
      const navigation = type.joins.get(name);
      if (!navigation) throw new Error(`${type.name} has no navigation ${name}`);
      navigations.push(navigation);
      type = navigation.target;
    }
    const found = type.properties.get(property);
    if (!found) throw new Error(`${type.name} has no property ${property}`);
    return this.valueBehind(navigations, found);
  }

  /** The value of a property behind single-valued navigations; a foreign key is read here instead of joining its target. */
  valueBehind(navigations: readonly NavigationProperty[], property: Property): Sql {
    const last = navigations.at(-1);
    if (!last) return this.value(property);
    const before = navigations.slice(0, -1).reduce<Source>((source, navigation) => source.through(navigation), this);
    const { source } = property;
    const tied =
      last.owning && source.kind === 'column'
        ? last.join.find(({ targetColumn }) => targetColumn === source.column)
        : undefined;
    return tied ? before.column(tied.column) : before.through(last).value(property);
  }
}

const reversed = new WeakMap<NavigationProperty, NavigationProperty>();

/** The way back of a navigation that leads from `type`: one of the model where there is one. */
export function backwards(navigation: NavigationProperty, type: EntityType): NavigationProperty {
  const { target, join: columns, name } = navigation;
  const known =
    [...target.joins.values()].find((back) => leadsBack(navigation, back, type)) ?? reversed.get(navigation);
  if (known) return known;
  const back: NavigationProperty = {
    name: `the way back of ${name}`,
    target: type,
    collection: false,
    nullable: false,
    containsTarget: false,
    partner: name,
    join: columns.map(({ column, targetColumn }) => ({ column: targetColumn, targetColumn: column })),
    owning: true,
    referentialConstraints: [],
    onDelete: undefined,
    description: undefined,
  };
  reversed.set(navigation, back);
  return back;
}

const leadsBack = (navigation: NavigationProperty, back: NavigationProperty, parent: EntityType): boolean =>
  back.owning &&
  back.target === parent &&
  back.join.length === navigation.join.length &&
  back.join.every(({ column, targetColumn }) =>
    navigation.join.some((pair) => pair.column === targetColumn && pair.targetColumn === column),
  );

/** The condition that ties the target's row to this one. */
export const tie = (source: Source, targetAlias: Sql, { join: columns }: NavigationProperty): Sql =>
  join(
    columns.map(
      ({ column, targetColumn }) => sql`${targetAlias}.${identifier(targetColumn)} = ${source.column(column)}`,
    ),
    ' and ',
  );

/** The row variables that stand for the ranges of the plan. */
export type Sources = ReadonlyMap<Range, Source>;

/** Confines the rows of a set to the caller's partition. */
export const partitionCondition = (source: Source): readonly Sql[] =>
  source.type.partition
    ? [
        sql`${source.column(source.type.partition.column)} = ${param(partitionSlot, source.type.partition.databaseType)}`,
      ]
    : [];
