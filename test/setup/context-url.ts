/** The grammar of context URLs: what an answer says of itself behind `$metadata#`. OData ABNF, rule context; Protocol §10 */

/** What a fragment names: properties, sets and types, in order; unqualified names can be looked up in the model. */
export interface ContextNames {
  readonly kind: 'context';
  readonly names: readonly string[];
}

const identifier = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}\p{Cf}]{0,127}/uy;
const suffix = /\/(?:\$entity|\$delta|\$deletedEntity|\$link|\$deletedLink)$/y;
/** A key: one value or named ones; a list of names alone is no key. */
const keyValue = `(?:'(?:[^']|'')*'|-?\\d[\\w:.+-]*|[0-9A-Fa-f]{8}-[\\w-]+|[\\w.]+'[^']*'|true|false|duration'[^']*')`;
const key = new RegExp(`\\((?:${keyValue}|[A-Za-z_]\\w*=${keyValue}(?:,[A-Za-z_]\\w*=${keyValue})*)\\)`, 'uy');

/** Parses the fragment, `#` included; throws where it is none. */
export function parseContext(fragment: string): ContextNames {
  const reader = new Reader(decodeURIComponent(fragment.replace(/%(23|2523)/gi, '%25$1')));
  reader.expect('#');
  context(reader);
  if (!reader.atEnd) throw reader.failure();
  return { kind: 'context', names: reader.names };
}

class Reader {
  position = 0;
  readonly names: string[] = [];

  constructor(private readonly text: string) {}

  get atEnd(): boolean {
    return this.position === this.text.length;
  }

  take(text: string): boolean {
    if (!this.text.startsWith(text, this.position)) return false;
    this.position += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.failure();
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    this.position += found?.length ?? 0;
    return found;
  }

  sees(text: string): boolean {
    return this.text.startsWith(text, this.position);
  }

  failure(): Error {
    return new Error(`'${this.text}' is no context at ${this.position}`);
  }
}

/** An identifier, or several with dots between them: a qualified name. */
function name(reader: Reader): string {
  let text = reader.match(identifier);
  if (text === undefined) throw reader.failure();
  while (!reader.sees('.*') && reader.take('.')) {
    const next = reader.match(identifier);
    if (next === undefined) throw reader.failure();
    text += `.${next}`;
  }
  if (!text.includes('.')) reader.names.push(text);
  return text;
}

/** context = "#" … : references, a collection of a type, or a path from a set, singleton or type with what was selected. */
function context(reader: Reader): void {
  if (reader.take('$ref') || reader.take('Collection($ref)')) return;
  if (reader.take('Collection(')) {
    name(reader);
    reader.expect(')');
    if (reader.sees('(')) selection(reader);
    return;
  }
  name(reader);
  for (;;) {
    if (reader.match(suffix) !== undefined) return;
    if (reader.match(key) === undefined && reader.sees('(')) {
      selection(reader);
      reader.match(suffix);
      return;
    }
    if (!reader.take('/')) return;
    name(reader);
  }
}

/** selectList = OPEN [ selectListItem *( COMMA selectListItem ) ] CLOSE */
function selection(reader: Reader): void {
  reader.expect('(');
  if (reader.take(')')) return;
  do item(reader);
  while (reader.take(','));
  reader.expect(')');
}

/** A path of names, an annotation, `*` or all operations of a namespace; behind it what was selected there, `+` where it recurs. */
function item(reader: Reader): void {
  if (reader.take('*')) return;
  do {
    const isAnnotation = reader.take('@');
    if (isAnnotation) annotation(reader);
    else name(reader);
    if (reader.take('.*')) return;
  } while (reader.take('/'));
  reader.take('+');
  if (reader.sees('(')) selection(reader);
}

function annotation(reader: Reader): void {
  const term = name(reader);
  if (!term.includes('.')) throw reader.failure();
  if (reader.take('#') && reader.match(identifier) === undefined) throw reader.failure();
}
