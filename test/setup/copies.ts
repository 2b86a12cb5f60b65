/** Clients that keep a copy of a collection by its delta links, and hold it against a fresh read. Protocol §11.3, JSON §15 */
import type { Answer, Json, TestService } from './service';

const keyIn = (text: string): string => /\(([^()]*)\)$/.exec(text)?.[1] ?? '';

/**
 * Waits for all transactions that are open in the cluster, those of other tests too: a link that is made beside one that began before changes were
 * kept, or were forgotten, expires with them.
 */
export async function settled(service: TestService): Promise<void> {
  const [now] = await service.sql('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid');
  const open = 'SELECT FROM pg_current_snapshot() AS now WHERE pg_snapshot_xmin(now) < $1::xid8';
  while ((await service.sql(open, [now?.['xid']])).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A service that has begun to keep changes. */
export async function tracking<T extends TestService>(starting: Promise<T>): Promise<T> {
  const service = await starting;
  await settled(service);
  return service;
}

/** What a client holds of a collection. */
export class Copy {
  protected readonly entities = new Map<string, Json>();
  private link = '';

  constructor(
    protected readonly service: TestService,
    protected readonly path: string,
    protected readonly headers: Record<string, string>,
  ) {}

  /** Begins the copy. `between` runs between pages. */
  async begin(between: () => Promise<unknown>): Promise<this> {
    // Nested collections would be cut as well.
    const cut = this.path.includes('expand') ? '' : ', maxpagesize=8';
    await this.read(this.path, { Prefer: `track-changes${cut}` }, between);
    return this;
  }

  /** Reads what has changed. */
  async follow(pageSize: number | undefined, between: () => Promise<unknown>): Promise<void> {
    const isCut = pageSize !== undefined && (!this.path.includes('expand') || this instanceof FlatCopy);
    await this.read(this.link, isCut ? { Prefer: `maxpagesize=${pageSize}` } : {}, between);
  }

  private async read(start: string, headers: Record<string, string>, between: () => Promise<unknown>): Promise<void> {
    let pages = 0;
    for (let next: string | undefined = start; next !== undefined;) {
      const page: Answer = await this.service.get(next, { ...this.headers, ...headers });
      if (page.status !== 200) throw new Error(`${next}: ${page.text}\n${this.service.takeFailures().join('\n')}`);
      for (const entity of page.value) this.apply(entity);
      next = page.nextLink;
      const link = page.json['@odata.deltaLink'];
      expect([start, ...[typeof next, typeof link].sort()]).toEqual([start, 'string', 'undefined']);
      if (typeof link === 'string') this.link = link;
      else if (++pages < 4) await between();
    }
  }

  protected apply(entity: Json): void {
    const context = entity['@odata.context'];
    if (entity['@odata.removed'] !== undefined) this.entities.delete(keyIn(String(entity['@odata.id'])));
    else if (typeof context === 'string' && context.endsWith('/$deletedEntity'))
      this.entities.delete(keyIn(String(entity['id'])));
    else this.entities.set(keyOf(entity), entity);
  }

  protected get held(): Readonly<Record<string, Json>> {
    return Object.fromEntries(this.entities);
  }

  /** Holds the copy against a fresh read. */
  async check(): Promise<void> {
    const fresh = await this.service.all(this.path, this.headers);
    const wanted = Object.fromEntries(fresh.map((entity) => [keyOf(entity), entity]));
    expect([this.path, this.held]).toEqual([this.path, wanted]);
  }
}

const keyOf = (entity: Json): string => {
  const id = entity['@odata.id'];
  return typeof id === 'string' ? keyIn(id) : String(entity['id']);
};

const byKey = (entities: readonly Json[]): readonly Json[] =>
  [...entities].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));

/** What a client of 4.0 holds that has expanded navigations: their entities by their ids, and which belong to which. */
export class FlatCopy extends Copy {
  private readonly others = new Map<string, Json>();
  private readonly links = new Set<string>();

  protected override apply(entity: Json): void {
    const [, set = '', kind = ''] = /\$metadata#(.*)\/\$(\w+)$/.exec(String(entity['@odata.context'])) ?? [];
    const isOwn = set === '' || set === /^[^?]*/.exec(this.path)?.[0];
    if (kind === 'link' || kind === 'deletedLink') this.applyLink(entity, kind);
    else if (kind === 'entity') {
      const { '@odata.context': _, ...told } = entity;
      this.others.set(`${set}(${keyOf(entity)})`, told);
    } else if (kind === 'deletedEntity' && !isOwn) this.others.delete(String(entity['id']));
    else if (kind === 'deletedEntity') {
      const key = keyIn(String(entity['id']));
      this.entities.delete(key);
      for (const link of this.links) if (link.startsWith(`${key} `)) this.links.delete(link);
    } else this.adopt(entity);
  }

  private applyLink(entity: Json, kind: string): void {
    const start = `${keyIn(String(entity['source']))} ${String(entity['relationship'])} `;
    const link = `${start}${String(entity['target'])}`;
    const isSingle = singles.has(String(entity['relationship']));
    for (const other of this.links) if (isSingle && other.startsWith(start)) this.links.delete(other);
    if (kind === 'link') this.links.add(link);
    else this.links.delete(link);
  }

  /** At first entities come nested, later alone. */
  private adopt(entity: Json): void {
    const nested = Object.entries(entity).filter(([name]) => sets.has(name));
    for (const [name, value] of nested)
      for (const one of Array.isArray(value) ? (value as Json[]) : value ? [value as Json] : []) {
        const id = `${sets.get(name) ?? ''}(${keyOf(one)})`;
        this.others.set(id, one);
        this.links.add(`${keyOf(entity)} ${name} ${id}`);
      }
    const own = Object.entries(entity).filter(([name]) => !sets.has(name));
    this.entities.set(keyOf(entity), Object.fromEntries(own));
  }

  protected override get held(): Readonly<Record<string, Json>> {
    const expanded = decodeURIComponent(/expand=([^&]*)/.exec(this.path)?.[1] ?? '');
    const names = [...sets.keys()].filter((name) => new RegExp(`(^|,)${name}(\\(|,|$)`).test(expanded));
    const linked = (key: string, name: string): readonly Json[] =>
      [...this.links].flatMap((link) => {
        const start = `${key} ${name} `;
        const found = link.startsWith(start) ? this.others.get(link.slice(start.length)) : undefined;
        return found ? [found] : [];
      });
    const whole = [...this.entities].map(([key, entity]) => {
      const nested = names.map((name) => {
        const found = byKey(linked(key, name));
        return [name, singles.has(name) ? (found[0] ?? null) : found] as const;
      });
      return [key, { ...entity, ...Object.fromEntries(nested) }] as const;
    });
    return Object.fromEntries(whole);
  }

  override async check(): Promise<void> {
    const fresh = await this.service.all(this.path, this.headers);
    const sorted = fresh.map((entity) => {
      const members = Object.entries(entity).map(([name, value]) => {
        return [name, Array.isArray(value) ? byKey(value as Json[]) : value] as const;
      });
      return [keyOf(entity), Object.fromEntries(members)] as const;
    });
    expect([this.path, this.held]).toEqual([this.path, Object.fromEntries(sorted)]);
  }
}

/** The navigations that are expanded in 4.0, with the sets of their entities. */
const sets = new Map([
  ['salesInvoices', 'salesInvoices'],
  ['customer', 'customers'],
  ['billToCustomer', 'customers'],
  ['appliesToInvoice', 'salesInvoices'],
  ['holder', 'People'],
  ['passport', 'Passports'],
]);
const singles = new Set(['customer', 'billToCustomer', 'appliesToInvoice', 'holder', 'passport']);
