/** Where paths lead from an instance of a type. URL Conventions §5.1.1.15 */
import type { Schema } from './schema';

export interface Path {
  readonly text: string;
  /** A value, a collection of values, an entity or a complex value, a collection of these. */
  readonly kind: 'value' | 'values' | 'one' | 'many';
  readonly type: string;
}

/** Segments that lead from one instance to another. */
const STEPS = 2;

export class Paths {
  private readonly known = new Map<string, readonly Path[]>();

  constructor(private readonly schema: Schema) {}

  /** All of them, over casts and at most two single instances. */
  from(type: string): readonly Path[] {
    const before = this.known.get(type);
    if (before) return before;
    const made = this.walk(type, '', STEPS);
    this.known.set(type, made);
    return made;
  }

  private walk(type: string, before: string, steps: number): readonly Path[] {
    const structure = this.schema.types[type];
    if (!structure) return [];
    const { values, complex, navigations, derived } = structure;
    const own = [...complex, ...navigations].flatMap(({ name, type: target, isMany }): readonly Path[] => {
      const text = before + name;
      if (isMany) return [{ text, kind: 'many', type: target }];
      const behind = steps > 0 ? this.walk(target, `${text}/`, steps - 1) : [];
      return [{ text, kind: 'one', type: target }, ...behind];
    });
    return [
      ...values.map(({ name, type: target, isMany }): Path => {
        return { text: before + name, kind: isMany ? 'values' : 'value', type: target };
      }),
      ...own,
      ...(before === '' || before.endsWith('/')
        ? derived.flatMap((cast) =>
            before.includes('.')
              ? []
              : this.walk(cast, `${before}${this.schema.namespace}.${cast}/`, Math.min(steps, 1)),
          )
        : []),
    ];
  }
}
