/** URL Conventions §5.1.1, ABNF 4: common expressions, operators and their precedence (§5.1.1.17). */
import type { Binary, BinaryOperator, Expression, Unary } from './ast';
import { balancedTree } from './balanced';
import type { Cursor } from './cursor';
import { parsePrimary } from './primary';

interface Operator {
  readonly operator: BinaryOperator;
  readonly precedence: number;
}

/** One that has been read. */
interface FoundOperator extends Operator {
  readonly at: number;
}

/**
 * Binary operators, the loosest first. `has` and `in` belong to the primary expressions and bind tighter than the unary ones: they are
 * not in this table. §5.1.1.17
 */
const levels: readonly (readonly BinaryOperator[])[] = [
  ['or'],
  ['and'],
  ['eq', 'ne'],
  ['gt', 'ge', 'lt', 'le'],
  ['add', 'sub'],
  ['mul', 'div', 'divby', 'mod'],
];
const operators = new Map<string, Operator>(
  levels.flatMap((names, precedence) => names.map((operator) => [operator, { operator, precedence }])),
);

/** commonExpr: operands and operators, read in one pass with two stacks. */
export function parseExpression(cursor: Cursor): Expression {
  cursor.enter();
  const stack = new OperatorStack(cursor);
  stack.operand(parseUnary(cursor));
  for (let next = takeOperator(cursor); next; next = takeOperator(cursor)) {
    stack.operator(next);
    stack.operand(parseUnary(cursor));
  }
  cursor.leave();
  return stack.result();
}

/** negateExpr = "-" BWS commonExpr; notExpr = "not" RWS boolCommonExpr */
function parseUnary(cursor: Cursor): Expression {
  const code = cursor.code();
  if ((code | 0x20) === letterN && cursor.sees(notWord)) return parsePrefix(cursor, 'not', 3);
  if (code === minus && !cursor.sees(signedNumber)) return parsePrefix(cursor, 'negate', 1);
  return parsePrimary(cursor);
}

const letterN = 0x6e;
const minus = 0x2d;
const notWord = /not(?=[ \t(])/iy;
const signedNumber = /-(?:\d|INF)/y;

function parsePrefix(cursor: Cursor, operator: Unary['operator'], length: number): Unary {
  cursor.enter();
  const place = cursor.place();
  cursor.position += length;
  cursor.skipSpace();
  const operand = parseUnary(cursor);
  cursor.leave();
  return { kind: 'unary', operator, operand, place };
}

/** RWS operator RWS; the space may be missing next to a parenthesis. */
function takeOperator(cursor: Cursor): FoundOperator | undefined {
  const start = cursor.position;
  const spaced = cursor.skipSpace();
  if (spaced || cursor.text.charAt(start - 1) === ')') {
    const at = cursor.position;
    const found = operators.get(cursor.match(operatorWord)?.toLowerCase() ?? '');
    if (found) {
      cursor.skipSpace();
      return { ...found, at };
    }
  }
  cursor.note('an operator');
  cursor.position = start;
  return undefined;
}

const operatorWord = /(?:and|or|eq|ne|gt|ge|lt|le|add|sub|mul|divby|div|mod)(?=[ \t(])/iy;

/** Operands and operators still to be joined. A tie goes to the left; a chain of `and` or `or` becomes a balanced tree. */
class OperatorStack {
  readonly #operands: Expression[] = [];
  readonly #heights: number[] = [];
  readonly #operators: FoundOperator[] = [];

  constructor(readonly cursor: Cursor) {}

  operand(expression: Expression): void {
    this.#operands.push(expression);
    this.#heights.push(0);
  }

  operator(next: FoundOperator): void {
    for (let top = this.#operators.at(-1); top && joinsFirst(top, next); top = this.#operators.at(-1)) this.join(top);
    this.#operators.push(next);
  }

  result(): Expression {
    for (let top = this.#operators.at(-1); top; top = this.#operators.at(-1)) this.join(top);
    const [expression] = this.#operands;
    if (!expression) throw this.cursor.failure('an expression');
    return expression;
  }

  private join({ operator, at }: FoundOperator): void {
    let count = 2;
    this.#operators.pop();
    for (; isLogical(operator) && this.#operators.at(-1)?.operator === operator; count++) this.#operators.pop();
    const operands = this.#operands.splice(-count);
    const height = Math.max(...this.#heights.splice(-count)) + Math.ceil(Math.log2(count));
    this.cursor.allowHeight(height);
    this.#heights.push(height);
    this.#operands.push(balancedTree(operands, (left, right) => binary(this.cursor, operator, at, left, right)));
  }
}

const isLogical = (operator: BinaryOperator): boolean => operator === 'and' || operator === 'or';
const joinsFirst = (top: Operator, next: Operator): boolean =>
  top.precedence > next.precedence || (top.precedence === next.precedence && !isLogical(next.operator));

/** A node for an operator between two operands; it starts where its left operand does. */
export function binary(
  cursor: Cursor,
  operator: BinaryOperator,
  operatorAt: number,
  left: Expression,
  right: Expression,
): Binary {
  return { kind: 'binary', operator, left, right, place: cursor.place(left.place.at), operatorAt };
}
