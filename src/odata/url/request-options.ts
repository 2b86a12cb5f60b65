/** URL Conventions §5: the query options of a request. */
import type { Ast } from './ast';
import { Cursor, type Limits } from './cursor';
import { optionNamed, readAlias, readOption, repeatedOption, unknownOption, type OptionValues } from './options';

type Custom = Ast['custom'][number];

/** The options while they are being read. */
interface Reading {
  readonly options: OptionValues;
  readonly custom: Custom[];
  readonly repeated: string[];
}

/** queryOptions = queryOption *( "&" queryOption ), split and decoded already */
export function parseRequestOptions(
  given: readonly { readonly name: string; readonly value: string }[],
  limits: Limits,
): Pick<Ast, 'options' | 'custom' | 'repeated'> {
  const reading: Reading = { options: {}, custom: [], repeated: [] };
  for (const { name, value } of given) readRequestOption(name, value, limits, reading);
  return reading;
}

/** queryOption = systemQueryOption / aliasAndValue / nameAndValue / customQueryOption */
function readRequestOption(name: string, value: string, limits: Limits, into: Reading): void {
  const { options, custom, repeated } = into;
  if (name.startsWith('@')) {
    const alias = aliasName(name);
    if (options.aliases?.has(alias)) repeated.push(name);
    readWhole(new Cursor(value, name, limits), (cursor) => readAlias(cursor, alias, options));
    return;
  }
  const option = isImplicitCount(name, value) ? undefined : optionNamed(name);
  if (option) {
    if (options[option] !== undefined) repeated.push(option);
    readWhole(new Cursor(value, option, limits), (cursor) => readOption(cursor, option, options));
    return;
  }
  if (name.startsWith('$')) throw unknownOption(name);
  custom.push({ name, value, place: { source: name, at: 0 } });
}

/** The grammar lets an option stand twice, the protocol does not. Protocol §11.2.1 */
export function refuseRepeated({ repeated: [first] }: Pick<Ast, 'repeated'>): void {
  if (first !== undefined) throw repeatedOption(first);
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
