/** Where rows come from while a statement is made: tables with aliases, joined when an expression first needs them. */
import { databaseType } from '../model/edm';
import { concreteTypes } from '../model/inheritance';
import type { EntityType, LinkTable, NavigationProperty, Property } from '../model/model';
import { ROW } from '../model/row-type';
import { castNavigation } from '../plan/cast';
import type { Range } from '../plan/plan';
import { identifier, join, literal, sql, trusted, type Sql } from '../sql';
import type { Aliases } from './aliases';
import { memberOf } from './json-value';
import { partitionCondition } from './partition';
import { leadsBack } from './way-back';

/** The name of a table as SQL. */
export const tableOf = ({ table }: Pick<EntityType, 'table'>): Sql =>
  table.schema === undefined ? identifier(table.name) : sql`${identifier(table.schema)}.${identifier(table.name)}`;

/** A FROM clause in the making. */
export class From {
  private readonly joins: Sql[] = [];
  /** Rows made of values of the others. */
  readonly made = new Map<Range, Source>();

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

/** A value without the spaces that PostgreSQL fills a `char` up with, and leaves out of texts that it makes of one. */
const unpadded = (value: Sql, { source, type }: Property): Sql =>
  source.kind === 'column' && source.databaseType === 'character'
    ? sql`${value}::${trusted(databaseType(type))}`
    : value;

/** About how many characters a part of a statement has. */
const PART_LENGTH = 25;

/** What is known of the row of a variable. */
interface RowState {
  /** True when the row may be missing (outer join). */
  readonly optional?: boolean;
  /** True where the row is one of the type: all its columns are null elsewhere. */
  readonly isPresent?: Sql | undefined;
  /** The rows behind navigations, as far as they are joined. */
  readonly joined?: Map<NavigationProperty, Source>;
  /** What stands before the names of its columns. */
  readonly prefix?: string;
  /** The columns that tie it to a row which may be missing itself. */
  readonly tied?: Columns | undefined;
}

type Columns = (column: string) => boolean;

/** The columns of a navigation's target that tie it to a row, as far as that may be missing. */
export const tiedTo =
  ({ optional }: Source, { join: columns }: NavigationProperty): Columns =>
  (column) =>
    optional && columns.some(({ targetColumn }) => targetColumn === column);

/** One row variable of a statement. */
export class Source {
  readonly optional: boolean;
  private readonly isPresent: Sql | undefined;
  private readonly joined: Map<NavigationProperty, Source>;
  private readonly prefix: string;
  private readonly tied: Columns;

  constructor(
    readonly type: EntityType,
    readonly alias: Sql,
    private readonly from: From,
    { optional = false, isPresent, joined, prefix = '', tied }: RowState = {},
  ) {
    this.optional = optional;
    this.isPresent = isPresent;
    this.joined = joined ?? new Map<NavigationProperty, Source>();
    this.prefix = prefix;
    this.tied = tied ?? (() => false);
  }

  /** A fresh FROM clause over the table of a type. */
  static of(type: EntityType, aliases: Aliases, tied?: Columns): { source: Source; from: From } {
    const alias = aliases.next();
    const from = new From(sql`${tableOf(type)} ${alias}`, aliases);
    return { source: new Source(type, alias, from, { tied }), from };
  }

  /** A row variable over a derived table that carries all columns of the type's table. */
  static derived(type: EntityType, alias: Sql, from: From, state?: RowState): Source {
    return new Source(type, alias, from, state);
  }

  /** The alias as text. */
  get name(): string {
    return this.alias.parts.filter((part) => typeof part === 'string').join('');
  }

  /** What tells its columns from those of other variables: the alias, what stands before their names, the type that it is cast to. */
  get mark(): string {
    return this.name + this.prefix + (this.isPresent ? `/${this.type.name}` : '');
  }

  column(name: string): Sql {
    const isWhole = name === ROW && this.prefix === '';
    const value = isWhole
      ? sql`nullif(${this.alias} is distinct from null, false)`
      : sql`${this.alias}.${identifier(this.prefix + name)}`;
    return this.isPresent ? sql`(case when ${this.isPresent} then ${value} end)` : value;
  }

  /**
   * The columns as a join on all of them reads them. PostgreSQL 18 (15 does not) takes what outer joins chain by one value for given where the first
   * of them is: with a = 1, b = a, c = b, d = c it looks for d = 1, though c may be missing. What is no column by itself ends such a chain.
   */
  joining(columns: readonly string[]): (column: string) => Sql {
    if (this.isPresent || !columns.every(this.tied)) return (column) => this.column(column);
    return (column) => sql`(case when ${this.column(column)} is not null then ${this.column(column)} end)`;
  }

  /** The row as one of a derived type that it is known to be of; what is joined to it is joined once for all types. */
  as(type: EntityType): Source {
    const { isPresent, joined, tied } = this;
    const state = { optional: true, isPresent, joined, tied };
    return type === this.type ? this : new Source(type, this.alias, this.from, state);
  }

  /** The row as one of a derived type; missing where it is of another. */
  private cast(type: EntityType): Source {
    const tests = [...(this.isPresent ? [this.isPresent] : []), ...typeCondition(type, this.alias)];
    return new Source(type, this.alias, this.from, { optional: true, isPresent: join(tests, ' and ') });
  }

  /** The row behind a single-valued navigation, joined once; missing where it is not of the derived type that is asked for. */
  through(navigation: NavigationProperty, type = navigation.target): Source {
    if (type !== navigation.target) return this.through(navigation).through(castNavigation(type));
    const found = this.joined.get(navigation);
    if (found) return found;
    if (navigation.cast) {
      const cast = this.cast(navigation.target);
      this.joined.set(navigation, cast);
      return cast;
    }
    const alias = this.from.aliases.next();
    const optional = this.optional || navigation.nullable || !navigation.owning;
    this.from.add(
      sql`${trusted(optional ? 'left join' : 'join')} ${tableOf(navigation.target)} ${alias} on ${tie(this, alias, navigation)}`,
    );
    const source = new Source(navigation.target, alias, this.from, { optional, tied: tiedTo(this, navigation) });
    this.joined.set(navigation, source);
    return source;
  }

  /** A row made of what this one has, which may be missing. */
  beside(range: Range, rows: () => Sql): Source {
    const { from } = this;
    const found = from.made.get(range);
    if (found) return found;
    const table = rows();
    const alias = from.aliases.next();
    from.add(sql`cross join lateral ${table} ${alias}`);
    const source = new Source(range.type, alias, from, { optional: true });
    from.made.set(range, source);
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
        return unpadded(this.column(source.column), property);
      case 'expression':
        return this.unlessMissing(this.written(source.sql(this.name)));
      case 'path':
        return this.behind(source.navigations, source.property);
      case 'dynamic':
        return memberOf(this.column(source.column), source);
      case 'complex':
        throw new Error(`The complex property ${property.name} has no value of its own`);
    }
  }

  /** SQL of the model counts for what it is as long as. */
  private written(text: string): Sql {
    this.from.aliases.written(Math.floor(text.length / PART_LENGTH));
    return sql`(${trusted(text)})`;
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

/** The condition that ties the target's row, one of `type`, to this one. */
export function tie(
  source: Source,
  targetAlias: Sql,
  { join: columns, via, target }: NavigationProperty,
  type: EntityType = target,
): Sql {
  const value = source.joining(columns.map(({ column }) => column));
  return join(
    [
      ...(via ? [linkedBy(via, (column) => source.column(column), targetAlias)] : []),
      ...columns.map(({ column, targetColumn }) => sql`${targetAlias}.${identifier(targetColumn)} = ${value(column)}`),
      ...typeCondition(type, targetAlias),
    ],
    ' and ',
  );
}

/** The condition that a table between links the target's row to another one, whose columns `valueOf` gives. */
export function linkedBy({ table, from, to }: LinkTable, valueOf: (column: string) => Sql, targetAlias: Sql): Sql {
  const pairs = [
    ...from.map(({ column, targetColumn }) => sql`"link".${identifier(targetColumn)} = ${valueOf(column)}`),
    ...to.map(
      ({ column, targetColumn }) => sql`"link".${identifier(column)} = ${targetAlias}.${identifier(targetColumn)}`,
    ),
  ];
  return sql`exists (select 1 from ${tableOf({ table })} "link" where ${join(pairs, ' and ')})`;
}

/** Confines the rows of a table that holds several types to those of one and of what is derived from it. */
export function typeCondition(type: EntityType, alias: Sql): readonly Sql[] {
  const { inheritance } = type;
  if (!inheritance) return [];
  const values = concreteTypes(type).flatMap((one) => (one.inheritance ? [literal(one.inheritance.value)] : []));
  return [sql`${alias}.${identifier(inheritance.discriminator.column)} in (${join(values, ', ')})`];
}

/** The row variables that stand for the ranges of the plan. */
export type Sources = ReadonlyMap<Range, Source>;

/** The variable of a row, and those that see it as one of a base type: conditions before a cast speak of them. */
export const variables = (range: Range, source: Source): readonly (readonly [Range, Source])[] => [
  [range, source],
  ...(range.seenAs ? variables(range.seenAs, source) : []),
];

/** Confines rows to the caller's partition and, where their table holds others too, to their type. */
export const confinement = (source: Source): readonly Sql[] => [
  ...partitionCondition(source.type, (column) => source.column(column)),
  ...typeCondition(source.type, source.alias),
];
