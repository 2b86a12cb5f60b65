/** Types in expressions. URL Conventions §5.1.1.10 */
import { odataError } from '../error';
import { edm, booleanType, isFloating, isSameType, numericRank, untyped } from '../model/edm';
import { isOfType } from '../model/inheritance';
import type { EdmType, EntityType, TypeDefinition } from '../model/model';
import type { Call, Expression, Path, Place, TypeNameExpression } from '../url/ast';
import { castNavigation } from './cast';
import { convert, exactly, typeOf, untypedItems } from './coerce';
import { elementOf, valuesOf } from './collection-property';
import { allOf, always, both, either, equal, isNotNull, negated, whereTrue } from './conditions';
import { placeOf, type PlanContext, type Scope } from './context';
import { planAny } from './expression';
import { isOfGroup, typeOfGroup, typeOfLeft, type GroupType } from './group-type';
import { hasPath } from './has-path';
import { variableAt } from './member-path';
import { isOfKeys, itemsTypeOf } from './item-keys';
import { areNull, holdsOf, isMembers, ofMembers, oneValue, quantified, type Members } from './members-operand';
import { variantsOf, type Variants } from './members';
import { planObject } from './object-value';
import { callOf, heldBy, isArray } from './own-functions';
import { at, entityKey } from './position';
import type { Bound } from './plan';
import { planVariants } from './row-values';
import { complexSource } from './structured';
import { isAlike } from './structures';
import { resolveType } from './type-names';
import { tells } from './untyped-cast';
import { itemsAs, objectAs } from './untyped-items';

/** The type that is asked for; a definition narrows it, or its items. */
interface Target {
  readonly type: EdmType;
  readonly definition: TypeDefinition | undefined;
  readonly place: Place;
}

/** `cast(…)` or `isof(…)`, of an expression or of the current entity. */
export function planTypeCall(context: PlanContext, scope: Scope, node: Call, name: 'cast' | 'isof'): Bound {
  const [first, second] = node.arguments;
  const named = second ?? first;
  if (!named || node.arguments.length > 2)
    throw odataError('TypeMismatch', { message: `${name} takes an expression and a type.` }, placeOf(node.place));
  const target = { ...resolveType(context, typeArgument(named)), place: node.place };
  const variants = variantsAt(context, scope, second && first);
  if (variants) {
    const values = variants.scopes.map((variant) =>
      planTypeCall(context, variant, { ...node, arguments: [named] }, name),
    );
    return planVariants(context, variants.discriminator, values, node.place);
  }
  const group = rowAt(context, scope, second && first);
  if (group && name === 'isof') return always(isOfGroup(group, target.type));
  const operand = operandOf(context, scope, target.type, second && first);
  if (operand.kind === 'null') return name === 'cast' ? operand : always(false);
  const structures =
    operand.kind === 'case' && isStructured(target.type) ? variantsOf(scope, scope.current) : undefined;
  const path = second && first && pathOf(first);
  if (name === 'isof' && structures && path) return isOfInEach(context, structures, path, node);
  return name === 'cast' ? planCast(context, operand, target) : planIsOf(context, operand, target);
}

/** The structures of the current instance, where that is the operand and has several: each tells its own type. */
function variantsAt(context: PlanContext, scope: Scope, given: Expression | undefined): Variants | undefined {
  const path = pathOf(given ?? currentInstance);
  const range = path && variableAt(context, scope, path);
  return range && range === scope.current ? variantsOf(scope, range) : undefined;
}

/** What a path leads to may be of another type in each structure. */
const isOfInEach = (context: PlanContext, { scopes, discriminator }: Variants, path: Path, node: Call): Bound => {
  const values = scopes.map((scope) =>
    hasPath(context, scope, scope.current, path.segments) ? planTypeCall(context, scope, node, 'isof') : always(false),
  );
  return planVariants(context, discriminator, values, node.place);
};

/** The type of the operand where that is an aggregated row. */
function rowAt(context: PlanContext, scope: Scope, given: Expression | undefined): GroupType | undefined {
  const path = pathOf(given ?? currentInstance);
  const range = path && variableAt(context, scope, path);
  return range && !range.type.item && !range.type.whole ? typeOfGroup(scope, range) : undefined;
}

/** The current instance where no expression is given; that it is an entity matters to types of entities only. */
function operandOf(context: PlanContext, scope: Scope, type: EdmType, given: Expression | undefined): Bound {
  const node = given ?? currentInstance;
  const path = pathOf(node);
  const range = path && variableAt(context, scope, path);
  if (range && !range.type.item && !range.type.whole)
    return type.kind === 'entity' && range.type.key.length > 0 ? entityKey(at(range), node.place) : { kind: 'null' };
  const operand = planObject(context, scope, node) ?? planAny(context, scope, node);
  // Keys do not tell the types of entities.
  return itemsTypeOf(operand) || !isOfKeys(operand) ? operand : oneValue(operand, node.place);
}

function typeArgument(node: Expression): TypeNameExpression {
  if (node.kind === 'type') return node;
  throw odataError(
    'TypeMismatch',
    { message: 'The name of a type is expected here, such as Edm.String.' },
    placeOf(node.place),
  );
}

/** An expression as a path, when it is one; aliases can stand for one. */
const pathOf = (node: Expression): Path | undefined =>
  node.kind === 'alias'
    ? { kind: 'path', alias: node, segments: [], place: node.place }
    : node.kind === 'path'
      ? node
      : undefined;

const currentInstance: Expression = { kind: 'path', root: '$this', segments: [], place: { source: '$filter', at: 0 } };

const isStructured = ({ kind }: EdmType): boolean => kind === 'entity' || kind === 'complex';

// ---- cast

/** What cannot be cast becomes null; collections are cast item by item. URL Conventions §5.1.1.10.1 */
function planCast(context: PlanContext, operand: Bound, target: Target): Bound {
  if (operand.kind === 'null') return operand;
  const { type } = target;
  if (type.kind === 'collection') return castItems(context, operand, { ...target, type: type.of });
  if (operand.type === untyped && type.kind === 'complex')
    return whereTrue(tells(context, operand, type), objectAs(context, operand, type, target.place));
  if (isStructured(type) || isStructured(operand.type)) return castStructured(operand, type);
  if (operand.type.kind === 'collection') return { kind: 'null' };
  if (operand.kind === 'property' && target.definition && operand.property.definition === target.definition)
    return operand;
  return fitted(castSingle(context, operand, type), target.definition);
}

/** An entity is of its own type and of those that this one is derived from; a complex value is of its own. */
function castStructured(operand: Bound, type: EdmType): Bound {
  const source = complexSource(operand);
  const left = source && typeOfLeft(source);
  if (left) return isOfGroup(left, type) ? operand : { kind: 'null' };
  const found = typeOf(operand);
  if (!found || type === found || isAlike(type, found)) return operand;
  if (found.kind !== 'entity' || type.kind !== 'entity') return { kind: 'null' };
  if (isOfType(found, type)) return operand;
  return isOfType(type, found) ? entityAs(operand, type) : { kind: 'null' };
}

/** The value that stands for an entity, null where it is not of the derived type. */
function entityAs(value: Bound, type: EntityType): Bound {
  switch (value.kind) {
    case 'property':
      return { ...value, navigations: [...value.navigations, castNavigation(type)], type, nullable: true };
    case 'picked':
      return { ...value, value: entityAs(value.value, type), type };
    case 'case': {
      const branches = value.branches.map((branch) => ({ ...branch, value: entityAs(branch.value, type) }));
      return { ...value, branches, type };
    }
    default:
      return value;
  }
}

/** A single value as one of a single type. */
function castSingle(context: PlanContext, operand: Exclude<Bound, { kind: 'null' }>, type: EdmType): Bound {
  if (isSameType(operand.type, type)) return operand;
  // A floating-point type may not hold it.
  const isKept = numericRank(type) > 0 && !isFloating(type);
  if (operand.kind === 'value' && operand.literal && operand.literal.type !== 'string' && isKept) {
    const { literal } = operand;
    const isExponent = literal.type === 'double' && type === edm('Edm.Decimal');
    const value = isExponent ? exactly(context, literal) : convert(context, operand, type);
    if (value && typeOf(value) === type) return value;
  }
  return { kind: 'convert', operand, type, nullable: true, mayFail: true };
}

/** Null where the facets of a definition do not hold the value. */
function fitted(value: Bound, definition: TypeDefinition | undefined): Bound {
  const held = definition && heldBy(definition);
  return held && value.kind !== 'null' ? callOf(held, [value], value.type, true) : value;
}

function castItems(context: PlanContext, operand: Exclude<Bound, { kind: 'null' }>, item: Target): Bound {
  const type = { kind: 'collection', of: item.type } as const;
  if (isMembers(operand))
    return ofMembers(operand, (members) => {
      const value = planCast(context, members.value, item);
      return value.kind === 'null' ? value : { ...members, value, type: { kind: 'collection', of: value.type } };
    });
  const isOpen = operand.type === untyped;
  if (isOpen && item.type.kind === 'complex')
    return whereTrue(areOf(context, operand, item), itemsAs(context, operand, item.type, item.place));
  if (!isOpen && (isSameType(operand.type, type) || isAlike(operand.type, type)) && !item.definition) return operand;
  if ((operand.type.kind !== 'collection' && !isOpen) || isStructured(item.type) || itemsTypeOf(operand))
    return { kind: 'null' };
  const collection = valuesOf(isOpen ? untypedItems(operand) : operand);
  const value = planCast(context, elementOf(collection.element), item);
  const gathered: Bound = { kind: 'gathered', collection, value, type, nullable: !isOpen && operand.nullable };
  return isOpen ? whereTrue(isArray(operand), gathered) : gathered;
}

// ---- isof

/** The value is of the type, and not null; one of a definition has its underlying type and fits its facets. URL Conventions §5.1.1.10.2 */
function planIsOf(context: PlanContext, operand: Exclude<Bound, { kind: 'null' }>, target: Target): Bound {
  const { type, definition } = target;
  if (type.kind === 'collection') return areOf(context, operand, { ...target, type: type.of });
  if (isMembers(operand)) return always(false);
  if (operand.type === untyped && type.kind === 'complex') return tells(context, operand, type);
  if (isStructured(type) || isStructured(operand.type)) {
    const value = castStructured(operand, type);
    return value.kind === 'null' ? always(false) : isNotNull(value);
  }
  const value = operand.type === untyped ? (convert(context, operand, type) ?? operand) : operand;
  if (value.kind === 'null' || !isSameType(value.type, type)) return always(false);
  const isDeclared = value.kind === 'property' && value.property.definition === definition;
  return isNotNull(isDeclared ? value : fitted(value, definition));
}

/** All items are of the type. */
function areOf(context: PlanContext, operand: Exclude<Bound, { kind: 'null' }>, item: Target): Bound {
  if (isMembers(operand)) return membersAreOf(operand, item);
  const isOpen = operand.type === untyped;
  if (operand.type.kind !== 'collection' && !isOpen) return always(false);
  const { type } = operand;
  if (type.kind === 'collection' && !isSameType(type.of, item.type) && !isAlike(type.of, item.type))
    return always(false);
  if (!isOpen && !item.definition) return isNotNull(operand);
  const collection = valuesOf(isOpen ? untypedItems(operand) : operand);
  const element = elementOf(collection.element);
  // Null is an item of every collection.
  const test = either(equal(element, { kind: 'null' }), planIsOf(context, element, item));
  return allOf([
    isOpen ? isArray(operand) : isNotNull(operand),
    { kind: 'exists', collection, quantifier: 'all', predicate: test, type: booleanType, nullable: false },
  ]);
}

function membersAreOf(operand: Members, item: Target): Bound {
  return holdsOf(operand, (members) => {
    const value = castStructured(members.value, item.type);
    if (value.kind === 'null') return always(false);
    const areThere = negated(areNull(members, members.place));
    return value === members.value ? areThere : both(areThere, quantified(members, 'all', isNotNull(value)));
  });
}
