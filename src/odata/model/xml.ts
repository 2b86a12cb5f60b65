/** Just enough XML 1.0 to write a document; everything that enters it is escaped here. */

/** An element that is written: a bare string is none, so that nothing enters a document unescaped. */
class Written {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type Xml = Written;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element; attributes that are undefined are left out. `content` is text, or elements that are written already. */
export function element(name: string, attributes: Attributes, content: string | readonly Xml[] = []): Xml {
  const start = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([attribute, value]) => ` ${attribute}="${escapeXml(String(value))}"`)
    .join('');
  const inner = typeof content === 'string' ? escapeXml(content) : content.join('');
  return new Written(inner === '' ? `<${name}${start}/>` : `<${name}${start}>${inner}</${name}>`);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** What XML cannot hold at all becomes the replacement character. XML 1.0 §2.2 */
const impossible = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const escapeXml = (text: string): string =>
  text.replace(impossible, '\ufffd').replace(/[&<>"\t\n\r]/g, (character) => entities[character] ?? character);
