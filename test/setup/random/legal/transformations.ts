/** Sequences of transformations, and what they leave in sight. Data Aggregation §3 */
import type { Expressions, Sight } from './expressions';
import { numeric } from './language';
import { list, word, written, type Written } from './written';

interface Applied {
  readonly node: Written;
  readonly sight: Sight;
  /** The rows have no properties but those that the request named. */
  readonly isGone?: boolean;
}

export class Transformations {
  constructor(private readonly expressions: Expressions) {}

  sequence(start: Sight, length: number): Applied {
    const nodes: Written[] = [];
    let state: Applied = { node: word('none', 'identity'), sight: start };
    for (let left = length; left > 0 && !state.isGone; left -= 1) {
      state = this.one(state.sight, left === 1);
      nodes.push(state.node);
    }
    return { ...state, node: list('sequence', nodes, '/') };
  }

  private one(sight: Sight, isLast: boolean): Applied {
    const { dice } = this.expressions;
    const keeping = (node: Written): Applied => ({ node, sight });
    const value = (types: readonly string[]): Written => this.expressions.value(dice.pick(types), sight, 1);
    return dice.way<Applied>(
      [2, () => keeping(this.filter(sight))],
      [2, () => this.compute(sight)],
      [1, () => keeping(written('step', [value(numeric)], ([text]) => `orderby(${text} desc)`))],
      [
        1,
        () => keeping(written('step', [value(numeric)], ([text]) => `${dice.pick(['top', 'bottom'])}count(2,${text})`)),
      ],
      [1, () => keeping(word('step', dice.pick(['identity', 'top(3)', 'skip(1)'])))],
      [1, () => this.joined(sight)],
      [1, () => this.nested(sight)],
      [0.7, () => keeping(written('step', [this.filter(sight), this.filter(sight)], ([a, b]) => `concat(${a},${b})`))],
      [isLast ? 3 : 0, () => this.grouped(sight)],
      [isLast ? 1 : 0, () => this.aggregated(sight)],
    );
  }

  private filter(sight: Sight): Written {
    return written('step', [this.expressions.condition(sight, 2)], ([text]) => `filter(${text})`);
  }

  private compute(sight: Sight): Applied {
    const type = this.expressions.someType(sight);
    const name = this.expressions.nextName('k');
    const node = written('step', [this.expressions.value(type, sight, 2)], ([text]) => `compute(${text} as ${name})`);
    return { node, sight: { ...sight, given: [...sight.given, { name, type, kind: 'value' }] } };
  }

  /** A collection of the row, and what is in sight of its members. */
  private collection(sight: Sight): { name: string; type: string; inner: Sight } | undefined {
    const { dice, schema } = this.expressions;
    const { navigations = [], complex = [] } = schema.types[sight.here ?? ''] ?? {};
    const many = [...navigations, ...complex].filter(({ isMany }) => isMany);
    if (many.length === 0) return undefined;
    const { name, type } = dice.pick(many);
    return { name, type, inner: { ...sight, here: type, given: [] } };
  }

  private joined(sight: Sight): Applied {
    const { dice } = this.expressions;
    const found = this.collection(sight);
    if (!found) return { node: word('step', 'identity'), sight };
    const as = this.expressions.nextName('j');
    const inner = dice.chance(0.5) ? [this.filter(found.inner)] : [];
    const kind = dice.pick(['join', 'outerjoin']);
    const node = written(
      'step',
      inner,
      ([text]) => `${kind}(${found.name} as ${as}${text === undefined ? '' : `,${text}`})`,
    );
    return { node, sight: { ...sight, given: [...sight.given, { name: as, type: found.type, kind: 'one' }] } };
  }

  private nested(sight: Sight): Applied {
    const found = this.collection(sight);
    if (!found) return { node: word('step', 'identity'), sight };
    const as = this.expressions.nextName('n');
    const node = written('step', [this.filter(found.inner)], ([text]) => `addnested(${found.name},${text} as ${as})`);
    return { node, sight: { ...sight, given: [...sight.given, { name: as, type: found.type, kind: 'many' }] } };
  }

  /** Paths of values that rows can be grouped by. */
  private grouped(sight: Sight): Applied {
    const { dice, paths } = this.expressions;
    const all = sight.here === undefined ? [] : paths.from(sight.here).filter(({ kind }) => kind === 'value');
    const first = dice.pick(all);
    const second = dice.chance(0.4) ? dice.pick(all) : first;
    const parts = [...new Set([first, second])].filter((one) => one === first || !one.text.startsWith(first.text));
    const { item, name, type } = this.aggregate(sight);
    const node = written(
      'step',
      [item],
      ([text]) => `groupby((${parts.map((one) => one.text).join(',')}),aggregate(${text}))`,
    );
    const given = parts
      .filter((one) => !one.text.includes('/'))
      .map((one) => ({ name: one.text, type: one.type, kind: 'value' as const }));
    return { node, isGone: true, sight: { ...this.gone(sight), given: [...given, { name, type, kind: 'value' }] } };
  }

  private aggregated(sight: Sight): Applied {
    const { item, name, type } = this.aggregate(sight);
    const node = written('step', [item], ([text]) => `aggregate(${text})`);
    return { node, isGone: true, sight: { ...this.gone(sight), given: [{ name, type, kind: 'value' }] } };
  }

  private gone(sight: Sight): Sight {
    return { ...sight, here: undefined, it: undefined };
  }

  private aggregate(sight: Sight): { item: Written; name: string; type: string } {
    const { dice } = this.expressions;
    const name = this.expressions.nextName('a');
    if (dice.chance(0.3)) return { item: word('item', `$count as ${name}`), name, type: 'Edm.Decimal' };
    const type = dice.pick(['Edm.Int32', 'Edm.Decimal', 'Edm.Double']);
    const method = dice.pick(['sum', 'min', 'max', 'average', 'countdistinct']);
    const value = this.expressions.value(type, sight, 1);
    const result = method === 'average' || method === 'countdistinct' ? 'Edm.Decimal' : type;
    return { item: written('item', [value], ([text]) => `${text} with ${method} as ${name}`), name, type: result };
  }
}
