/** URL Conventions §5: the query options of a request. */
import type { Ast } from './ast';
import { Cursor, type Limits } from './cursor';
import { optionNamed, readAlias, readOption, unknownOption, type OptionValues } from './options';

type Custom = Ast['custom'][number];

/** queryOptions = queryOption *( "&" queryOption ), split and decoded already */
export function parseRequestOptions(
  given: readonly { readonly name: string; readonly value: string }[],
  limits: Limits,
): Pick<Ast, 'options' | 'custom'> {
  const options: OptionValues = {};
  const custom: Custom[] = [];
  for (const { name, value } of given) {
    const other = readRequestOption(name, value, limits, options);
    if (other) custom.push(other);
  }
  return { options, custom };
}

/** queryOption = systemQueryOption / aliasAndValue / nameAndValue / customQueryOption */
function readRequestOption(name: string, value: string, limits: Limits, into: OptionValues): Custom | undefined {
  if (name.startsWith('@')) {
    readWhole(new Cursor(value, name, limits), (cursor) => readAlias(cursor, aliasName(name), into));
    return undefined;
  }
  const option = isImplicitCount(name, value) ? undefined : optionNamed(name);
  if (option) {
    readWhole(new Cursor(value, option, limits), (cursor) => readOption(cursor, option, into));
    return undefined;
  }
  if (name.startsWith('$')) throw unknownOption(name);
  return { name, value, place: { source: name, at: 0 } };
}

function readWhole(cursor: Cursor, read: (cursor: Cursor) => void): void {
  read(cursor);
  cursor.end();
}

const identifier = /^@[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*$/;

function aliasName(name: string): string {
  if (!identifier.test(name)) throw unknownOption(name);
  return name.slice(1);
}

/** `count=3` cannot be $count: it is the implicit parameter `count` of a function. Protocol §11.5.4.1 */
function isImplicitCount(name: string, value: string): boolean {
  return name.toLowerCase() === 'count' && /^\d+$/.test(value);
}
