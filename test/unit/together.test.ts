/** Questions that become one: whose rows are whose. */
import { atOnce } from '../../src/odata/payload/turns';
import { extraSlot, forEachOf, param, prepare, sql } from '../../src/odata/sql';
import { callWith } from '../../src/odata/service/statement';
import { together } from '../../src/odata/service/together';
import type { TextRow } from '../../src/odata/service/wire-row';

const query = sql`select ${param(extraSlot('v'), 'text')}`;
const [one, many] = [prepare(query), prepare(forEachOf(query))];
const questions = ['a', 'b', 'a', 'c', 'd'].map((v) => ({ ...callWith(one, { v }), ofMany: () => many }));

/** The fields of a row as PostgreSQL sends them, behind some bytes of the message. */
function sent(fields: readonly string[]): readonly [row: Buffer, start: number] {
  const count = Buffer.alloc(2);
  count.writeInt16BE(fields.length);
  const parts = fields.flatMap((field) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(Buffer.byteLength(field));
    return [length, Buffer.from(field)];
  });
  return [Buffer.concat([Buffer.alloc(7), count, ...parts]), 7];
}

test('rows are told by the number of their question, and their long fields are left as they are until somebody asks', () => {
  const answers: (readonly [row: TextRow, place: number])[] = [];
  const [call, ...others] = atOnce(together(questions, (row, place) => answers.push([row, place])));
  expect(others).toEqual([]);
  expect(call?.values).toEqual([['a', 'b', 'a', 'c', 'd']]);
  const long = 'ü'.repeat(70_000);
  for (const fields of [
    [long, '4'],
    ['a', '1'],
    ['a', '3'],
  ])
    call?.onRow?.(...sent(fields), { pause: () => undefined, resume: () => undefined });
  expect(answers.map(([, place]) => place)).toEqual([3, 0, 2]);
  expect(Object.getOwnPropertyDescriptor(answers[0]?.[0], 0)).toHaveProperty('get');
  expect(answers.map(([row]) => [...row])).toEqual([[long], ['a'], ['a']]);
});
