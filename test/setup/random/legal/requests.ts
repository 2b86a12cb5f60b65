/** Requests that the standard takes, in every place that takes options: each is to be answered. */
import type { Answer, TestService } from '../../service';
import type { Case } from '../case';
import type { Dice } from '../dice';
import type { Sight } from './expressions';
import { Options } from './options';
import type { Place, Schema } from './schema';
import { less, list, word, type Written } from './written';

/** A path, and the options that it takes. */
interface Request {
  readonly path: string;
  readonly options: Written;
  readonly isPosted?: boolean;
}

const NUMBERS = /DivisionByZero|OutOfRange|out of range|too large|overflow|underflow/i;

export class Requests {
  private readonly options: Options;

  constructor(
    private readonly service: TestService,
    private readonly schema: Schema,
    private readonly dice: Dice,
  ) {
    this.options = new Options(schema, dice);
  }

  /** The next request, as one that is to be answered. */
  readonly next = (): Case => {
    const { dice } = this;
    const entities = (): Request => this.collection();
    const request = dice.way<Request>(
      [4, entities],
      [2, () => this.instance()],
      [1, () => this.behindNavigation()],
      [1, () => this.filtered()],
      [0.5, () => ({ ...entities(), isPosted: true })],
      [0.5, () => this.counted()],
      [1, () => this.values()],
      [1, () => this.crossed()],
      [0.5, () => this.all()],
    );
    return this.caseOf(request);
  };

  private place(isWanted: (place: Place) => boolean = () => true): Place {
    return this.dice.pick(this.schema.places.filter(isWanted));
  }

  private request(path: string, options: readonly Written[]): Request {
    return { path, options: list('options', options, '&', 0) };
  }

  private collection(): Request {
    const { path, type } = this.place(({ isMany }) => isMany);
    const { derived } = this.options.structure(type);
    const cast = derived.length > 0 && this.dice.chance(0.25) ? this.dice.pick(derived) : undefined;
    const text = cast === undefined ? path : `${path}/${this.schema.namespace}.${cast}`;
    return this.request(text, this.options.of(cast ?? type, { isMany: true, depth: 2 }));
  }

  private instance(): Request {
    const place = this.place(({ keys, isMany }) => !isMany || keys.length > 0);
    return this.request(this.one(place), this.options.of(place.type, { isMany: false, depth: 2 }));
  }

  private one({ path, keys, isMany }: Place): string {
    return isMany ? `${path}(${this.dice.pick(keys)})` : path;
  }

  private behindNavigation(): Request {
    const place = this.place(
      ({ keys, isMany, type }) =>
        (!isMany || keys.length > 0) && this.options.structure(type).navigations.some((nav) => nav.isMany),
    );
    const { name, type } = this.dice.pick(this.options.structure(place.type).navigations.filter((nav) => nav.isMany));
    return this.request(`${this.one(place)}/${name}`, this.options.of(type, { isMany: true, depth: 1 }));
  }

  private sight(type: string): Sight {
    return { here: type, it: type, variables: [], given: [], hasThese: true };
  }

  /** Conditions in the path, and what may stand behind them. */
  private filtered(): Request {
    const { path, type } = this.place(({ isMany }) => isMany);
    const condition = this.options.expressions.condition(this.sight(type), 2);
    const behind = this.dice.pick(['', '/$count', '/$each']);
    const options = behind === '' ? this.options.of(type, { isMany: true, depth: 1 }) : [];
    const filter = word('filter', `@filter=${condition.text}`, condition.aliases);
    return this.request(`${path}/$filter(@filter)${behind}`, [...options, filter]);
  }

  private counted(): Request {
    const { path, type } = this.place(({ isMany }) => isMany);
    const options = this.options.ofCollection(this.sight(type)).filter(({ ty }) => ['$filter', '$search'].includes(ty));
    return this.request(`${path}/$count`, options);
  }

  /** A collection of complex values, or of values. */
  private values(): Request {
    const has = ({ type, isMany, keys }: Place): boolean =>
      (!isMany || keys.length > 0) && this.collections(type).length > 0;
    if (!this.schema.places.some(has)) return this.collection();
    const place = this.place(has);
    const { name, type } = this.dice.pick(this.collections(place.type));
    const isStructured = this.schema.types[type] !== undefined;
    const path = `${this.one(place)}/${name}`;
    if (isStructured) return this.request(path, this.options.of(type, { isMany: true, depth: 0 }));
    const sight = { here: undefined, item: type, it: undefined, variables: [], given: [], hasThese: true };
    return this.request(path, this.options.ofCollection(sight));
  }

  private collections(type: string) {
    const { values, complex } = this.options.structure(type);
    return [...values, ...complex].filter(({ isMany }) => isMany);
  }

  private crossed(): Request {
    const sets = this.schema.places.filter(({ isMany }) => isMany);
    const left = this.dice.pick(sets);
    const right = this.dice.pick(sets.filter((one) => one !== left));
    const variables = [left, right].map(({ path, type }) => ({ name: path, type, isOwn: true }));
    const sight = { here: undefined, it: undefined, variables, given: [], hasThese: false };
    const options = this.options.ofCollection(sight).filter(({ ty }) => ty !== '$search');
    return this.request(`$crossjoin(${left.path},${right.path})`, options);
  }

  private all(): Request {
    const { type } = this.place(({ isMany }) => isMany);
    const [cast] = this.dice.pick([[type], []]);
    if (cast === undefined) return this.request('$all', [word('$top', '$top=2'), word('$count', '$count=true')]);
    return this.request(`$all/${this.schema.namespace}.${cast}`, this.options.of(cast, { isMany: true, depth: 1 }));
  }

  private caseOf(request: Request): Case {
    const { path, options, isPosted = false } = request;
    const written = [
      ...options.kids.map(({ text }) => text),
      ...Object.entries(options.aliases).map(([name, value]) => `${name}=${value}`),
    ];
    const query = written
      .map((text) => text.replace(/=(.*)$/s, (_, value: string) => `=${encodeURIComponent(value)}`))
      .join('&');
    const at = encodeURI(path);
    const ask = (): Promise<Answer> =>
      isPosted
        ? this.service.send('POST', `${at}/$query`, { 'Content-Type': 'text/plain' }, query)
        : this.service.get(`${at}?${query}`);
    const check = async (): Promise<string | undefined> => {
      const { status, text } = await ask();
      const failures = this.service.takeFailures().join();
      if (status === 200 || (status === 400 && NUMBERS.test(text))) return undefined;
      return `${status} ${text.slice(0, 300)} ${failures}`;
    };
    const smaller = (): Iterable<Case> =>
      [...less(options)].map((other) => this.caseOf({ ...request, options: other }));
    const text = `${isPosted ? 'POST ' : ''}${path}?${written.join('&')}`;
    return { text, size: text.length, check, smaller };
  }
}
