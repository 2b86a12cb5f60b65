/** What the documents show is what the service answers. `UPDATE_DOCS=1 npm test -- documents` writes the answers that are not. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settings } from '../../src/config';
import { startService, type Answer, type Json, type TestService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';
import {
  difference,
  elided,
  filled,
  SHOWN_ROOT,
  shownJson,
  workedRequests,
  type WorkedRequest,
} from '../setup/worked-requests';

const project = join(__dirname, '../..');
const documents = ['README.md', ...readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })]
  .filter((name) => name.endsWith('.md'))
  .map((name) => (name === 'README.md' ? name : join('docs', name)))
  .sort();
const update = process.env['UPDATE_DOCS'] === '1';

/** Where documents show the second model: what the payments have no example of. */
const SECOND = '/trip-pin/';

let service: TestService;
let second: TestService | undefined;
beforeEach(async () => {
  service = await startService();
  second = undefined;
});
afterEach(async () => {
  await service.close();
  await second?.close();
});

async function ask({ method, target, headers, body }: WorkedRequest, before: Json): Promise<Answer> {
  const sent = Object.entries(headers).map(([name, value]) => [name, filled(value, before)] as const);
  const isSecond = target.startsWith(SECOND);
  const asked = isSecond ? (second ??= await startTripPin()) : service;
  const path = filled(isSecond ? target.slice(SECOND.length) : target, before);
  return asked.send(method, path, Object.fromEntries(sent), body && filled(body, before));
}

/** The answer as documents show it. */
function shown({ text }: Answer): unknown {
  const own = text.replaceAll(service.root, SHOWN_ROOT);
  const moved = second ? own.replaceAll(second.root, new URL(SECOND, SHOWN_ROOT).href) : own;
  try {
    return JSON.parse(moved) as unknown;
  } catch {
    return moved;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.replace(/\n$/, '');
  }
}

const texts = documents.map((name) => [name, readFileSync(join(project, name), 'utf8')] as const);

it.each(texts.filter(([, text]) => workedRequests(text).length > 0))('%s shows real answers', async (name, text) => {
  const problems: string[] = [];
  let updated = text;
  let shift = 0;
  let before: Json = {};
  for (const request of workedRequests(text)) {
    const answer = await ask(request, before);
    before = answer.json;
    const { answer: expected, line } = request;
    if (!expected) continue;
    const actual = shown(answer);
    const found =
      answer.status === expected.status
        ? difference(parsed(expected.text), actual)
        : `status ${answer.status}, not ${expected.status}: ${answer.text.slice(0, 300)}`;
    if (found === undefined) continue;
    problems.push(`line ${line}: ${found}`);
    const written = `${typeof actual === 'string' ? actual : shownJson(elided(actual))}\n`;
    updated = updated.slice(0, expected.from + shift) + written + updated.slice(expected.to + shift);
    shift += written.length - (expected.to - expected.from);
  }
  if (update && updated !== text) writeFileSync(join(project, name), updated);
  expect(update ? [] : problems).toEqual([]);
});

it('the README lists every setting', () => {
  const table = readFileSync(join(project, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|')[1] ?? '')
    .join();
  for (const name of Object.keys(settings)) expect(table).toContain(`\`${name}\``);
});
