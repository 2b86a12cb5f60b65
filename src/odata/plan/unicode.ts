/** The characters with a property of Unicode. ECMAScript: UnicodePropertyValueExpression */
import { charactersFound, setOf, type CharacterSet } from './character-set';
import { properties } from './unicode-properties';

const known = new Map<string, CharacterSet>();

/** The characters with a property such as `Script=Greek`, as this JavaScript knows them. Throws a SyntaxError for what is none. */
export function charactersWith(property: string): CharacterSet {
  const found = known.get(property) ?? charactersNamed(property) ?? charactersFound(property);
  known.set(property, found);
  return found;
}

let table: ReadonlyMap<string, string | readonly string[]> | undefined;

/** What the table of properties has under a name: characters and further properties, or a shorter name. */
function told(name: string): string | readonly string[] | undefined {
  table ??= new Map(Object.entries(JSON.parse(properties) as Readonly<Record<string, string | readonly string[]>>));
  return table.get(name);
}

/** Those that the table has, where it is of the Unicode of this JavaScript: to look for them takes a hundred times as long. */
function charactersNamed(property: string): CharacterSet | undefined {
  if (told('//Unicode') !== process.versions['unicode']) return undefined;
  const [, prefix, name = ''] = /^(?:(\w+)=)?(\w+)$/.exec(property) ?? [];
  const short = shortest(name);
  const [entry] = (prefix === undefined ? [`gc=${short}`, short] : [`${shortest(prefix)}=${short}`]).flatMap((key) => {
    const has = told(key);
    return typeof has === 'object' ? [has] : [];
  });
  if (!entry) return undefined;
  const [members = '', ...others] = entry;
  return setOf([...ranges(members), ...others.flatMap(charactersWith)]);
}

function shortest(name: string): string {
  const short = told(`/${name}`);
  return typeof short === 'string' ? short : name;
}

const range = /(\\U[\da-f]{8}|.)(?:-(\\U[\da-f]{8}|.))?/gsu;

/** What the table writes between brackets; U+0000 alone, which no text has, where there is nothing. */
const ranges = (members: string): CharacterSet =>
  Array.from(
    members.matchAll(range),
    ([, first = '', last = first]) => [pointOf(first), pointOf(last)] as const,
  ).filter(([, last]) => last > 0);

const pointOf = (written: string): number =>
  written.startsWith('\\U') ? parseInt(written.slice(2), 16) : (written.codePointAt(0) ?? 0);
