/**
 * The URL grammar of OData 4.01 and of its Data Aggregation extension: text in, Ast out, no model known. One file is one chapter of the
 * grammar; the ABNF production stands as the comment of the function that parses it.
 */
import { parseTransformations } from './apply';
import type {
  Ast,
  ComputeItem,
  ExpandItem,
  Expression,
  OrderbyItem,
  Path,
  PathSegment,
  SearchExpression,
  SelectItem,
  SourceName,
  Transformation,
  UrlParts,
} from './ast';
import { parseComputeItems } from './compute';
import { Cursor, defaultLimits, parseAll, type Limits } from './cursor';
import { parseExpandItems } from './expand';
import { parseExpression as readExpression } from './expression';
import { parseOrderbyItems } from './orderby';
import { parsePathBehind } from './path';
import { parseRequestOptions, refuseRepeated } from './request-options';
import { checkEntityRequest, parseResourcePath } from './resource-path';
import { parseSearchOption } from './search';
import { parseSelectItems } from './select';

export { defaultLimits, type Limits } from './cursor';
export { didYouMean } from './did-you-mean';
export { literalText } from './literal';
export { isIdentifier } from './names';
export { optionNamed, unknownOption, type OptionName } from './options';
export { shapeOf } from './shape';
export { plusDecoded, splitQuery, splitUrl } from './split';

/** Parses a request target that was split, as the grammar has it. Throws the ODataError SyntaxError, UnknownOption, or that of a limit. */
export function parseUrl(parts: UrlParts, limits: Limits = defaultLimits): Ast {
  const path = parseResourcePath(parts.segments, limits);
  const options = parseRequestOptions(parts.options, limits);
  checkEntityRequest(path, options.options);
  return { path, trailingSlash: parts.trailingSlash, ...options };
}

/** The same for a request that is to be answered: no option may be given twice, else RepeatedOption. */
export function parseRequest(parts: UrlParts, limits?: Limits): Ast {
  const ast = parseUrl(parts, limits);
  refuseRepeated(ast);
  return ast;
}

/** commonExpr: also the value of an alias or of an implicit parameter. */
export const parseExpression = (text: string, source: SourceName, limits?: Limits): Expression =>
  parseAll(text, source, readExpression, limits);

/** boolCommonExpr: the value of $filter. */
export const parseFilter = parseExpression;

/** The value of $orderby. */
export const parseOrderby = (text: string, source: SourceName, limits?: Limits): readonly OrderbyItem[] =>
  parseAll(text, source, parseOrderbyItems, limits);

/** The value of $select. */
export const parseSelect = (text: string, source: SourceName, limits?: Limits): readonly SelectItem[] =>
  parseAll(text, source, parseSelectItems, limits);

/** The value of $expand. */
export const parseExpand = (text: string, source: SourceName, limits?: Limits): readonly ExpandItem[] =>
  parseAll(text, source, parseExpandItems, limits);

/** The value of $compute. */
export const parseCompute = (text: string, source: SourceName, limits?: Limits): readonly ComputeItem[] =>
  parseAll(text, source, parseComputeItems, limits);

/** The value of $search. */
export const parseSearch = (text: string, source: SourceName, limits?: Limits): SearchExpression =>
  parseAll(text, source, parseSearchOption, limits);

/** The value of $apply. */
export const parseApply = (text: string, source: SourceName, limits?: Limits): readonly Transformation[] =>
  parseAll(text, source, parseTransformations, limits);

/** firstMemberExpr: a path in an expression, nothing else. */
export function parsePath(text: string, source: SourceName, limits?: Limits): Path {
  const expression = parseExpression(text, source, limits);
  if (expression.kind === 'path') return expression;
  throw new Cursor(text, source).failure('a path');
}

/** The segments behind what a path begins with: `salesInvoices/$filter(…)`, `$filter(…)`. */
export const parseSegments = (text: string, source: SourceName, limits?: Limits): readonly PathSegment[] =>
  parseAll(
    `/${text}`,
    source,
    (cursor) => parsePathBehind(cursor, { place: cursor.place(), segments: [] }).segments,
    limits,
  );
