/** A request that writes, planned: the resource, and how the written entity is read back for the answer. Protocol §11.4 */
import { odataError } from '../error';
import { localName } from './type-names';
import type { Ast, ResourceSegment } from '../url/ast';
import type { Bindings } from '../sql';
import { notImplemented, placeOf, type PlanContext } from './context';
import type { KeyPredicate, ReadPlan, Target } from './plan';
import { planEntity } from './read';
import { planTarget } from './resource-path';

/** The resource of a write. */
export interface WritePlan {
  readonly target: Target;
  /** The entity that was written, found by its key in the bindings (`writtenKey`), with $select and $expand of the request. */
  readonly readBack: Extract<ReadPlan, { kind: 'entity' }>;
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
  return { target, readBack: planEntity(context, written(target), ast.options) };
}

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
