/** A request that writes, planned: the resource, and how the written entity is read back for the answer. Protocol §11.4 */
import { odataError } from '../error';
import { localName } from './type-names';
import type { Ast, ExpandItem, Place, QueryOptions, ResourceSegment } from '../url/ast';
import type { Bindings } from '../sql';
import { notImplemented, placeOf, type PlanContext } from './context';
import type { KeyPredicate, ReadPlan, Target } from './plan';
import { planEntity } from './read';
import { planTarget } from './resource-path';

/** The resource of a write. */
export interface WritePlan {
  readonly target: Target;
  /** The entity that was written, found by its key in the bindings (`writtenKey`), with $select and $expand of the request. */
  readonly readBack: ReadBack;
  /** The same with more navigations expanded: the answer shows at least what was written along. Protocol §11.4.2.2 */
  readonly expanded: (expansion: Expansion) => ReadBack;
}

/** The reading of the written entity. */
export type ReadBack = Extract<ReadPlan, { kind: 'entity' }>;

/** Navigations that the answer to a deep write expands, with those behind them. */
export interface Expansion {
  readonly behind: ReadonlyMap<string, Expansion>;
}

/** The name in the bindings of a key value of the written entity. */
export const writtenKey = (property: string): string => `key ${property}`;

/** Plans a POST, PATCH, PUT or DELETE. */
export function planWrite(context: PlanContext, ast: Ast): WritePlan {
  const { target, rest } = planTarget(context, ast.path);
  const [next] = rest;
  if (next) throw notWritable(context, target, next);
  if (target.each || target.steps.some(({ filter }) => filter))
    throw notImplemented('Writing to what a /$filter or /$each stands for');
  const plan = (options: QueryOptions): ReadBack => planEntity(context, written(target), options);
  return { target, readBack: plan(ast.options), expanded: remembered((more) => plan(withExpanded(ast.options, more))) };
}

/** Forms of deep bodies that one plan keeps. */
const MAX_EXPANSIONS = 32;

function remembered(plan: (expansion: Expansion) => ReadBack): WritePlan['expanded'] {
  const plans = new Map<string, ReadBack>();
  return (expansion) => {
    const key = expansionKey(expansion);
    const found = plans.get(key);
    if (found) return found;
    if (plans.size >= MAX_EXPANSIONS) plans.clear();
    const made = plan(expansion);
    plans.set(key, made);
    return made;
  };
}

const expansionKey = ({ behind }: Expansion): string =>
  [...behind].map(([name, inner]) => `${name}(${expansionKey(inner)})`).join();

/** The options with further items of $expand; what the client asked of a navigation stays. */
function withExpanded(options: QueryOptions, { behind }: Expansion): QueryOptions {
  if (behind.size === 0) return options;
  const asked = options.$expand ?? [];
  const isNamed = (item: ExpandItem, name: string): boolean => item.star !== true && item.path.at(-1)?.name === name;
  const kept = asked.map((item) => {
    const inner = item.suffix === undefined ? behind.get(item.path.at(-1)?.name ?? '') : undefined;
    return inner && item.star !== true ? { ...item, options: withExpanded(item.options, inner) } : item;
  });
  const added = [...behind]
    .filter(([name]) => !asked.some((item) => isNamed(item, name)))
    .map(([name, inner]) => ({
      path: [{ kind: 'name' as const, name, place: ofBody }],
      options: withExpanded({}, inner),
      place: ofBody,
    }));
  return { ...options, $expand: [...kept, ...added] };
}

const ofBody: Place = { source: 'body', at: 0 };

function notWritable({ model }: PlanContext, { range: { type } }: Target, segment: ResourceSegment): Error {
  if (segment.kind === '$count' || segment.kind === '$metadata') {
    return odataError(
      'BadRequest_MethodNotAllowed',
      { method: 'This method', resource: segment.kind, allow: 'GET, HEAD' },
      { headers: { Allow: 'GET, HEAD' } },
    );
  }
  if (segment.kind !== 'name') return notImplemented(`Writing to ${segment.kind}`, segment.place);
  if (type.properties.has(segment.name)) return notImplemented('Writing a single property', segment.place);
  if (segment.name.includes('.') && localName(model.namespace, segment.name) !== undefined)
    return notImplemented(`The operation ${segment.name}`, segment.place);
  return odataError('BadRequest_NotFound', { segment: segment.name }, placeOf(segment.place));
}

/** The target confined to the entity whose key the bindings hold. */
function written(target: Target): Target {
  const { type } = target.range;
  const key: KeyPredicate = type.key.map((property) => ({
    property,
    value: {
      kind: 'value',
      slot: ({ extra }: Bindings) => extra[writtenKey(property.name)] ?? null,
      type: property.type,
      nullable: false,
    },
  }));
  const last = target.steps.at(-1);
  return last ? { ...target, steps: [...target.steps.slice(0, -1), { ...last, key }], single: true } : target;
}
