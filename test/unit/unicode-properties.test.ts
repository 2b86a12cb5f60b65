/** The properties that rows' patterns may name are those of this JavaScript. `UPDATE_UNICODE=1 npm test -- unicode` writes them anew. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setOf } from '../../src/odata/plan/character-set';
import { charactersWith } from '../../src/odata/plan/unicode';
import { properties } from '../../src/odata/plan/unicode-properties';
import { foundOnce, moduleOf, namesOf, propertiesAsJson, propertiesOf } from '../setup/unicode-properties';

const file = join(__dirname, '../../src/odata/plan/unicode-properties.ts');
if (process.env['UPDATE_UNICODE'] === '1') writeFileSync(file, moduleOf(propertiesAsJson()));

const isOfThisVersion = properties.startsWith(`{"//Unicode":"${process.versions['unicode']}"`);

(isOfThisVersion ? test : test.skip)('[125] the file has what this version of Unicode has', () => {
  expect(properties).toBe(propertiesAsJson());
});

const halves = [0xd800, 0xdfff] as const;

test.each(['gc=', 'sc='] as const)('[125] each character has a %s… that is known', (prefix) => {
  expect(setOf([...propertiesOf(prefix).flatMap(charactersWith), halves])).toEqual([[0, 0x10ffff]]);
});

test('[125] by each of its names a property is the characters that this JavaScript finds', () => {
  for (const [name, shortest] of namesOf()) expect([name, charactersWith(name)]).toEqual([name, foundOnce(shortest)]);
  expect(namesOf().length).toBeGreaterThan(1500);
});

test.each([
  'Greek',
  'Script=L',
  'gc=Alphabetic',
  '/Letter',
  '//Unicode',
  'gc',
  'constructor',
  '',
  '=L',
  'L=',
  'gc=gc=L',
])('[125] %p is no property', (name) => {
  expect(() => charactersWith(name)).toThrow(SyntaxError);
});
