/**
 * $search: an entity matches a term when one of its searchable texts contains it, whatever the case of the letters. AND, OR and NOT are
 * those of conditions. URL Conventions §5.1.8.1
 */
import { odataError, unreachable } from '../error';
import { booleanType } from '../model/edm';
import { searchableProperties } from '../model/searchable';
import type { SearchExpression } from '../url/ast';
import { both, either, negated } from './conditions';
import { notImplemented, placeOf, type Scope } from './context';
import type { Bound } from './plan';

/** Stands between the texts that are searched as one; no term may hold it, so that none matches across two of them. */
export const SEPARATOR = '\u001f';

type Term = Extract<SearchExpression, { kind: 'term' }>;

/** The condition that a search expression puts on the entities of the scope. */
export function planSearch(scope: Scope, expression: SearchExpression): Bound {
  const { type } = scope.current;
  if (searchableProperties(type).length === 0)
    throw notImplemented(`$search of '${type.name}', which has no searchable properties,`, expression.place);
  return planNode(scope, expression);
}

function planNode(scope: Scope, node: SearchExpression): Bound {
  switch (node.kind) {
    case 'term':
      return words(node)
        .map((word) => planTerm(scope, node, word))
        .reduce(both);
    case 'not':
      return negated(planNode(scope, node.operand));
    case 'and':
      return both(planNode(scope, node.left), planNode(scope, node.right));
    case 'or':
      return either(planNode(scope, node.left), planNode(scope, node.right));
    default:
      return unreachable(node);
  }
}

/** What a user is still typing is taken as words that must all be there, in any order. */
function words({ incomplete, text }: Term): readonly string[] {
  if (!incomplete) return [text];
  const found = text.split(/[\s"]+/).filter((word) => word !== '');
  return found.length > 0 ? found : [''];
}

function planTerm({ current: range }: Scope, { place }: Term, text: string): Bound {
  if (text.includes(SEPARATOR) || text.includes('\0'))
    throw odataError('InvalidValue', { message: 'A search term must not hold control characters.' }, placeOf(place));
  return { kind: 'search', range, slot: () => text, type: booleanType, nullable: false };
}
