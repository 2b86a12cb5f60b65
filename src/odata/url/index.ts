/**
 * The URL grammar of OData 4.01 and of its Data Aggregation extension: text in, Ast out, no model known. One file is one chapter of the
 * grammar; the ABNF production stands as the comment of the function that parses it.
 */
import type { Ast, Expression, PathSegment, SourceName, UrlParts } from './ast';
import { defaultLimits, parseAll, type Limits } from './cursor';
import { parseExpression as readExpression } from './expression';
import { parsePathBehind } from './path';
import { parseRequestOptions, refuseRepeated } from './request-options';
import { checkEntityRequest, parseResourcePath } from './resource-path';

export { defaultLimits, type Limits } from './cursor';
export { didYouMean } from './did-you-mean';
export { literalText } from './literal';
export { isIdentifier } from './names';
export { optionNamed, unknownOption, type OptionName } from './options';
export { shapeOf } from './shape';
export { checkQueryBody, isToken, plusDecoded, splitQuery, splitUrl } from './split';

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

/** The segments behind what a path begins with: `salesInvoices/$filter(…)`, `$filter(…)`. */
export const parseSegments = (text: string, source: SourceName, limits?: Limits): readonly PathSegment[] =>
  parseAll(
    `/${text}`,
    source,
    (cursor) => parsePathBehind(cursor, { place: cursor.place(), segments: [] }).segments,
    limits,
  );
