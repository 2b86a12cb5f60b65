import { XMLParser } from 'fast-xml-parser';
import { element } from '../../../src/odata/model/xml';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  htmlEntities: true,
  trimValues: false,
});

test.each([
  ['plain', 'plain'],
  [`<&>"'`, `<&>"'`],
  ['two\nlines\tand\rmore', 'two\nlines\tand\rmore'],
  ['😀 ü', '😀 ü'],
  ['bell \u0007, half \ud800', 'bell \ufffd, half \ufffd'],
])('%j comes back', (text, expected) => {
  const attribute = element('a', { b: text }).toString();
  const content = element('a', {}, text).toString();
  expect(parser.parse(attribute)).toEqual({ a: { b: expected } });
  expect(parser.parse(content)).toEqual({ a: expected });
});

test('attributes without a value are left out, and empty elements are closed', () => {
  expect(element('a', { b: undefined, c: 0, d: false }).toString()).toBe('<a c="0" d="false"/>');
  expect(element('a', {}, [element('b', {}), element('c', {}, 'x')]).toString()).toBe('<a><b/><c>x</c></a>');
});
