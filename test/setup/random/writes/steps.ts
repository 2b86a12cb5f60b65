/** Random requests that write: what is sent, and what the model is told of it. */
import type { Dice } from '../dice';
import type { Derived, Field, Kind, Link, Pairs } from './kinds';
import {
  isObject,
  literal,
  MAYBE,
  NEW,
  TOUCHED,
  type Body,
  type Inverse,
  type Mode,
  type Model,
  type Row,
} from './model';

type Headers = Readonly<Record<string, string>>;

export interface Step {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body?: unknown;
  /** A text that is no JSON. */
  readonly raw?: string;
  /** What is answered when nothing is wrong. */
  readonly ok: readonly number[];
  /** Does it to the model, which collects what is wrong. */
  readonly judge: (model: Model) => void;
  /** The entity whose ETag the answer tells. */
  readonly root?: string | undefined;
  /** Requests of a batch, in groups. */
  readonly parts?: readonly { readonly step: Step; readonly group?: string | undefined }[];
}

/** What a request asks of the version. */
type Match = '*' | readonly string[] | undefined;

/** What a body is made for. */
interface Wanted {
  readonly kind: Kind;
  readonly derived: Derived | undefined;
  readonly mode: Mode;
  /** The entity, where it is there. */
  readonly row?: Row | undefined;
  readonly isNewer: boolean;
  /** Levels of entities that the body may hold. */
  readonly depth: number;
  /** The link that the place of the entity makes. */
  readonly without?: Link | undefined;
}

/** The entity that links are made and ended of. */
interface Referring {
  readonly kind: Kind;
  readonly row: Row;
  readonly id: string;
  readonly match: Match;
}

/** A collection of links, as the model keeps it. */
interface Links {
  readonly path: string;
  /** The table of the members. */
  readonly target: string;
  /** Ids of members to be. */
  readonly chosen: readonly string[];
  /** The id of one that is, or could be, a member. */
  readonly one: string;
  readonly isPossible: (to: Model, row: Row) => boolean;
  readonly members: (to: Model, parent: Row) => readonly Row[];
  readonly join: (to: Model, parent: Row, row: Row) => void;
  readonly leave: (to: Model, parent: Row, row: Row) => void;
}

const MISSING = 'nobody';

export class Steps {
  /** As it is before the request. */
  private model!: Model;
  private isInBatch = false;

  constructor(
    private readonly dice: Dice,
    private readonly kinds: readonly Kind[],
    private readonly namespace: string,
  ) {}

  next(model: Model): Step {
    const { dice } = this;
    this.model = model;
    const kind = dice.pick(this.kinds);
    const entity = dice.way<() => Step | undefined>(
      [4, () => () => this.create(kind)],
      [3, () => () => this.createBelow(kind)],
      [5, () => () => this.update(kind, 'PATCH')],
      [2, () => () => this.update(kind, 'PUT')],
      [2, () => () => this.delete(kind)],
      [4, () => () => this.property(kind)],
      [4, () => () => this.reference(kind)],
      [1, () => () => this.each(kind)],
      [2, () => () => this.delta(kind)],
      [this.isInBatch ? 0 : 2, () => () => this.batch()],
    );
    return entity() ?? this.next(model);
  }

  // ---- parts of requests

  private headers(isNewer: boolean, more: Headers = {}): Headers {
    return {
      'Content-Type': 'application/json',
      ...(isNewer ? { 'OData-Version': '4.01', 'OData-MaxVersion': '4.01' } : { 'OData-Version': '4.0' }),
      ...more,
    };
  }

  private match(kind: Kind, row: Row | undefined): Match {
    const { dice } = this;
    if (kind.version === undefined || !row)
      return dice.way<Match>([8, () => undefined], [2, () => '*'], [kind.version === undefined ? 0.6 : 0, () => ['1']]);
    const version = String(row[kind.version]);
    const isKnown = ![TOUCHED, NEW, MAYBE].includes(version);
    return dice.way<Match>(
      [isKnown ? 5 : 0, () => [version]],
      [3, () => '*'],
      [isKnown ? 1 : 0, () => ['0', version]],
      [0.7, () => ['4242424242']],
      [0.6, () => undefined],
    );
  }

  private matchHeader(match: Match): Headers {
    if (match === undefined) return {};
    if (match === '*') return { 'If-Match': '*' };
    const isWeak = this.dice.chance(0.8);
    return { 'If-Match': match.map((tag) => (isWeak ? `W/"${tag}"` : `"${tag}"`)).join(', ') };
  }

  private static judgeMatch(to: Model, kind: Kind, row: Row, match: Match, isAsked: boolean): void {
    if (match === '*') return;
    if (match === undefined) {
      if (isAsked && kind.version !== undefined) to.faults.add(428);
      return;
    }
    if (kind.version === undefined || !match.includes(String(row[kind.version]))) to.faults.add(412);
  }

  /** Rows whose key is known: not those that a batch is only going to make. */
  private namedRows(kind: Kind): readonly Row[] {
    return this.model.rows(kind).filter((row) => kind.key.every(({ column }) => !String(row[column]).startsWith('#')));
  }

  private pickRow(kind: Kind): Row | undefined {
    const rows = this.namedRows(kind);
    return rows.length === 0 ? undefined : this.dice.pick(rows);
  }

  private idOf(kind: Kind, row: Row): string {
    return this.model.idOf(kind, row);
  }

  /** The id of an entity, or of none. */
  private anyId(kind: Kind): { readonly id: string; readonly row: Row | undefined } {
    const row = this.dice.chance(0.94) ? this.pickRow(kind) : undefined;
    if (row) return { id: this.idOf(kind, row), row };
    const [sample] = this.model.rows(kind);
    if (kind.container !== undefined || !sample) return { id: '', row: undefined };
    const keys = kind.key.map(
      ({ name, column }) =>
        [
          name,
          typeof sample[column] === 'number' ? '987654' : `'${MISSING.slice(0, kind.table === 'airlines' ? 3 : 8)}'`,
        ] as const,
    );
    const text = keys.length === 1 ? keys[0]?.[1] : keys.map(([name, value]) => `${name}=${value}`).join(',');
    return { id: `${kind.set ?? ''}(${text ?? ''})`, row: undefined };
  }

  private value(field: Field, mode: Mode, odd: number): unknown {
    const { dice } = this;
    if (dice.chance(odd) && field.bad.length > 0) return dice.pick(field.bad);
    if (field.isNull && dice.chance(0.2)) return null;
    if (!field.parts) return dice.pick(field.good)[0];
    const isWhole = mode !== 'merge' && !field.isNull;
    const given = field.parts.filter(
      (part) => (isWhole && part.initial === undefined && !part.isNull) || dice.chance(0.5),
    );
    const json: Record<string, unknown> = {};
    for (const part of given) json[part.name] = this.value(part, mode, odd / 2);
    if (dice.chance(odd / 2)) json['nothing'] = 1;
    return json;
  }

  private static isWanted(field: Field): boolean {
    if (field.parts) return field.parts.some((part) => Steps.isWanted(part));
    return field.initial === undefined && !field.isNull;
  }

  private keyValue(kind: Kind, field: Field): unknown {
    const free = field.good.filter(([, stored]) => !this.model.rows(kind).some((row) => row[field.column] === stored));
    return this.dice.pick(free.length > 0 && this.dice.chance(0.9) ? free : field.good)[0];
  }

  private body(wanted: Wanted): Record<string, unknown> {
    const { kind, derived, mode, isNewer, depth } = wanted;
    const { dice } = this;
    const odd = depth === 2 ? 0.015 : 0.005;
    const json: Record<string, unknown> = {};
    if (mode === 'create' && !kind.isCounted)
      for (const field of kind.key) if (!dice.chance(0.01)) json[field.name] = this.keyValue(kind, field);
    if (mode !== 'create' && dice.chance(0.05))
      for (const field of kind.key) json[field.name] = dice.pick(field.good)[0];
    for (const field of [...kind.fields, ...(derived?.fields ?? [])]) {
      const isWanted = mode !== 'merge' && Steps.isWanted(field);
      if (field.isFixed && mode !== 'create' && !dice.chance(0.15)) continue;
      if (isWanted ? dice.chance(0.98) : dice.chance(0.35)) json[field.name] = this.value(field, mode, odd);
    }
    if (kind.open !== undefined)
      for (const name of ['height', 'nick', 'home'])
        if (dice.chance(0.25))
          json[name] =
            name === 'home' && dice.chance(0.8)
              ? dice.pick([{ city: 'Ulm' }, { zip: '89073', floor: 2.5 }, { city: 'Bonn', zip: 'x' }])
              : dice.pick<unknown>([1.5, 'tall', true, null, '2020-02-29', ['a', 'b']]);
        else if (dice.chance(odd)) json['nothing'] = 'x';
    if (dice.chance(0.05) && kind.version !== undefined) json[kind.version] = 77;
    if (dice.chance(0.05)) json['@odata.context'] = '$metadata#X';
    if (dice.chance(0.05)) json['note@Custom.term'] = [1];
    if (mode === 'create' && derived && derived !== kind.derived[0])
      json['@odata.type'] = `#${this.namespace}.${derived.name}`;
    this.links(wanted, json);
    if (depth > 0 && dice.chance(mode === 'create' ? 0.3 : isNewer ? 0.3 : 0.05)) this.nested(wanted, json);
    return json;
  }

  private links({ kind, derived, mode, isNewer, without, depth }: Wanted, json: Record<string, unknown>): void {
    const { dice } = this;
    for (const link of [...kind.links, ...(derived?.links ?? [])]) {
      if (link === without || (link.name === kind.container && !dice.chance(0.02))) continue;
      const isWanted = mode === 'create' && link.isNeeded;
      if (!(isWanted ? dice.chance(0.98) : dice.chance(0.2))) continue;
      const target = this.model.kindOf(link.target);
      const ids = this.model
        .rows(target)
        .filter((row) => link.type === undefined || this.model.derivedOf(target, row)?.name === link.type);
      const usable = ids.filter((row) => !String(this.model.keyOf(target, row)).startsWith('#'));
      const id =
        dice.chance(0.03) || usable.length === 0
          ? this.anyId(target).id || "People('nobody')"
          : this.idOf(target, dice.pick(usable));
      const isEnd = !isWanted && dice.chance(0.2);
      if (dice.chance(0.5)) json[`${link.name}@odata.bind`] = isEnd ? null : id;
      else json[link.name] = isEnd ? null : { '@id': id };
      if (!isEnd && depth === 2 && link.type === undefined && dice.chance(mode === 'create' || isNewer ? 0.15 : 0.02)) {
        delete json[`${link.name}@odata.bind`];
        json[link.name] = this.body({ kind: target, derived: target.derived[0], mode: 'create', isNewer, depth: 0 });
      }
    }
  }

  private nested(wanted: Wanted, json: Record<string, unknown>): void {
    const { kind, derived, mode } = wanted;
    const { dice } = this;
    const probe: Row = kind.discriminator === undefined ? {} : { [kind.discriminator]: derived?.value };
    const inverses = this.model.inversesOf(kind, probe);
    const choice = dice.below(inverses.length + kind.pairs.length);
    const found = inverses[choice];
    if (found) {
      const { link } = found;
      const name = link.inverse ?? '';
      const make = (): Body => this.member(wanted, found);
      if (link.isOne) {
        if (mode === 'create') json[name] = make();
        return;
      }
      const items = this.distinct(Array.from({ length: dice.below(4) }, make));
      if (mode === 'create' || dice.chance(0.5)) json[name] = items;
      else if (dice.chance(0.8) && mode === 'merge')
        json[`${name}@delta`] = [...items, ...this.removals(wanted, found, items)];
      else json[`${name}@odata.bind`] = items.flatMap((item) => item['@id'] ?? []);
      return;
    }
    const pairs = kind.pairs[choice - inverses.length];
    if (pairs) this.pairsOf(wanted, pairs, json);
  }

  private distinct(items: readonly Body[]): Body[] {
    const names = (item: Body): string =>
      JSON.stringify([item['@id'], item['userName'], item['code'], item['number'], item['shareId']]);
    return items.filter(
      (item, at) =>
        names(item) === '[null,null,null,null,null]' || items.findIndex((each) => names(each) === names(item)) === at,
    );
  }

  private member(wanted: Wanted, { kind: other, link }: Inverse): Body {
    const { mode, isNewer, depth, row: parent } = wanted;
    const { dice } = this;
    const derived = other.links.includes(link)
      ? other.derived[0]
      : other.derived.find(({ links }) => links.includes(link));
    const fresh = (): Body =>
      this.body({ kind: other, derived, mode: 'create', isNewer, depth: depth - 1, without: link });
    if (dice.chance(mode === 'create' ? 0.6 : 0.35)) return fresh();
    const isContained = other.container === link.name;
    const rows = this.model
      .rows(other)
      .filter(
        (row) =>
          this.model.linksOf(other, row).includes(link) &&
          (row !== parent || dice.chance(0.5)) &&
          (!isContained || parent === undefined || row[link.column] === parent['userName'] || dice.chance(0.02)),
      );
    if (rows.length === 0 || (isContained && parent === undefined)) return fresh();
    const row = dice.pick(rows);
    if (!isContained && (mode === 'create' || dice.chance(0.5))) return { '@id': this.idOf(other, row) };
    const own = this.model.derivedOf(other, row);
    const more = dice.chance(0.4)
      ? {}
      : this.body({ kind: other, derived: own, mode, row, isNewer, depth: 0, without: link });
    if (own && own !== derived) more['@odata.type'] = `#${this.namespace}.${own.name}`;
    return { ...more, ...Object.fromEntries(other.key.map(({ name, column }) => [name, row[column]])) };
  }

  private removals({ kind, row }: Wanted, { kind: other, link }: Inverse, items: readonly Body[]): Body[] {
    if (!row) return [];
    const { dice } = this;
    const names = JSON.stringify(items);
    return dice.some(this.model.membersOf(other, link, kind, row), 0.4).flatMap((each): Body[] => {
      const key = literal(this.model.keyOf(other, each)).replace(/'/g, '');
      if (names.includes(key)) return [];
      const reason = dice.pick(['changed', 'deleted']);
      const id = dice.chance(0.5)
        ? { '@id': this.idOf(other, each) }
        : Object.fromEntries(other.key.map(({ name, column }) => [name, each[column]]));
      return [{ '@removed': { reason }, ...id }];
    });
  }

  private pairsOf({ mode, isNewer, depth }: Wanted, pairs: Pairs, json: Record<string, unknown>): void {
    const { dice } = this;
    const target = this.model.kindOf(pairs.target);
    const ids = dice
      .some(this.model.rows(target), 0.3)
      .flatMap((row) => (String(this.model.keyOf(target, row)).startsWith('#') ? [] : [this.idOf(target, row)]));
    if (dice.chance(0.03)) ids.push(this.anyId(target).id || "Courses('nobody')");
    if (dice.chance(0.5)) json[`${pairs.name}@odata.bind`] = ids;
    else
      json[pairs.name] = [
        ...ids.map((id) => ({ '@id': id })),
        ...(dice.chance(0.3) && !target.isReadOnly && (mode === 'create' || isNewer)
          ? [this.body({ kind: target, derived: target.derived[0], mode: 'create', isNewer, depth: depth - 2 })]
          : []),
      ];
  }

  // ---- requests

  private wish(): { readonly headers: Headers; readonly isMinimal: boolean } {
    return this.dice.chance(0.25)
      ? { headers: { Prefer: 'return=minimal' }, isMinimal: true }
      : { headers: {}, isMinimal: false };
  }

  /** Few rows meet one another more often. */
  private isFull(kind: Kind): boolean {
    return this.model.rows(kind).length > 8 && this.dice.chance(0.8);
  }

  private create(kind: Kind): Step | undefined {
    const { dice } = this;
    if (kind.set === undefined || this.isFull(kind)) return undefined;
    const isNewer = dice.chance(0.5);
    const derived = kind.derived.length > 0 ? dice.pick(kind.derived) : undefined;
    const isCast = derived !== undefined && derived !== kind.derived[0] && dice.chance(0.3);
    const body = this.body({ kind, derived, mode: 'create', isNewer, depth: 2 });
    if (isCast && dice.chance(0.7)) delete body['@odata.type'];
    const { headers, isMinimal } = this.wish();
    const odd = dice.chance(0.015) ? dice.pick(['{"', '[]', '5', '', '{"a":1}}', 'null']) : undefined;
    const isStated = dice.chance(0.01);
    return {
      method: 'POST',
      path: isCast ? `${kind.set}/${this.namespace}.${derived.name}` : kind.set,
      headers: this.headers(isNewer, { ...headers, ...(isStated && { 'If-Match': 'W/"1"' }) }),
      body,
      ...(odd !== undefined && { raw: odd }),
      ok: [isMinimal ? 204 : 201],
      judge: (to) => {
        if (kind.isReadOnly) to.faults.add(405);
        if (odd !== undefined) to.faults.add(400);
        if (isStated) to.faults.add(412);
        to.attempt(() => to.create(kind, body, new Map(), isCast ? derived : undefined));
      },
    };
  }

  private createBelow(kind: Kind): Step | undefined {
    const { dice } = this;
    const isNewer = dice.chance(0.5);
    const { id, row } = this.anyId(kind);
    if (id === '') return undefined;
    const inverses = this.model.inversesOf(kind, row ?? {}).filter(({ link }) => !link.isOne);
    const choice = dice.below(inverses.length + kind.pairs.length);
    const found = inverses[choice];
    const { headers, isMinimal } = this.wish();
    const base = (name: string) => ({
      method: 'POST',
      path: `${this.cast(kind, row, name, id)}/${name}`,
      headers: this.headers(isNewer, headers),
      ok: [isMinimal ? 204 : 201],
    });
    if (found) {
      const { kind: other, link } = found;
      const derived = other.links.includes(link)
        ? other.derived[0]
        : other.derived.find(({ links }) => links.includes(link));
      const body = this.body({
        kind: other,
        derived,
        mode: 'create',
        isNewer,
        depth: 1,
        without: dice.chance(0.95) ? link : undefined,
      });
      return {
        ...base(link.inverse ?? ''),
        body,
        judge: (to) => {
          const parent = to.resolve(id);
          if (!parent) to.faults.add(404);
          const key = parent ? to.keyOf(kind, parent.row) : null;
          to.attempt(() => to.create(other, body, new Map([[link, key]]), derived));
        },
      };
    }
    const pairs = kind.pairs[choice - inverses.length];
    if (!pairs || this.isFull(this.model.kindOf(pairs.target))) return undefined;
    const target = this.model.kindOf(pairs.target);
    const body = this.body({ kind: target, derived: target.derived[0], mode: 'create', isNewer, depth: 0 });
    return {
      ...base(pairs.name),
      body,
      judge: (to) => {
        const parent = to.resolve(id);
        if (!parent) to.faults.add(404);
        if (target.isReadOnly) to.faults.add(405);
        to.attempt(() => {
          const made = to.create(target, body, new Map());
          if (parent) to.pair(pairs, kind, parent.row, made);
        });
      },
    };
  }

  /** The path of an entity, behind a cast where only that type has the name. */
  private cast(kind: Kind, row: Row | undefined, name: string, id: string): string {
    const derived = row && this.model.derivedOf(kind, row);
    if (!derived) return id;
    const own = derived.fields.some((field) => field.name === name) || derived.links.some((link) => link.name === name);
    return own || name === 'directReports' ? `${id}/${this.namespace}.${derived.name}` : id;
  }

  /** An entity by a path: its id, or one over an entity that leads to it. */
  private address(
    kind: Kind,
  ): { readonly path: string; readonly id: string; readonly row: Row | undefined } | undefined {
    const { dice } = this;
    const { id, row } = this.anyId(kind);
    if (id === '') return undefined;
    if (row) {
      const link = this.model
        .linksOf(kind, row)
        .find((each) => each.inverse !== undefined && row[each.column] !== null);
      // In a batch a request before may end the link.
      if (link && link.type === undefined && !this.isInBatch && dice.chance(0.15)) {
        const parent = this.model
          .rows(this.model.kindOf(link.target))
          .find((each) => this.model.keyOf(this.model.kindOf(link.target), each) === row[link.column]);
        if (parent) {
          const from = this.idOf(this.model.kindOf(link.target), parent);
          const path = `${from}/${link.inverse ?? ''}${link.isOne ? '' : this.model.keyText(kind, row)}`;
          return { path, id, row };
        }
      }
      if (kind.derived.length > 0 && dice.chance(0.15))
        return { path: `${id}/${this.namespace}.${this.model.derivedOf(kind, row)?.name ?? ''}`, id, row };
    }
    return { path: id, id, row };
  }

  private update(kind: Kind, method: 'PATCH' | 'PUT'): Step | undefined {
    const { dice } = this;
    const isNewer = dice.chance(0.6);
    const found = this.address(kind);
    if (!found) return undefined;
    const { path, id, row } = found;
    const mode = method === 'PUT' ? 'replace' : 'merge';
    const derived = row ? this.model.derivedOf(kind, row) : kind.derived[0];
    // What only a derived type has needs its name.
    const isNamed = derived === undefined || derived === kind.derived[0] || path.includes(this.namespace);
    const body = this.body({ kind, derived, mode, row, isNewer, depth: 2 });
    if (!isNamed) body['@odata.type'] = `#${this.namespace}.${derived.name}`;
    const match = this.match(kind, row);
    const bodyTag =
      isNewer && kind.version !== undefined && row && dice.chance(0.06) ? String(row[kind.version]) : undefined;
    if (bodyTag !== undefined) body['@etag'] = `W/"${bodyTag}"`;
    const isNone = dice.chance(0.02);
    const { headers, isMinimal } = this.wish();
    return {
      method,
      path,
      headers: this.headers(isNewer, {
        ...headers,
        ...this.matchHeader(match),
        ...(isNone && { 'If-None-Match': '*' }),
      }),
      body,
      ok: [isMinimal ? 204 : 200],
      root: id,
      judge: (to) => {
        if (kind.isReadOnly) to.faults.add(405);
        const target = to.resolve(id);
        if (!target) return to.missing(kind, (probe) => to.update(kind, probe, body, mode));
        if (isNone) to.faults.add(412);
        Steps.judgeMatch(to, kind, target.row, match, bodyTag === undefined);
        if (bodyTag !== undefined && kind.version !== undefined && String(target.row[kind.version]) !== bodyTag)
          to.faults.add(412);
        to.attempt(() => to.update(kind, target.row, body, mode));
      },
    };
  }

  private delete(kind: Kind): Step | undefined {
    const found = this.address(kind);
    if (!found || (this.model.rows(kind).length < 4 && this.dice.chance(0.6))) return undefined;
    const { path, id, row } = found;
    const match = this.match(kind, row);
    return {
      method: 'DELETE',
      path,
      headers: { ...this.matchHeader(match) },
      ok: [204],
      judge: (to) => {
        if (kind.isReadOnly || kind.isKept) to.faults.add(405);
        const target = to.resolve(id);
        if (!target) return void to.faults.add(404);
        Steps.judgeMatch(to, kind, target.row, match, true);
        to.attempt(() => to.remove(kind, target.row));
      },
    };
  }

  /** A property, a part of a complex one, or its text. */
  private property(kind: Kind): Step | undefined {
    const { dice } = this;
    const { id, row } = this.anyId(kind);
    if (id === '') return undefined;
    const derived = row ? this.model.derivedOf(kind, row) : undefined;
    const top = dice.pick([...kind.fields, ...(derived?.fields ?? [])]);
    const names = [top.name];
    let field = top;
    while (field.parts && dice.chance(0.5)) {
      field = dice.pick(field.parts);
      names.push(field.name);
    }
    const isNewer = dice.chance(0.5);
    const match = this.match(kind, row);
    const isPlain = !field.parts && !field.isList && typeof dice.pick(field.good)[0] === 'string' && dice.chance(0.3);
    const method = dice.pick(['PUT', 'PUT', 'PATCH', 'DELETE']);
    if (field.isList && method === 'PATCH') return undefined;
    const isCollection = field.isList ?? Array.isArray(field.good[0]?.[0]);
    if (isCollection && method === 'PATCH') return undefined;
    const value = this.value(field, method === 'PUT' ? 'replace' : 'merge', 0.05);
    if (isPlain && (method === 'PATCH' || typeof value !== 'string')) return undefined;
    const path = `${this.cast(kind, row, top.name, id)}/${names.join('/')}${isPlain ? '/$value' : ''}`;
    const body = method === 'DELETE' ? undefined : field.parts && value !== null ? value : { value };
    if (field.parts && value !== null && !isObject(value)) return undefined;
    return {
      method,
      path,
      headers: { ...this.headers(isNewer, this.matchHeader(match)), ...(isPlain && { 'Content-Type': 'text/plain' }) },
      ...(body !== undefined && !isPlain && { body }),
      ...(isPlain && method === 'PUT' && { raw: String(value) }),
      ok: [204],
      root: id,
      judge: (to) => {
        if (kind.isReadOnly) to.faults.add(405);
        const target = to.resolve(id);
        const written = method === 'DELETE' ? (isCollection ? [] : null) : value;
        if (!target)
          return to.missing(kind, (probe) => to.property(kind, probe, [top, names.slice(1)], written, method));
        Steps.judgeMatch(to, kind, target.row, match, true);
        to.attempt(() => to.property(kind, target.row, [top, names.slice(1)], written, method));
      },
    };
  }

  private reference(kind: Kind): Step | undefined {
    const { dice } = this;
    const { id, row } = this.anyId(kind);
    if (id === '' || !row) return undefined;
    const from: Referring = { kind, row, id, match: dice.chance(0.7) ? undefined : this.match(kind, row) };
    const ways: (() => Step | undefined)[] = [
      ...this.model.linksOf(kind, row).map((link) => () => this.linkStep(from, link)),
      ...this.model
        .inversesOf(kind, row)
        .map((inverse) => () => this.linksStep(from, this.inverseLinks(from, inverse))),
      ...kind.pairs.map((pairs) => () => this.linksStep(from, this.pairLinks(from, pairs))),
    ];
    return ways.length === 0 ? undefined : dice.pick(ways)();
  }

  /** Does something to the entity whose links are written, if it is there. */
  private static referring =
    ({ kind, id, match }: Referring, work: (to: Model, row: Row) => void) =>
    (to: Model): void => {
      const target = to.resolve(id);
      if (!target) return void to.faults.add(404);
      Steps.judgeMatch(to, kind, target.row, match, false);
      to.attempt(() => work(to, target.row));
    };

  private linkStep(from: Referring, link: Link): Step {
    const { dice } = this;
    const { kind, row, id, match } = from;
    const other = this.anyId(this.model.kindOf(link.target));
    const isEnd = dice.chance(0.3);
    return {
      method: isEnd ? 'DELETE' : 'PUT',
      path: `${this.cast(kind, row, link.name, id)}/${link.name}/$ref`,
      headers: this.headers(dice.chance(0.5), this.matchHeader(match)),
      ...(!isEnd && { body: { [dice.pick(['@id', '@odata.id'])]: other.id } }),
      ok: [204],
      judge: Steps.referring(from, (to, own) => {
        if (isEnd && link.isNeeded) to.stop(400);
        const found = isEnd ? null : to.referenced(link, other.id);
        const key = found && to.keyOf(to.kindOf(link.target), found);
        if (kind.container === link.name && own[link.column] !== key) to.stop(400);
        own[link.column] = key;
        to.touch(kind, own);
      }),
    };
  }

  /** The links by which others refer to an entity. */
  private inverseLinks({ kind, row, id }: Referring, { kind: other, link }: Inverse): Links | undefined {
    const { dice } = this;
    const name = link.inverse ?? '';
    const rows = this.namedRows(other);
    if (rows.length === 0 || link.isOne || other.container === link.name) return undefined;
    const chosen = dice.some(rows, 0.3).map((each) => this.idOf(other, each));
    return {
      path: `${this.cast(kind, row, name, id)}/${name}`,
      target: other.table,
      chosen,
      one: chosen[0] ?? this.idOf(other, dice.pick(rows)),
      isPossible: (to, each) => to.linksOf(other, each).includes(link),
      members: (to, parent) => to.membersOf(other, link, kind, parent),
      join: (to, parent, each) => to.join(other, link, each, to.keyOf(kind, parent)),
      leave: (to, _parent, each) => to.leave(other, link, each),
    };
  }

  /** The links of an entity that a table keeps. */
  private pairLinks({ kind, row, id }: Referring, pairs: Pairs): Links | undefined {
    const { dice } = this;
    const other = this.model.kindOf(pairs.target);
    const rows = this.namedRows(other);
    if (rows.length === 0) return undefined;
    const chosen = dice.some(rows, 0.3).map((each) => this.idOf(other, each));
    const linked = this.model.pairedWith(pairs, kind, row);
    const any = this.idOf(other, dice.pick(linked.length > 0 && dice.chance(0.5) ? linked : rows));
    return {
      path: `${id}/${pairs.name}`,
      target: pairs.target,
      chosen,
      one: dice.chance(0.5) ? (chosen[0] ?? any) : any,
      isPossible: () => true,
      members: (to, parent) => to.pairedWith(pairs, kind, parent),
      join: (to, parent, each) => to.pair(pairs, kind, parent, each),
      leave: (to, parent, each) => to.unpair(pairs, kind, parent, each),
    };
  }

  /** Makes or ends links of a collection: one, all, or those that are not wanted any more. */
  private linksStep(from: Referring, links: Links | undefined): Step | undefined {
    if (!links) return undefined;
    const { dice } = this;
    const { path, one, chosen } = links;
    const headers = this.headers(dice.chance(0.5), this.matchHeader(from.match));
    const step = (
      method: string,
      below: string,
      body: Body | undefined,
      work: (to: Model, parent: Row) => void,
    ): Step => ({
      method,
      path: `${path}${below}`,
      headers: body ? headers : this.matchHeader(from.match),
      ...(body && { body }),
      ok: [204],
      judge: Steps.referring(from, work),
    });
    const referenced = (to: Model, id: string): Row => {
      const found = to.referenced(links, id);
      return links.isPossible(to, found) ? found : to.stop(400);
    };
    const end =
      (status: number) =>
      (to: Model, parent: Row): void => {
        const found = to.resolve(one)?.row;
        if (!found || !links.isPossible(to, found)) to.stop(status);
        if (!links.members(to, parent).includes(found)) to.stop(404);
        links.leave(to, parent, found);
      };
    const replace = (to: Model, parent: Row, ids: readonly string[]): void => {
      const wanted = ids.map((id) => referenced(to, id));
      const present = links.members(to, parent);
      for (const each of present) if (!wanted.includes(each)) links.leave(to, parent, each);
      for (const each of wanted) if (!present.includes(each)) links.join(to, parent, each);
    };
    return dice.way<Step>(
      [2, () => step('POST', '/$ref', { '@id': one }, (to, parent) => links.join(to, parent, referenced(to, one)))],
      [1, () => step('DELETE', `${one.slice(one.lastIndexOf('('))}/$ref`, undefined, end(404))],
      [1, () => step('DELETE', `/$ref?$id=${encodeURIComponent(one)}`, undefined, end(400))],
      [0.6, () => step('DELETE', '/$ref', undefined, (to, parent) => replace(to, parent, []))],
      [
        1,
        () => {
          const value = chosen.map((id) => ({ '@id': id }));
          return step('PUT', '/$ref', { value }, (to, parent) => replace(to, parent, chosen));
        },
      ],
    );
  }

  /** All members that meet a condition. */
  private each(kind: Kind): Step | undefined {
    const { dice } = this;
    if (kind.set === undefined || kind.isReadOnly) return undefined;
    const field = kind.fields.find(({ good, parts }) => !parts && typeof good[0]?.[0] === 'string');
    const rows = this.model.rows(kind);
    if (!field || rows.length === 0) return undefined;
    const value = dice.pick(rows)[field.column];
    if (value !== null && (typeof value !== 'string' || value.includes('+00:00'))) return undefined;
    const isDelete = dice.chance(0.25);
    const isNewer = dice.chance(0.5);
    const body = isDelete ? undefined : this.body({ kind, derived: kind.derived[0], mode: 'merge', isNewer, depth: 0 });
    return {
      method: isDelete ? 'DELETE' : 'PATCH',
      path: `${kind.set}/$filter(@f)/$each?@f=${`${field.name} eq ${value === null ? 'null' : literal(value)}`.replaceAll(' ', '%20')}`,
      headers: isDelete ? {} : this.headers(isNewer),
      ...(body && { body }),
      ok: [204],
      judge: (to) => {
        const found = to.rows(kind).filter((each) => each[field.column] === value);
        if (isDelete && kind.isKept) to.faults.add(405);
        if (body) {
          // What is wrong with the body is told whether or not there is anybody.
          const probe: Row = { ...rows[0] };
          to.attempt(() => to.probe(kind, probe, body));
        }
        for (const each of found)
          to.attempt(() => (body ? to.update(kind, each, body, 'merge') : to.remove(kind, each)));
      },
    };
  }

  /** A delta of a whole set. */
  private delta(kind: Kind): Step | undefined {
    const { dice } = this;
    if (kind.set === undefined || kind.isReadOnly) return undefined;
    const rows = dice.some(this.model.rows(kind), 0.25).slice(0, 3);
    const items: { readonly json: Body; readonly judge: (to: Model) => void }[] = rows.flatMap((row) => {
      if (String(this.model.keyOf(kind, row)).startsWith('#')) return [];
      const id = this.idOf(kind, row);
      const named = dice.chance(0.5)
        ? { '@id': id }
        : Object.fromEntries(kind.key.map(({ name, column }) => [name, row[column]]));
      if (dice.chance(0.3)) {
        const reason = dice.chance(0.9) ? 'deleted' : 'changed';
        return [
          {
            json: { '@removed': { reason }, ...named },
            judge: (to: Model) => {
              const found = to.resolve(id);
              if (!found || reason === 'changed') to.stop(400);
              to.remove(kind, found.row, 400);
            },
          },
        ];
      }
      const derived = this.model.derivedOf(kind, row);
      const body = { ...this.body({ kind, derived, mode: 'merge', row, isNewer: true, depth: 0 }) };
      for (const { name } of kind.key) delete body[name];
      if (Object.keys(body).length === 0) return [];
      if (derived && derived !== kind.derived[0]) body['@odata.type'] = `#${this.namespace}.${derived.name}`;
      // An object with nothing but an id is a reference.
      return [
        {
          json: { ...named, ...body },
          judge: (to: Model) => {
            const found = to.resolve(id);
            if (!found) to.stop(400);
            to.update(kind, found.row, body, 'merge');
          },
        },
      ];
    });
    if (dice.chance(0.5)) {
      const derived = kind.derived.length > 0 ? dice.pick(kind.derived) : undefined;
      const body = this.body({ kind, derived, mode: 'create', isNewer: true, depth: 0 });
      const isThere =
        !kind.isCounted && rows.some((row) => kind.key.every(({ name, column }) => row[column] === body[name]));
      if (
        !isThere &&
        !this.model.rows(kind).some((row) => kind.key.every(({ name, column }) => row[column] === body[name]))
      )
        items.push({ json: body, judge: (to) => void to.create(kind, body, new Map()) });
    }
    if (items.length === 0) return undefined;
    return {
      method: 'PATCH',
      path: kind.set,
      headers: this.headers(true),
      body: { '@context': '#$delta', value: items.map(({ json }) => json) },
      ok: [200],
      judge: (to) => {
        for (const { judge } of items) to.attempt(() => judge(to));
      },
    };
  }

  private batch(): Step {
    const { dice } = this;
    this.isInBatch = true;
    const parts: { step: Step; group?: string | undefined }[] = [];
    let group = 0;
    for (let size = 1 + dice.below(3); size > 0; size -= 1) {
      const name = dice.chance(0.7) ? `g${(group += 1)}` : undefined;
      for (let left = name === undefined ? 1 : 1 + dice.below(4); left > 0; left -= 1)
        parts.push({ step: this.next(this.model), group: name });
    }
    this.isInBatch = false;
    return {
      method: 'POST',
      path: '$batch',
      headers: { 'Content-Type': 'application/json' },
      ok: [200],
      judge: () => undefined,
      parts,
    };
  }
}
