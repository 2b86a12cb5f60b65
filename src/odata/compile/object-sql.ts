/** A JSON object within a statement. */
import { VALUE } from '../model/row-type';
import { identifier, join, literal, sql, type Sql } from '../sql';
import type { Environment } from './expression';
import { omitsNulls, type Representation } from './representation';

/** An object in the making: columns named as its members, then members as texts that begin with a comma. */
export class ObjectSql {
  constructor(
    private readonly columns: readonly Sql[],
    private readonly members: readonly Sql[] = [],
    private readonly whole?: Sql,
  ) {}

  /** An object whose text is made already. */
  static ofText(text: Sql): ObjectSql {
    return new ObjectSql([], [], text);
  }

  /** What a row selects, and the array made of such rows as text. */
  rows(environment: Environment, row: Sql, representation: Representation): { list: Sql; array: Sql } {
    const omitNulls = omitsNulls(representation);
    if (this.members.length > 0 || this.whole || this.columns.length === 0)
      return {
        list: sql`${this.text(environment, omitNulls)} as "j"`,
        array: sql`'[' || coalesce(string_agg(${row}."j", ','), '') || ']'`,
      };
    const array = sql`coalesce(json_agg(${row}), '[]'::json)`;
    return {
      list: join(this.columns, ', '),
      array: omitNulls ? sql`json_strip_nulls(${array})::text` : sql`${array}::text`,
    };
  }

  /** The object as a column or as a text. */
  in(form: 'row' | 'text', environment: Environment, representation: Representation): Sql {
    return form === 'row' ? this.value(environment) : this.text(environment, omitsNulls(representation));
  }

  /** A row that row_to_json turns into the object; for plain ones. */
  private value(environment: Environment): Sql {
    const alias = environment.aliases.next();
    if (this.columns.length === 0) return sql`'{}'::json`;
    return sql`(select ${alias} from (select ${join(this.columns, ', ')}) ${alias})`;
  }

  /** The object, or null where a condition holds. */
  unless(isNull: Sql, environment: Environment, representation: Representation): ObjectSql {
    const text = this.text(environment, omitsNulls(representation));
    return ObjectSql.ofText(sql`(case when ${isNull} then 'null' else ${text} end)`);
  }

  /** The object with members before its own, which go out as they are. */
  startingWith(first: string, environment: Environment, omitNulls: boolean): ObjectSql {
    const own = sql`substr("j", 2, length("j") - 2) from (select ${this.text(environment, omitNulls)} as "j" offset 0) "o"`;
    return ObjectSql.ofText(
      sql`(${literal(`{${first}`)} || (select coalesce(',' || nullif("m", ''), '') from (select ${own}) "p"("m")) || '}')`,
    );
  }

  /** The object's text. */
  text(environment: Environment, omitNulls: boolean): Sql {
    if (this.whole) return this.whole;
    const members = join(this.members, ' || ');
    if (this.columns.length === 0 && members.isEmpty) return literal('{}');
    if (this.columns.length === 0) return sql`('{' || ltrim(${members}, ',') || '}')`;
    const alias = environment.aliases.next();
    const json = sql`row_to_json(${alias})`;
    const start = omitNulls ? sql`json_strip_nulls(${json})::text` : sql`${json}::text`;
    const row = sql`(select ${join(this.columns, ', ')}) ${alias}`;
    if (members.isEmpty) return sql`(select ${start} from ${row})`;
    const plain = sql`(select left(${start}, -1) from ${row})`;
    // Without its nulls the first part may be empty: then no comma may follow the brace.
    if (omitNulls) return sql`('{' || ltrim(substr(${plain}, 2) || ${members}, ',') || '}')`;
    return sql`(${plain} || ${members} || '}')`;
  }
}

/** A column with its name. */
export const named = (value: Sql, name: string): Sql => sql`${value} as ${identifier(name === '' ? VALUE : name)}`;

/** `,"name":` as text. */
export const memberName = (name: string): Sql => literal(`,${JSON.stringify(name === '' ? VALUE : name)}:`);
