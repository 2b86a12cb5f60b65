/** The value of a single option, parsed: what a request does with many at once. */
import { parseTransformations } from '../../../src/odata/url/apply';
import { parseComputeItems } from '../../../src/odata/url/compute';
import { parseAll, type Cursor } from '../../../src/odata/url/cursor';
import { parseExpandItems } from '../../../src/odata/url/expand';
import { parseOrderbyItems } from '../../../src/odata/url/orderby';
import { parseSearchOption } from '../../../src/odata/url/search';
import { parseSelectItems } from '../../../src/odata/url/select';

const whole =
  <T>(parse: (cursor: Cursor) => T) =>
  (text: string, source: string): T =>
    parseAll(text, source, parse);

export const parseApply = whole(parseTransformations);
export const parseCompute = whole(parseComputeItems);
export const parseExpand = whole(parseExpandItems);
export const parseOrderby = whole(parseOrderbyItems);
export const parseSearch = whole(parseSearchOption);
export const parseSelect = whole(parseSelectItems);
