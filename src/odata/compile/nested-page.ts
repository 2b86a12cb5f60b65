/** The page of an expanded collection, and the link to its next one. JSON §4.5.5, Protocol §11.2.6.7 */
import type { ExpandStep } from '../plan/expand-options';
import type { CollectionPlan } from '../plan/plan';
import { literal, param, sql, type Bindings, type Slot, type Sql } from '../sql';
import type { Aliases } from './aliases';

/** The parameters of one collection's page. */
interface ExpandedPage {
  readonly limit: Sql;
  /** The page's length when more may follow; null when $top ends the collection before. */
  readonly cut: Sql;
  /** How many entities stand before the last one of the page. */
  readonly lastOffset: Sql;
  readonly root: Sql;
  readonly query: Sql;
  readonly head: Sql;
}

const text = (value: Slot | undefined, bindings: Bindings): string | undefined => {
  const found = value?.(bindings);
  return typeof found === 'string' ? found : undefined;
};

/** How much of the collection goes out, from $top and the size of pages. */
export function expandedPage({ top, skip }: CollectionPlan, within: readonly ExpandStep[]): ExpandedPage {
  const sizeOf = ({ pages }: Bindings): number | undefined => pages?.size;
  const cutAt = (bindings: Bindings): number | undefined => {
    const [size, wanted] = [sizeOf(bindings), text(top, bindings)];
    return size !== undefined && (wanted === undefined || Number(wanted) > size) ? size : undefined;
  };
  const remaining = (bindings: Bindings, size: number): number | undefined => {
    const wanted = text(top, bindings);
    return wanted === undefined ? undefined : Math.min(Number(wanted), Number.MAX_SAFE_INTEGER) - size;
  };
  const whole = (number: number | undefined): string | null => (number === undefined ? null : String(number));
  return {
    limit: param((bindings) => whole(cutAt(bindings)) ?? text(top, bindings) ?? null, 'int8'),
    cut: param((bindings) => whole(cutAt(bindings)), 'int8'),
    lastOffset: param((bindings) => {
      const size = cutAt(bindings);
      return whole(size === undefined ? undefined : size - 1 + Number(text(skip, bindings) ?? 0));
    }, 'int8'),
    root: param(({ pages }) => pages?.root ?? null, 'text'),
    query: param(({ pages }) => pages?.query ?? null, 'text'),
    head: param((bindings) => {
      const size = cutAt(bindings);
      return size === undefined ? null : (bindings.pages?.head(within, remaining(bindings, size)) ?? null);
    }, 'text'),
  };
}

/**
 * The text of the link as a member, empty when nothing follows. Only a page that is full looks for what is behind it. `probe` selects the
 * order values `k` of all rows in order.
 */
export function nextMember(page: ExpandedPage, name: string, path: Sql, probe: () => Sql, aliases: Aliases): Sql {
  const [rows, last] = [aliases.next(), aliases.next()];
  const values = sql`translate(encode(convert_to(${last}."k", 'UTF8'), 'base64'), E'+/=\\n', '-_')`;
  const found = sql`(select (array_agg(${rows}."k"))[1] as "k" from (${probe()} limit 2 offset ${page.lastOffset}) ${rows} having count(*) = 2) ${last}`;
  const link = sql`${literal(`,${JSON.stringify(name)}:"`)} || ${page.root} || ${path} || '?' || ${page.query} || '$skiptoken=' || ${page.head} || '.' || ${values} || '"'`;
  return sql` || (case when count(*) = ${page.cut} then coalesce((select ${link} from ${found}), '') else '' end)`;
}
