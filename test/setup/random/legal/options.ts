/** System query options in every place that takes them. URL Conventions §5.1 */
import type { Dice } from '../dice';
import { Expressions, type Sight } from './expressions';
import type { Schema, Structure } from './schema';
import { Transformations } from './transformations';
import { list, word, written, type Written } from './written';

/** Which options a place takes: those of a collection or of an instance, of entities or of complex values. */
export interface Resource {
  readonly isMany: boolean;
  /** How deep $expand may go on. */
  readonly depth: number;
}

const named =
  (name: string) =>
  ([text]: readonly string[]) =>
    `${name}=${text}`;

export class Options {
  readonly expressions: Expressions;
  private readonly transformations: Transformations;

  constructor(
    private readonly schema: Schema,
    private readonly dice: Dice,
  ) {
    this.expressions = new Expressions(schema, dice);
    this.transformations = new Transformations(this.expressions);
  }

  /** Options of instances of a type. `$it` is the instance itself unless there is one around. */
  of(type: string, resource: Resource, outer?: Sight): readonly Written[] {
    const { dice } = this;
    const isRoot = outer === undefined;
    const start: Sight = {
      here: type,
      it: outer?.it ?? type,
      variables: [],
      given: [],
      hasThese: resource.isMany,
      ...(outer && { it: outer.it }),
    };
    const isApplied = resource.isMany && this.structure(type).isEntity && dice.chance(isRoot ? 0.3 : 0.12);
    const applied = isApplied ? this.transformations.sequence(start, 1 + dice.below(3)) : undefined;
    if (applied?.isGone)
      return [written('$apply', [applied.node], named('$apply')), ...this.ofMade(applied.sight, resource)];
    const seen = applied?.sight ?? start;
    const computed = dice.chance(0.3) ? this.compute(seen) : undefined;
    const sight = computed?.sight ?? seen;
    const chance = (share: number, make: () => Written | undefined): readonly Written[] =>
      dice.chance(share) ? [make()].filter((one) => one !== undefined) : [];
    return [
      ...(applied ? [written('$apply', [applied.node], named('$apply'))] : []),
      ...(computed ? [computed.node] : []),
      ...(resource.isMany ? this.ofCollection(sight) : []),
      ...chance(0.5, () => this.select(type, sight, computed?.names ?? [])),
      ...(this.structure(type).isEntity
        ? chance(resource.depth > 0 ? 0.6 : 0, () => this.expand(type, sight, resource.depth))
        : []),
    ];
  }

  structure(type: string): Structure {
    const found = this.schema.types[type];
    if (!found) throw new Error(`There is no type ${type}`);
    return found;
  }

  /** What rows that the request made take. */
  private ofMade(sight: Sight, { isMany }: Resource): readonly Written[] {
    return isMany ? this.ofCollection(sight) : [];
  }

  /** Options of a collection; `item` in sight where it is one of values. */
  ofCollection(sight: Sight): readonly Written[] {
    const { dice } = this;
    const filter = (): Written =>
      written('$filter', [this.expressions.condition(sight, 1 + dice.below(3))], named('$filter'));
    const chance = (share: number, make: () => Written): readonly Written[] => (dice.chance(share) ? [make()] : []);
    return [
      ...chance(0.5, filter),
      ...chance(0.4, () => this.orderby(sight)),
      ...chance(0.15, () => word('$skip', `$skip=${dice.below(3)}`)),
      ...chance(0.2, () => word('$top', `$top=${dice.below(4)}`)),
      ...chance(0.2, () => word('$count', '$count=true')),
      ...(this.isSearched(sight) ? chance(0.2, () => word('$search', `$search=${dice.pick(searches)}`)) : []),
    ];
  }

  /** The service searches what is of a type with searchable properties alone. */
  private isSearched({ here, given }: Sight): boolean {
    return here !== undefined && given.length === 0 && this.schema.searched.has(here);
  }

  private orderby(sight: Sight): Written {
    const { dice } = this;
    const items = Array.from({ length: 1 + dice.below(2) }, () => {
      const value = this.expressions.value(this.expressions.someType(sight), sight, dice.below(3));
      return written('key', [value], ([text]) => `${text}${dice.chance(0.3) ? ' desc' : ''}`);
    });
    return written('$orderby', [list('keys', items, ',')], named('$orderby'));
  }

  private compute(sight: Sight): { node: Written; sight: Sight; names: readonly string[] } {
    const { dice, expressions } = this;
    const type = expressions.someType(sight);
    const name = expressions.nextName('c');
    const item = written('computed', [expressions.value(type, sight, 2)], ([text]) => `${text} as ${name}`);
    const node = written('$compute', [list('items', [item], ',')], named('$compute'));
    const given = [...sight.given, { name, type, kind: 'value' as const }];
    return { node, sight: { ...sight, given }, names: dice.chance(0.7) ? [name] : [] };
  }

  private select(type: string, sight: Sight, computed: readonly string[]): Written {
    const { dice, schema } = this;
    const { values, complex, navigations, streams, derived } = this.structure(type);
    const own = [...values, ...navigations].map(({ name }) => word('selected', name));
    const nested = complex.map(({ name, type: target, isMany }) => {
      if (!dice.chance(0.4)) return word('selected', name);
      const inner = { ...sight, here: target, given: [], hasThese: isMany };
      return isMany || dice.chance(0.5)
        ? this.withOptions('selected', name, this.ofComplex(target, isMany, inner))
        : word('selected', `${name}/${dice.pick(this.structure(target).values).name}`);
    });
    const cast = derived.flatMap((other) =>
      this.structure(other).values.map(({ name }) => word('selected', `${schema.namespace}.${other}/${name}`)),
    );
    const all = [
      ...own,
      ...nested,
      ...cast,
      ...streams.map((name) => word('selected', name)),
      ...(this.structure(type).isOpen ? [word('selected', 'anything')] : []),
      word('selected', '*'),
    ];
    const picked = dice.some(all, 0.3);
    const names = computed.map((name) => word('selected', name));
    return written(
      '$select',
      [list('items', [...(picked.length > 0 ? picked : all.slice(0, 1)), ...names], ',')],
      named('$select'),
    );
  }

  /** Options within $select. URL Conventions §5.1.4 */
  private ofComplex(type: string, isMany: boolean, sight: Sight): readonly Written[] {
    const [first, ...others] = this.structure(type).values;
    const select = word(
      '$select',
      `$select=${[first, ...this.dice.some(others, 0.3)].map((one) => one?.name).join(',')}`,
    );
    const collection = isMany ? this.ofCollection(sight).filter(({ ty }) => ty !== '$search') : [];
    return [...collection, ...(this.dice.chance(0.5) ? [select] : [])];
  }

  private withOptions(ty: string, path: string, options: readonly Written[]): Written {
    if (options.length === 0) return word(ty, path);
    return written(ty, [list('options', options, ';')], ([text]) => `${path}(${text})`);
  }

  private expand(type: string, sight: Sight, depth: number): Written | undefined {
    const { dice, schema } = this;
    const { navigations, derived, streams } = this.structure(type);
    const all = [
      ...navigations.map((nav) => ({ ...nav, text: nav.name })),
      ...derived.flatMap((other) =>
        this.structure(other)
          .navigations.filter(({ name }) => !navigations.some((nav) => nav.name === name))
          .map((nav) => ({ ...nav, text: `${schema.namespace}.${other}/${nav.name}` })),
      ),
    ];
    const once = all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
    const items = dice.some(once, 0.4).map(({ text, type: target, isMany }): Written => {
      const inner: Sight = { ...sight, here: target };
      const casts = this.structure(target).derived;
      if (dice.chance(0.1)) return word('expanded', `${text}/$ref`);
      if (isMany && dice.chance(0.15)) {
        const options = this.ofCollection({ ...inner, given: [], hasThese: true }).filter(({ ty }) =>
          ['$filter', '$search'].includes(ty),
        );
        return this.withOptions('expanded', `${text}/$count`, options);
      }
      const cast = casts.length > 0 && dice.chance(0.2) ? dice.pick(casts) : undefined;
      const path = cast === undefined ? text : `${text}/${schema.namespace}.${cast}`;
      const options = this.of(cast ?? target, { isMany, depth: depth - 1 }, inner);
      const levels =
        target === type && cast === undefined && dice.chance(0.3)
          ? [word('$levels', `$levels=${dice.pick(['1', '2', 'max'])}`)]
          : [];
      const expands = options.some(({ ty }) => ty === '$expand');
      const isRepeated = !expands && !options.some(({ ty }) => ty === '$apply');
      return this.withOptions('expanded', path, isRepeated ? [...options, ...levels] : options);
    });
    const streaming = streams.filter(() => dice.chance(0.2)).map((name) => word('expanded', name));
    const found = [...items, ...streaming];
    if (found.length === 0) return dice.chance(0.3) ? word('$expand', '$expand=*') : undefined;
    return written('$expand', [list('items', found, ',')], named('$expand'));
  }
}

const searches = ['a', 'a OR b', 'NOT x', '"a b"', 'a b', '(a OR b) AND NOT c'];
