/** The properties that rows' patterns may name are those of this JavaScript. `UPDATE_UNICODE=1 npm test -- unicode` writes them anew. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { charactersWith, setOf } from '../../src/odata/plan/character-set';
import { properties } from '../../src/odata/plan/unicode-properties';
import { moduleOf, propertiesAsJson, propertiesOf } from '../setup/unicode-properties';

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
