/** Names that the rows of a request have beside those of their type: aliases, entities of other variables, what was aggregated away. */
import { odataError } from '../error';
import { untyped } from '../model/edm';
import type { NameSegment, Path, PathSegment } from '../url/ast';
import { followed } from './alias-path';
import { typeOf } from './coerce';
import { always, isNotNull } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import { ending } from './lambda';
import { startsAtVariable, walkFrom } from './member-path';
import { hasName, hasNames, membersOf, variantScope } from './members';
import type { Bound, Range } from './plan';
import { startOf } from './position';
import { wholesOf } from './row-identity';
import { planAggregateCall, planVariants } from './row-values';
import { walkValue } from './value-path';

/** What a path says of a name that its first variable has from the request; undefined when the type alone decides. */
export function planMember(
  context: PlanContext,
  scope: Scope,
  range: Range,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound | undefined {
  const { own, variants, declared, whole } = membersOf(scope, range);
  const member = own.get(segment.name);
  if (member?.kind === 'row') return walkFrom(context, scope, member.range, rest, segment.place);
  if (member?.kind === 'added' || member?.kind === 'structure')
    throw notImplemented(`'${segment.name}', which addnested has made, in expressions`, segment.place);
  if (member) return walkValue(context, scope, member.value, rest);
  if (whole) return walkValue(context, scope, whole, [segment, ...rest]);
  if (hasName(scope, range, segment.name)) {
    if (!variants || range.type.properties.has(segment.name)) return undefined;
    const names = [segment, ...rest];
    const some = variants.scopes.some((variant) => hasNames(variant, variant.current, names));
    const values = variants.scopes.map((variant) =>
      (some ? hasNames(variant, variant.current, names) : hasName(variant, variant.current, segment.name))
        ? walkFrom(context, variantScope(scope, variant), variant.current, names, segment.place)
        : ({ kind: 'null' } as const),
    );
    const whole = rest.length === 0 ? wholesOf(values, segment.name) : undefined;
    return planVariants(context, variants.discriminator, whole ?? values, segment.place);
  }
  const away: Scope = { ...scope, members: new Map() };
  const was: Range | undefined = declared && { type: declared, name: range.name };
  if (!was || !(hasName(away, was, segment.name) || dynamicProperty(was.type, segment.name))) return undefined;
  // Planned all the same: a wrong name behind it is an error.
  walkFrom(context, away, was, [segment, ...rest], segment.place);
  return { kind: 'null' };
}

/** Whether the row has the property, be it null or not. Data Aggregation §3.7 */
export function planIsDefined(context: PlanContext, outer: Scope, written: Path): Bound {
  const { scope, path } = followed(context, outer, written);
  if (path.alias || !startsAtVariable(context, scope, path))
    throw odataError('TypeMismatch', { message: 'isdefined takes the path of a property.' }, placeOf(path.place));
  const { range, rest } = behindRows(scope, startOf(scope, path));
  const [first, second, ...further] = rest;
  const isOwn = first?.kind === 'name' && !first.arguments && hasName(scope, range, first.name);
  if (isOwn && !second) return definedAt(context, scope, range, [first]);
  const value = walkFrom(context, scope, range, rest, path.place);
  const isHeld = typeOf(value) !== untyped || (isOwn && further.length === 0 && hasParts(scope, range, first.name));
  if (!isHeld) return isNotNull(value);
  if (!isOwn) return always(value.kind !== 'null');
  const names = [second, ...further].filter((segment): segment is NameSegment => segment?.kind === 'name');
  return definedAt(context, scope, range, [first, ...names]);
}

/** The rest of a path behind the rows of a join that it leads through. */
function behindRows(scope: Scope, reached: ReturnType<typeof startOf>): ReturnType<typeof startOf> {
  const { range, rest } = reached;
  const [first, ...further] = rest;
  const member = first?.kind === 'name' && !first.arguments ? membersOf(scope, range).own.get(first.name) : undefined;
  return member?.kind === 'row' && further.length > 0
    ? behindRows(scope, { range: member.range, rest: further })
    : reached;
}

/** Whether a row has parts of something under the name, in some of its structures. */
const hasParts = (scope: Scope, range: Range, name: string): boolean =>
  range.type.properties.get(name)?.source.kind === 'complex' ||
  (membersOf(scope, range).variants?.scopes ?? []).some((variant) => hasParts(variant, variant.current, name));

function definedAt(
  context: PlanContext,
  scope: Scope,
  range: Range,
  names: readonly [NameSegment, ...NameSegment[]],
): Bound {
  const [{ name, place }, second, ...further] = names;
  const { own, variants } = membersOf(scope, range);
  if (!hasName(scope, range, name)) return always(false);
  const member = own.get(name);
  if (member?.kind === 'row' && second) return definedAt(context, scope, member.range, [second, ...further]);
  if (variants && !own.has(name))
    return planVariants(
      context,
      variants.discriminator,
      variants.scopes.map((variant) => definedAt(context, variant, variant.current, names)),
      place,
    );
  const source = range.type.properties.get(name)?.source;
  if (!second || source?.kind !== 'complex') return always(true);
  return always(source.properties.has(second.name) || source.navigations?.has(second.name) === true);
}

/** `$these/aggregate(…)`, `$these/$count`: of the rows that the option or transformation speaks of. Data Aggregation §3.6 */
export function planThese(context: PlanContext, scope: Scope, path: Path): Bound {
  const [segment, ...rest] = path.segments;
  if (segment?.kind !== 'aggregate' && segment?.kind !== '$count')
    throw odataError('SyntaxError', { message: '$these needs aggregate(…) or $count behind it.' }, placeOf(path.place));
  ending(rest);
  return planAggregateCall(context, scope, undefined, segment);
}
