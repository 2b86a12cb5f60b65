/**
 * $search: an entity or a complex value matches a term when one of its searchable texts contains it, any other value when its own text
 * does, whatever the case of the letters. AND, OR and NOT are those of conditions. URL Conventions §5.1.8.1
 */
import { odataError, unreachable } from '../error';
import { booleanType, edm, isSameType } from '../model/edm';
import { searchableProperties } from '../model/searchable';
import type { SearchExpression } from '../url/ast';
import { elementOf } from './collection-property';
import { allOf, always, both, either, negated } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { variantsOf } from './members';
import { callOf, isLike } from './own-functions';
import { containsPattern } from './patterns';
import type { Bound, Element } from './plan';
import { planVariants } from './row-values';

/** Stands between the texts that are searched as one; no term may hold it, so that none matches across two of them. */
export const SEPARATOR = '\u001f';

type Term = Extract<SearchExpression, { kind: 'term' }>;

/** What holds where a word is found. */
type Found = (word: string) => Bound;

/** The condition that a search expression puts on the rows of the scope. */
export function planSearch(context: PlanContext, scope: Scope, expression: SearchExpression): Bound {
  const { current: range } = scope;
  const { type } = range;
  const variants = variantsOf(scope, range);
  if (variants && variants.scopes.some(isSearchable)) {
    const found = variants.scopes.map((one) =>
      isSearchable(one) ? planSearch(context, one, expression) : always(false),
    );
    return planVariants(context, variants.discriminator, found, expression.place);
  }
  const texts = searchableProperties(type).length;
  if (texts === 0)
    throw notImplemented(`$search of '${type.name}', which has no searchable properties,`, expression.place);
  return planNode(expression, (word) => {
    context.count(expression.place, texts);
    return { kind: 'search', range, slot: () => word, type: booleanType, nullable: false };
  });
}

/** Some rows have searchable properties. */
export function isSearchable(scope: Scope): boolean {
  const { scopes = [] } = variantsOf(scope, scope.current) ?? {};
  return searchableProperties(scope.current.type).length > 0 || scopes.some(isSearchable);
}

/** The condition that it puts on the members of a collection of values, by their texts: `cast(…,Edm.String)` of them. */
export function planSearchOfValues(context: PlanContext, element: Element, expression: SearchExpression): Bound {
  const value = elementOf(element);
  const text = isSameType(element.type, string)
    ? value
    : ({ kind: 'convert', operand: value, type: string, nullable: true, mayFail: true } as const);
  return planNode(expression, (word) => {
    context.count(expression.place);
    const pattern: Bound = { kind: 'value', slot: () => containsPattern(word), type: string, nullable: false };
    return callOf(isLike, [text, pattern], booleanType, false);
  });
}

const string = edm('Edm.String');

function planNode(node: SearchExpression, found: Found): Bound {
  switch (node.kind) {
    case 'term':
      return allOf(words(node).map((word) => planTerm(node, word, found)));
    case 'not':
      return negated(planNode(node.operand, found));
    case 'and':
      return both(planNode(node.left, found), planNode(node.right, found));
    case 'or':
      return either(planNode(node.left, found), planNode(node.right, found));
    default:
      return unreachable(node);
  }
}

/** What a user is still typing is taken as words that must all be there, in any order. */
function words({ incomplete, text }: Term): readonly string[] {
  if (!incomplete) return [text];
  const found = new Set(text.split(/[\s"]+/).filter((word) => word !== ''));
  return found.size > 0 ? [...found] : [''];
}

function planTerm({ place }: Term, text: string, found: Found): Bound {
  if (text.includes(SEPARATOR) || text.includes('\0'))
    throw odataError('InvalidValue', { message: 'A search term must not hold control characters.' }, placeOf(place));
  return found(text);
}
