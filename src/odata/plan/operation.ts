/** Calls of functions and actions in the path: which overload is meant, and with which arguments. Protocol §11.5 */
import { odataError, ODataError } from '../error';
import { typeName } from '../model/edm';
import { lineage } from '../model/inheritance';
import type { EdmType, EntityType, Model } from '../model/model';
import { isBoundTo, type FunctionOperation, type Operation, type Parameter } from '../model/operation';
import { primitiveType } from '../model/types';
import type { Bindings, Slot, SqlValue } from '../sql';
import { parseExpression } from '../url';
import type { Argument, Expression, ListExpression, Literal, NameSegment } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { convert } from './coerce';
import { placeOf, type PlanContext, type Scope } from './context';
import { planAny } from './expression';
import { checkLength } from './list';
import { follow } from './followed-alias';
import { valueAs } from './literal';
import type { Bound } from './plan';
import { localName } from './type-names';

/** An operation with the values of its parameters; those of actions come in the body. */
export interface Call {
  readonly operation: Operation;
  readonly arguments: ReadonlyMap<string, Bound>;
}

/** What a call in the path is bound to: where the path has come to, or nothing at the service root. */
type BoundTo = { readonly type: EntityType; readonly single: boolean } | undefined;

/**
 * The call that a segment stands for; undefined when no operation of that name can stand here. In an expression, whose scope is given
 * then, the arguments are expressions, and nothing in the query string is a parameter. Protocol §11.5.3, §11.5.4.2
 */
export function planOperation(
  context: PlanContext,
  boundTo: BoundTo,
  segment: NameSegment,
  scope?: Scope,
): Call | undefined {
  const overloads = overloadsOf(context, boundTo, segment, scope);
  const [first] = overloads;
  if (!first) return undefined;
  if (first.kind === 'action') return scope ? { operation: first, arguments: new Map() } : actionCall(first, segment);
  const functions = overloads.filter((one) => one.kind === 'function');
  const given = namedArguments(functions, segment);
  const implicit = scope ? new Set<string>() : context.implicitParameters;
  const fitting = functions.filter(({ parameters }) => accepts(parameters, given, implicit));
  const chosen = mostSpecific(fitting, given, implicit);
  if (!chosen) throw noOverload(functions, given, segment);
  return { operation: chosen, arguments: argumentsOf(context, chosen, given, scope) };
}

/** All operations of a name, qualified or not: an unqualified one is of the default namespace. Protocol §4.4 */
export function operationsNamed({ namespace, operations }: Model, name: string): readonly Operation[] {
  const local = localName(namespace, name);
  return operations.filter((operation) => operation.name === local);
}

/** Those that can be called here; a path begins with the name of an import. Protocol §4.4, CSDL §13.6 */
function overloadsOf(
  { model }: PlanContext,
  boundTo: BoundTo,
  { name }: NameSegment,
  scope: Scope | undefined,
): readonly Operation[] {
  if (boundTo === undefined && !scope && name.includes('.')) return [];
  const named = operationsNamed(model, name);
  if (!boundTo) return named.filter(({ binding }) => binding === undefined);
  const { type, single } = boundTo;
  // What is bound to the type itself comes before what its bases have of the name.
  return lineage(type).flatMap((base) =>
    named.filter((operation) => operation.binding?.type === base && isBoundTo(operation, base, !single)),
  );
}

function actionCall(operation: Operation, { name, arguments: given, place }: NameSegment): Call {
  if (given)
    throw odataError(
      'SyntaxError',
      { message: `The parameters of the action ${name} stand in the body of the request, not in its URL.` },
      placeOf(place),
    );
  return { operation, arguments: new Map() };
}

// ---- overloads

type Given = ReadonlyMap<string, Argument>;

function namedArguments(functions: readonly FunctionOperation[], { name, arguments: list = [] }: NameSegment): Given {
  const given = new Map<string, Argument>();
  for (const argument of list) {
    if (argument.name === undefined)
      throw odataError(
        'SyntaxError',
        { message: `The parameters of ${name} are given by name: ${signatures(functions)}.` },
        placeOf(argument.place),
      );
    if (given.has(argument.name))
      throw odataError(
        'SyntaxError',
        { message: `The parameter "${argument.name}" is given twice.` },
        { target: argument.name },
      );
    given.set(argument.name, argument);
  }
  return given;
}

/** All that is given is a parameter, and all that must be given is. Optional ones may be left out. Core.OptionalParameter */
const accepts = (parameters: readonly Parameter[], given: Given, implicit: ReadonlySet<string>): boolean =>
  [...given.keys()].every((name) => parameters.some((parameter) => parameter.name === name)) &&
  parameters.every(({ name, optional }) => optional || given.has(name) || implicit.has(name));

/** The overload that uses most of what is given; without parameters in the query string that is the one that was named. */
function mostSpecific(
  fitting: readonly FunctionOperation[],
  given: Given,
  implicit: ReadonlySet<string>,
): FunctionOperation | undefined {
  const used = ({ parameters }: FunctionOperation): number =>
    parameters.filter(({ name }) => given.has(name) || implicit.has(name)).length;
  const unused = (one: FunctionOperation): number => one.parameters.length - used(one);
  return [...fitting].sort((left, right) => used(right) - used(left) || unused(left) - unused(right))[0];
}

function noOverload(functions: readonly FunctionOperation[], given: Given, { name, place }: NameSegment): Error {
  const [only, another] = functions;
  const unknown = [...given.keys()].find((one) =>
    functions.every(({ parameters }) => parameters.every((parameter) => parameter.name !== one)),
  );
  if (unknown !== undefined) {
    const names = functions.flatMap(({ parameters }) => parameters.map((parameter) => parameter.name));
    return odataError(
      'BadRequest',
      {
        message: `${name} has no parameter "${unknown}".${didYouMean(unknown, names)} It takes ${signatures(functions)}.`,
      },
      { target: unknown },
    );
  }
  const missing = only?.parameters.find((parameter) => !parameter.optional && !given.has(parameter.name));
  if (missing && !another)
    return odataError(
      'BadRequest_RequiredParamNotProvided',
      { message: `The parameter "${missing.name}" of ${name} must be provided.` },
      { target: missing.name },
    );
  return odataError(
    'BadRequest',
    { message: `No overload of ${name} takes these parameters. It takes ${signatures(functions)}.` },
    { target: place.source },
  );
}

const signatures = (functions: readonly FunctionOperation[]): string =>
  functions
    .map(({ parameters }) => `(${parameters.map(({ name, type }) => `${name}: ${typeName(type)}`).join(', ')})`)
    .join(' or ');

// ---- values

function argumentsOf(
  context: PlanContext,
  { parameters }: FunctionOperation,
  given: Given,
  scope: Scope | undefined,
): ReadonlyMap<string, Bound> {
  const valueOf = (parameter: Parameter): Bound => {
    const expression = given.get(parameter.name)?.value ?? (scope ? undefined : implicitValue(context, parameter.name));
    return expression ? retargeted(parameter, () => argument(context, parameter, expression, scope)) : left(parameter);
  };
  return new Map(parameters.map((parameter) => [parameter.name, valueOf(parameter)]));
}

/** `…/agedReceivables?asOf=2026-03-31`, or `@asOf=…`. Protocol §11.5.4.1.1 */
function implicitValue(context: PlanContext, name: string): Expression | undefined {
  const text = context.implicitText(name);
  return text === undefined ? context.alias(name, undefined) : parseExpression(text, name);
}

/** The value of an optional parameter that was left out. */
const left = ({ type, defaultValue }: Parameter): Bound =>
  defaultValue === undefined ? { kind: 'null' } : { kind: 'value', slot: () => defaultValue, type, nullable: false };

/** The value of a parameter. An alias may stand for an alias; `before` are those that have been followed. URL Conventions §5.3 */
function argument(
  context: PlanContext,
  parameter: Parameter,
  node: Expression,
  scope: Scope | undefined,
  before = scope?.aliases,
): Bound {
  const { name, type, nullable } = parameter;
  if (node.kind === 'alias') {
    const own = context.value(node.name);
    if (own && own.kind !== 'null') return convert(context, own, type) ?? wrongType(parameter, scope);
    const value = own ? undefined : context.alias(node.name, scope?.options);
    const aliases = follow(context, before, node, scope?.options);
    const behind = value ?? { kind: 'null', place: node.place };
    return argument(context, parameter, behind, scope && { ...scope, aliases }, aliases);
  }
  if (node.kind === 'null') {
    if (nullable) return { kind: 'null' };
    throw invalid(name, 'must not be null');
  }
  if (node.kind === 'literal' && type.kind !== 'collection')
    return { kind: 'value', slot: literalSlot(context, parameter, type, node), type, nullable: false };
  if (node.kind === 'list' && type.kind === 'collection')
    return { kind: 'value', slot: listSlot(context, parameter, type.of, node), type, nullable: false };
  const bound = scope && convert(context, planAny(context, scope, node), type);
  return bound ?? wrongType(parameter, scope);
}

function wrongType({ name, type }: Parameter, scope: Scope | undefined): never {
  const wanted = type.kind === 'collection' ? 'a list of values' : scope ? 'a value' : 'a literal';
  throw invalid(name, `must be ${wanted} of ${typeName(type)}`);
}

function literalSlot(context: PlanContext, parameter: Parameter, type: EdmType, literal: Literal): Slot {
  const bound = valueAs(context, literal, type);
  if (!bound || (isWhole(type) && literal.type !== 'integer' && literal.type !== 'string'))
    throw invalid(parameter.name, `must be a value of ${typeName(type)}, not ${literal.raw}`);
  const slot: Slot = (bindings) => retargeted(parameter, () => held(parameter, type, bound.slot(bindings)));
  held(parameter, type, literalText(type, literal));
  return slot;
}

/** Only whole numbers are values of it. */
const isWhole = (type: EdmType): boolean => type.kind === 'primitive' && primitiveType(type.name).range !== undefined;

/** What the text of a literal says where its form decides no further: lengths and ranges are looked at once now, for this request. */
const literalText = (type: EdmType, { text }: Literal): SqlValue => (type.kind === 'enum' ? null : text);

function listSlot(context: PlanContext, parameter: Parameter, type: EdmType, list: ListExpression): Slot {
  checkLength(context, list);
  const slots = list.items.map((item) => {
    if (item.kind !== 'literal') throw invalid(parameter.name, `must be a list of literals of ${typeName(type)}`);
    return literalSlot(context, parameter, type, item);
  });
  return (bindings: Bindings) =>
    slots.map((slot) => {
      const value = slot(bindings);
      return typeof value === 'string' ? value : null;
    });
}

/** The value when the parameter's facets hold it. */
function held({ name, maxLength }: Parameter, type: EdmType, value: SqlValue): SqlValue {
  if (typeof value !== 'string' || type.kind !== 'primitive') return value;
  const { range } = primitiveType(type.name);
  if (range && /^[+-]?\d+$/.test(value) && (BigInt(value) < range[0] || BigInt(value) > range[1]))
    throw invalid(name, `is outside the range of ${type.name}`);
  if (type.name === 'Edm.String' && maxLength !== undefined && [...value].length > maxLength)
    throw odataError(
      'Application_StringExceededLength',
      { name, length: [...value].length, limit: maxLength },
      { target: name },
    );
  return value;
}

const invalid = (name: string, message: string): Error =>
  odataError('InvalidValue', { message: `The parameter "${name}" ${message}.` }, { target: name });

/** An error about a value names the parameter, wherever its text stands. */
function retargeted<T>({ name }: Parameter, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ODataError) || error.target === name) throw error;
    throw new ODataError(error.code, error.message, { target: name, cause: error });
  }
}
