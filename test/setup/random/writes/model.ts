/** What writes do to the second model's tables, in JavaScript: a request is told by what it says, and judged by the standard and docs/writing.md alone. */
import { pairTables, type Derived, type Field, type Kind, type Link, type Pairs } from './kinds';

export type Row = Record<string, unknown>;
export type State = Record<string, Row[]>;
export type Body = Readonly<Record<string, unknown>>;

/** A version that a write has raised, that of a new row, and one that a write may have raised. */
export const TOUCHED = '#touched';
export const NEW = '#new';
export const MAYBE = '#maybe';

export const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same text for the same value, whatever the order of its members. */
export const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(textOf).join()}]`
    : isObject(value)
      ? `{${Object.keys(value)
          .sort()
          .map((name) => `${JSON.stringify(name)}:${textOf(value[name])}`)
          .join()}}`
      : (JSON.stringify(value) ?? 'undefined');
export const alike = (one: unknown, other: unknown): boolean => textOf(one) === textOf(other);

/** What stops a request, as the status that says so. */
class Refused extends Error {
  constructor(readonly status: number) {
    super(String(status));
  }
}

/** Entities that refer to another one, and by what. */
export interface Inverse {
  readonly kind: Kind;
  readonly link: Link;
}

export type Mode = 'create' | 'merge' | 'replace';

/** New rows whose keys only the database knows. */
let serial = 0;

export class Model {
  /** Everything that is wrong; any of it may be told. */
  readonly faults = new Set<number>();
  /** What the request has written: no body writes an entity twice. */
  private readonly written = new Set<Row>();

  constructor(
    readonly kinds: readonly Kind[],
    readonly state: State,
    readonly namespace: string,
    /** Who understands entities within the body of an update. */
    readonly isNewer: boolean = true,
  ) {}

  rows(kind: Kind): Row[] {
    return this.state[kind.table] ?? [];
  }

  kindOf(table: string): Kind {
    const found = this.kinds.find((kind) => kind.table === table);
    if (!found) throw new Error(`There is no ${table}`);
    return found;
  }

  derivedOf(kind: Kind, row: Row): Derived | undefined {
    return kind.derived.find(({ value }) => kind.discriminator !== undefined && value === row[kind.discriminator]);
  }

  fieldsOf(kind: Kind, row: Row): readonly Field[] {
    return [...kind.fields, ...(this.derivedOf(kind, row)?.fields ?? [])];
  }

  linksOf(kind: Kind, row: Row): readonly Link[] {
    return [...kind.links, ...(this.derivedOf(kind, row)?.links ?? [])];
  }

  /** Links of other entities that end at this one. */
  inversesOf(kind: Kind, row: Row): readonly Inverse[] {
    const name = this.derivedOf(kind, row)?.name;
    return this.kinds.flatMap((other) =>
      [...other.links, ...new Set(other.derived.flatMap(({ links }) => links))].flatMap((link) =>
        link.target === kind.table && link.inverse !== undefined && (link.type === undefined || link.type === name)
          ? [{ kind: other, link }]
          : [],
      ),
    );
  }

  keyOf(kind: Kind, row: Row): unknown {
    const [first] = kind.key;
    return first && row[first.column];
  }

  // ---- bodies

  private refuse(status: number): void {
    this.faults.add(status);
  }

  private once(row: Row): void {
    if (this.written.has(row)) this.refuse(400);
    this.written.add(row);
  }

  /** Runs a part, whose refusal does not keep the others from being judged. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refuse(error.status);
      return undefined;
    }
  }

  stop(status: number): never {
    throw new Refused(status);
  }

  private set(row: Row, field: Field, value: unknown, mode: Mode): void {
    if (field.parts) return this.setComplex(row, field, field.parts, value, mode);
    const good = field.good.find(([sent]) => alike(sent, value));
    if (good) row[field.column] = good[1];
    else if (value === null && field.isNull) row[field.column] = null;
    else this.refuse(400);
  }

  private setComplex(row: Row, field: Field, parts: readonly Field[], value: unknown, mode: Mode): void {
    if (value === null && field.isNull) {
      for (const part of parts) this.set(row, part, null, mode);
      return;
    }
    if (!isObject(value)) return this.refuse(400);
    for (const name of Object.keys(value)) if (!parts.some((part) => part.name === name)) this.refuse(400);
    for (const part of parts) {
      if (part.name in value) this.set(row, part, value[part.name], mode);
      else if (mode !== 'merge') this.reset(row, part);
    }
  }

  /** What nobody has said: the default. */
  private reset(row: Row, field: Field): void {
    if (field.parts) for (const part of field.parts) this.reset(row, part);
    else if (field.initial) row[field.column] = field.initial[1];
    else this.refuse(400);
  }

  /** Values of the body, without key and navigations. */
  private values(kind: Kind, row: Row, json: Body, mode: Mode): void {
    const fields = this.fieldsOf(kind, row);
    for (const field of fields) {
      if (mode !== 'create' && field.isFixed) {
        if (!(field.name in json)) continue;
        const before = row[field.column];
        this.set(row, field, json[field.name], mode);
        if (row[field.column] !== before) this.refuse(400);
        row[field.column] = before;
      } else if (field.name in json) this.set(row, field, json[field.name], mode);
      else if (mode === 'create' || (mode === 'replace' && !field.isFilled)) this.reset(row, field);
    }
    const known = new Set([...fields, ...kind.key].map(({ name }) => name));
    const dynamic: Record<string, unknown> =
      kind.open === undefined || mode !== 'merge' ? {} : { ...(row[kind.open] as Body) };
    for (const [name, value] of Object.entries(json)) {
      if (name.includes('@') || known.has(name) || this.isNavigation(kind, row, name) || this.isComputed(kind, name))
        continue;
      if (kind.open === undefined) this.refuse(400);
      else if (value === null) this.forget(dynamic, name);
      else if (mode === 'merge' && isObject(value) && isObject(dynamic[name]))
        dynamic[name] = { ...dynamic[name], ...value };
      else {
        this.forget(dynamic, name);
        dynamic[name] = value;
      }
    }
    if (kind.open !== undefined) row[kind.open] = dynamic;
  }

  /** A dynamic property and its type are gone. */
  private forget(dynamic: Record<string, unknown>, name: string): void {
    delete dynamic[name];
    delete dynamic[`${name}@type`];
  }

  private isComputed(kind: Kind, name: string): boolean {
    return name === kind.version || ['tripCount', 'bestFriendName', 'joinedAt', 'managerName'].includes(name);
  }

  private isNavigation(kind: Kind, row: Row, name: string): boolean {
    return (
      this.linksOf(kind, row).some((link) => link.name === name) ||
      this.inversesOf(kind, row).some(({ link }) => link.inverse === name) ||
      kind.pairs.some((pairs) => pairs.name === name)
    );
  }

  // ---- entities

  /** The entity that an id means. */
  /** Judges what is asked of an entity that is not there: that is wrong, and perhaps more. */
  missing(kind: Kind, work: (row: Row) => void): void {
    const sample: Row = structuredClone(this.rows(kind)[0] ?? {});
    this.attempt(() => work(sample));
    this.faults.add(404);
  }

  resolve(id: unknown): { readonly kind: Kind; readonly row: Row } | undefined {
    for (const kind of this.kinds)
      for (const row of this.rows(kind)) if (this.idOf(kind, row) === id) return { kind, row };
    return undefined;
  }

  idOf(kind: Kind, row: Row): string {
    const { container } = kind;
    const link = container === undefined ? undefined : kind.links.find(({ name }) => name === container);
    if (!link) return `${kind.set ?? ''}${this.keyText(kind, row)}`;
    const parent = this.kindOf(link.target);
    return `${parent.set ?? ''}(${literal(row[link.column])})/${link.inverse ?? ''}${this.keyText(kind, row)}`;
  }

  keyText(kind: Kind, row: Row): string {
    if (kind.key.length === 1) {
      const text = literal(this.keyOf(kind, row));
      return `(${kind.table === 'trips' ? text.slice(1, -1) : text})`;
    }
    return `(${kind.key.map(({ name, column }) => `${name}=${literal(row[column])}`).join(',')})`;
  }

  private typed(kind: Kind, json: Body, at: Derived | undefined): Derived | undefined {
    const type = json['@odata.type'] ?? json['@type'];
    if (type === undefined) return at ?? kind.derived[0];
    const found = kind.derived.find(({ name }) => type === `#${this.namespace}.${name}`);
    const isFitting =
      at === undefined ||
      at.value === 'Contact' ||
      at === found ||
      (at.name === 'Employee' && found?.name === 'Manager');
    if (!found || !isFitting) this.stop(400);
    return found;
  }

  create(kind: Kind, json: Body, under: ReadonlyMap<Link, unknown>, at?: Derived): Row {
    if (kind.isReadOnly) this.stop(400);
    const row: Row = {};
    if (kind.discriminator !== undefined) row[kind.discriminator] = this.typed(kind, json, at)?.value;
    for (const field of kind.key) {
      if (kind.isCounted) row[field.column] = `#${(serial += 1)}`;
      else if (field.name in json) this.set(row, field, json[field.name], 'create');
      else this.refuse(400);
    }
    if (kind.version !== undefined) row[kind.version] = NEW;
    this.values(kind, row, json, 'create');
    this.rows(kind).push(row);
    this.takeLinks(kind, row, json, 'create', under);
    this.takeMembers(kind, row, json, 'create');
    return row;
  }

  update(kind: Kind, row: Row, json: Body, mode: Mode): void {
    if (kind.isReadOnly) this.stop(400);
    this.once(row);
    this.values(kind, row, json, mode);
    this.touch(kind, row);
    const present = new Map(
      this.inversesOf(kind, row).map(({ kind: other, link }) => [link, this.membersOf(other, link, kind, row)]),
    );
    this.takeLinks(kind, row, json, mode, new Map());
    this.takeMembers(kind, row, json, mode, present);
  }

  /** What is wrong with a body, whoever it is for. */
  probe(kind: Kind, row: Row, json: Body): void {
    for (const field of kind.fields)
      if (field.isFixed && field.name in json) this.set(row, field, json[field.name], 'merge');
    this.values(kind, row, json, 'merge');
    this.takeLinks(kind, row, json, 'merge', new Map());
  }

  /** Writes a property, or a part of one. */
  property(
    kind: Kind,
    row: Row,
    [top, names]: readonly [Field, readonly string[]],
    value: unknown,
    method: string,
  ): void {
    let field = top;
    for (const name of names) field = field.parts?.find((part) => part.name === name) ?? this.stop(404);
    if (field.isFixed) {
      const before = row[field.column];
      this.set(row, field, value, 'merge');
      if (row[field.column] !== before) this.refuse(400);
    } else this.set(row, field, value, method === 'PUT' ? 'replace' : 'merge');
    this.touch(kind, row);
  }

  touch(kind: Kind, row: Row): void {
    if (kind.version !== undefined && row[kind.version] !== NEW) row[kind.version] = TOUCHED;
  }

  private takeLinks(kind: Kind, row: Row, json: Body, mode: Mode, under: ReadonlyMap<Link, unknown>): void {
    for (const link of this.linksOf(kind, row)) {
      const tied = under.get(link);
      if (under.has(link)) row[link.column] = tied;
      const bound = `${link.name}@odata.bind`;
      if (bound in json && link.name in json) this.refuse(400);
      const given = bound in json ? json[bound] : json[link.name];
      if (given === undefined) {
        if (mode !== 'create' || under.has(link)) continue;
        row[link.column] = null;
        if (link.isNeeded) this.refuse(400);
        continue;
      }
      const value = this.attempt(() => this.linked(link, given, bound in json, mode));
      if (value === undefined) continue;
      if (value === null && link.isNeeded) this.refuse(400);
      else if (under.has(link) && tied !== value) this.refuse(400);
      else if (mode !== 'create' && kind.container === link.name && row[link.column] !== value) this.refuse(400);
      else row[link.column] = value;
    }
  }

  /** The foreign key that a body asks for. */
  private linked(link: Link, given: unknown, isBound: boolean, mode: Mode): unknown {
    if (given === null) return null;
    const target = this.kindOf(link.target);
    const id = isBound ? given : isObject(given) && Object.keys(given).join() === '@id' ? given['@id'] : undefined;
    if (id !== undefined) return this.keyOf(target, this.referenced(link, id));
    if (!isObject(given)) this.stop(400);
    if (mode !== 'create' && !this.isNewer) this.stop(400);
    const known = mode === 'create' ? undefined : this.known(target, given);
    if (known) {
      this.update(target, known, given, mode);
      return this.keyOf(target, known);
    }
    return this.keyOf(target, this.create(target, given, new Map()));
  }

  /** The entity of the key in a body; only those of the type that a link starts at are looked for. */
  private known(kind: Kind, json: Body, link?: Link): Row | undefined {
    if (kind.key.some(({ name }) => !(name in json))) return undefined;
    const rows = this.rows(kind).filter((row) => link === undefined || this.linksOf(kind, row).includes(link));
    return rows.find((row) => kind.key.every(({ name, column }) => row[column] === json[name]));
  }

  /** The entity of an id, of the type that a link wants. */
  referenced(link: { readonly target: string; readonly type?: string }, id: unknown): Row {
    const found = this.resolve(id);
    if (!found || found.kind.table !== link.target) this.stop(400);
    if (link.type !== undefined && this.derivedOf(found.kind, found.row)?.name !== link.type) this.stop(400);
    return found.row;
  }

  /** What a body says of collections, and of what refers to the entity. */
  private takeMembers(
    kind: Kind,
    row: Row,
    json: Body,
    mode: Mode,
    present: ReadonlyMap<Link, readonly Row[]> = new Map(),
  ): void {
    for (const { kind: other, link } of this.inversesOf(kind, row)) {
      const name = link.inverse ?? '';
      const [bound, given, delta] = [json[`${name}@odata.bind`], json[name], json[`${name}@delta`]];
      if (delta !== undefined) this.attempt(() => this.deltaOf(other, link, kind, row, delta, mode, json));
      if (bound === undefined && given === undefined) continue;
      this.attempt(() => {
        if (link.isOne ? given === null || !isObject(given) : given !== undefined && !Array.isArray(given))
          this.stop(400);
        if (given !== undefined && mode !== 'create' && !this.isNewer) this.stop(400);
        const items = [
          ...(bound === undefined ? [] : (bound as unknown[]).map((id): Body => ({ '@id': id }))),
          ...(given === undefined ? [] : link.isOne ? [given as Body] : (given as Body[])),
        ];
        const kept = items.flatMap((item): readonly Row[] => {
          const found = this.attempt(() => this.member(other, link, kind, row, item, mode, json));
          return found ? [found] : [];
        });
        if (mode === 'create' || given === undefined) return;
        for (const old of present.get(link) ?? [])
          if (!kept.includes(old))
            this.attempt(() =>
              old === row ? this.ofItself(other, link, row, json, false) : this.leave(other, link, old),
            );
      });
    }
    for (const pairs of kind.pairs) {
      const [bound, given, delta] = [json[`${pairs.name}@odata.bind`], json[pairs.name], json[`${pairs.name}@delta`]];
      if (delta !== undefined) this.refuse(400);
      if (bound === undefined && given === undefined) continue;
      this.attempt(() => {
        if (given !== undefined && mode !== 'create' && !this.isNewer) this.stop(400);
        const target = this.kindOf(pairs.target);
        const items = [
          ...(bound === undefined ? [] : (bound as unknown[]).map((id): Body => ({ '@id': id }))),
          ...(given === undefined ? [] : (given as Body[])),
        ];
        const wanted = items.flatMap((item): readonly Row[] => {
          const found = this.attempt(() => this.paired(target, item, mode));
          return found ? [found] : [];
        });
        if (mode !== 'create' && given !== undefined)
          for (const old of this.pairedWith(pairs, kind, row))
            if (!wanted.includes(old)) this.unpair(pairs, kind, row, old);
        for (const other of wanted) this.pair(pairs, kind, row, other);
      });
    }
  }

  membersOf(other: Kind, link: Link, kind: Kind, row: Row): Row[] {
    return this.rows(other).filter(
      (each) => each[link.column] === this.keyOf(kind, row) && this.linksOf(other, each).includes(link),
    );
  }

  /** An entity of a body behind a link: new, or one that is there. */
  private member(other: Kind, link: Link, kind: Kind, parent: Row, item: Body, mode: Mode, around: Body): Row {
    const key = this.keyOf(kind, parent);
    if (mode !== 'create' && this.isPlain(other, item) && this.meant(other, item, link) === parent)
      return this.ofItself(other, link, parent, around, true);
    if (Object.keys(item).join() === '@id') {
      if (other.container === link.name || link.isOne) this.stop(400);
      const row = this.referenced({ target: other.table }, item['@id']);
      if (!this.linksOf(other, row).includes(link)) this.stop(400);
      this.join(other, link, row, key);
      return row;
    }
    const isKnown = mode !== 'create' && other.key.every(({ name }) => name in item);
    const known = isKnown ? this.known(other, item, link) : undefined;
    if (known) {
      if (other.container === link.name && known[link.column] !== key) this.stop(400);
      this.update(other, known, item, mode);
      known[link.column] = key;
      return known;
    }
    if (isKnown && other.isCounted) this.stop(400);
    return this.create(other, item, new Map([[link, key]]), this.originOf(other, link));
  }

  /** The type of new entities behind a link that only some have. */
  private originOf(other: Kind, link: Link): Derived | undefined {
    return other.links.includes(link) ? undefined : other.derived.find(({ links }) => links.includes(link));
  }

  /** An entity comes to refer to another one. */
  join(other: Kind, link: Link, row: Row, key: unknown): void {
    if (other.isReadOnly) this.stop(400);
    this.once(row);
    const isThere = row[link.column] === key;
    row[link.column] = key;
    if (isThere && other.version !== undefined && ![TOUCHED, NEW].includes(String(row[other.version])))
      row[other.version] = MAYBE;
    else if (!isThere) this.touch(other, row);
  }

  /** An entity no longer refers to another one. */
  leave(other: Kind, link: Link, row: Row): void {
    if (other.container === link.name) return this.remove(other, row);
    if (link.isNeeded) this.stop(400);
    this.once(row);
    row[link.column] = null;
    this.touch(other, row);
  }

  /** True for an item that names an entity, and nothing to change about it. */
  private isPlain(kind: Kind, item: Body): boolean {
    return Object.keys(item).every((name) => /^@|@Custom/.test(name) || kind.key.some((field) => field.name === name));
  }

  private meant(kind: Kind, item: Body, link: Link): Row | undefined {
    return '@id' in item ? this.resolve(item['@id'])?.row : this.known(kind, item, link);
  }

  /** An entity as a member of a collection of its own: that is no second write, but says something of its own link. */
  private ofItself(kind: Kind, link: Link, row: Row, json: Body, isMember: boolean): Row {
    const key = this.keyOf(kind, row);
    if (!(`${link.name}@odata.bind` in json) && !(link.name in json)) row[link.column] = isMember ? key : null;
    if ((row[link.column] === key) !== isMember) this.stop(400);
    return row;
  }

  private deltaOf(other: Kind, link: Link, kind: Kind, parent: Row, delta: unknown, mode: Mode, around: Body): void {
    if (mode !== 'merge' || !this.isNewer || !Array.isArray(delta)) this.stop(400);
    for (const item of delta as Body[])
      this.attempt(() => {
        const removed = item['@removed'];
        if (removed === undefined) return this.member(other, link, kind, parent, item, mode, around);
        const row = this.meant(other, item, link);
        if (!row || row[link.column] !== this.keyOf(kind, parent)) this.stop(400);
        if (isObject(removed) && removed['reason'] === 'deleted') return this.remove(other, row, 400);
        return row === parent ? this.ofItself(other, link, row, around, false) : this.leave(other, link, row);
      });
  }

  // ---- many to many

  private paired(target: Kind, item: Body, mode: Mode): Row {
    if (Object.keys(item).join() === '@id') return this.referenced({ target: target.table }, item['@id']);
    const known = mode === 'create' ? undefined : this.known(target, item);
    if (known) {
      if (Object.keys(item).length > target.key.length) this.update(target, known, item, mode);
      return known;
    }
    if (mode !== 'create' && target.isCounted && target.key.every(({ name }) => name in item)) this.stop(400);
    return this.create(target, item, new Map());
  }

  private pairOf(pairs: Pairs, kind: Kind, row: Row, other: Row): Row {
    const target = this.kindOf(pairs.target);
    return {
      ...Object.fromEntries(pairs.own.map((column, at) => [column, row[kind.key[at]?.column ?? '']])),
      ...Object.fromEntries(pairs.other.map((column, at) => [column, other[target.key[at]?.column ?? '']])),
    };
  }

  pairedWith(pairs: Pairs, kind: Kind, row: Row): Row[] {
    const all = this.state[pairs.table] ?? [];
    return this.rows(this.kindOf(pairs.target)).filter((other) =>
      all.some((each) => alike(each, this.pairOf(pairs, kind, row, other))),
    );
  }

  pair(pairs: Pairs, kind: Kind, row: Row, other: Row): void {
    if (!this.pairedWith(pairs, kind, row).includes(other))
      this.state[pairs.table]?.push(this.pairOf(pairs, kind, row, other));
  }

  unpair(pairs: Pairs, kind: Kind, row: Row, other: Row): void {
    const gone = this.pairOf(pairs, kind, row, other);
    this.state[pairs.table] = (this.state[pairs.table] ?? []).filter((each) => !alike(each, gone));
  }

  // ---- ends

  /** Deletes an entity, and what goes with it. */
  remove(kind: Kind, row: Row, status = 405): void {
    if (kind.isKept || kind.isReadOnly || this.derivedOf(kind, row)?.isKept) this.stop(status);
    this.once(row);
    this.state[kind.table] = this.rows(kind).filter((each) => each !== row);
    const key = this.keyOf(kind, row);
    for (const other of this.kinds)
      for (const each of [...this.rows(other)])
        for (const link of this.linksOf(other, each)) {
          if (link.target !== kind.table || each[link.column] !== key) continue;
          if (link.onDelete === 'null') each[link.column] = null;
          if (link.onDelete === 'cascade') this.state[other.table] = this.rows(other).filter((one) => one !== each);
        }
    for (const [table, sides] of Object.entries(pairTables))
      for (const [columns, target] of sides)
        if (target === kind.table)
          this.state[table] = (this.state[table] ?? []).filter((each) =>
            columns.some((column, at) => each[column] !== row[kind.key[at]?.column ?? '']),
          );
  }

  /** Refuses what the tables cannot hold. */
  check(): void {
    for (const kind of this.kinds) {
      const columns = [kind.key.map(({ column }) => column), ...kind.unique];
      for (const unique of columns) {
        const values = this.rows(kind).flatMap((row) =>
          unique.some((column) => (row[column] ?? null) === null)
            ? []
            : [JSON.stringify(unique.map((name) => row[name]))],
        );
        if (new Set(values).size < values.length) this.refuse(409);
      }
      for (const row of this.rows(kind))
        for (const link of this.linksOf(kind, row)) {
          const target = this.kindOf(link.target);
          const value = row[link.column] ?? null;
          if (value !== null && !this.rows(target).some((each) => this.keyOf(target, each) === value)) this.refuse(409);
        }
    }
  }
}

/** A value in a URL. */
export const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${encodeURIComponent(value.replaceAll("'", "''"))}'` : String(value);
