/** What is read of a request before anything is planned, headers and bodies, costs no more than its length, and batches no more than their requests. */
import { ODataError } from '../../src/odata/error';
import { negotiateEncoding } from '../../src/odata/http/compression';
import { matchesEntityTag, parseEntityTags } from '../../src/odata/http/entity-tags';
import { names, negotiateBatchFormat, negotiateFormat, negotiateVersion, takes } from '../../src/odata/http/negotiate';
import { annotationFilter, parsePreferences, withoutTimes } from '../../src/odata/http/preferences';
import { readRequestBody } from '../../src/odata/http/request-body';
import type { EntityType, Model } from '../../src/odata/model/model';
import { readBody } from '../../src/odata/payload/body';
import { partsOf, type Batch } from '../../src/odata/payload/batch';
import { readJsonBatch } from '../../src/odata/payload/batch-json';
import { readMultipartBatch } from '../../src/odata/payload/batch-multipart';
import type { Change } from '../../src/odata/payload/change';
import { changedDynamic, readDynamic } from '../../src/odata/payload/dynamic';
import { editedItems } from '../../src/odata/payload/item-edits';
import { dynamicItemsChange } from '../../src/odata/payload/dynamic-items';
import { parseJson } from '../../src/odata/payload/parse-json';
import { atOnce, type Steps } from '../../src/odata/payload/turns';
import { noTypes } from '../../src/odata/payload/untyped';
import { BatchReferences } from '../../src/odata/service/batch-references';
import { BatchRun } from '../../src/odata/service/batch-run';
import type { ServiceSession } from '../../src/odata/service/service-session';
import { StoredRow } from '../../src/odata/service/stored-row';
import { nest, rep, seq } from '../setup/constructs';
import { growth, growthOfText } from '../setup/growth';
import { tripPinModel } from './support/models';

let tripPin: Model;
beforeAll(async () => {
  tripPin = await tripPinModel();
});

/** The code of the error where a text is refused. */
function refusal(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof ODataError) return error.code;
    throw error;
  }
}

type Readers = Readonly<Record<string, (n: number) => unknown>>;

const accept = (text: string): unknown => negotiateFormat(text, undefined, 'data', '4.01');
const prefer = (text: string): unknown => parsePreferences({ prefer: text });

const headers: Readers = {
  'Accept of many types': (n) => accept(seq(n, (i) => `a/b${i};q=0.${i}`, ',')),
  'Accept of types that are refused': (n) => accept(rep('application/json;q=0', n, ',')),
  'Accept with many parameters': (n) => accept(`application/json${rep(';a=b', n)}`),
  'Accept with parameters that are no more than names': (n) => accept(`application/json${rep(';a', n * 8)}`),
  'Accept of a batch that takes all': (n) => negotiateBatchFormat(rep('*/*', n * 8, ','), undefined, 'json', '4.01'),
  'Accept with quotes': (n) => accept(`a/b;c=${rep('"\\', n)}`),
  'Accept with blanks': (n) => accept(`a/b${rep(' ', n)}c`),
  'Accept of a batch': (n) => negotiateBatchFormat(rep('a/b', n, ','), undefined, 'json', '4.01'),
  'Accept for one type': (n) => [takes(rep('*/*;a;b', n, ','), 'text/plain'), names(rep('a/b', n, ','), 'c/d')],
  'OData-MaxVersion': (n) => negotiateVersion({ 'odata-maxversion': `4.0${rep(' ', n)}x` }),
  Prefer: (n) => prefer(seq(n, (i) => `p${i}`, ',')),
  'Prefer in a group': (n) => withoutTimes(rep('wait    ', n, ',')),
  'Prefer with terms': (n) => prefer(`include-annotations="${rep('-a.b', n, ',')}"`),
  'Prefer with a long term': (n) => prefer(`include-annotations="${rep('a.', n)}"`),
  'Prefer with blanks': (n) => prefer(`include-annotations="${rep('a.b   ', n)}"`),
  'terms that are asked for': (n) => annotationFilter(seq(n, (i) => `a.b${i}`, ','))('c.d'),
  'If-Match': (n) => matchesEntityTag(parseEntityTags(rep('W/"1"', n, ',')), 'W/"2"'),
  'If-Match of commas': (n) => parseEntityTags(`${rep(' , ', n)}x`),
  'If-Match with blanks': (n) => parseEntityTags(`"1"${rep(' ', n)}x`),
  'If-Match that is not closed': (n) => parseEntityTags(`${rep('"1', n)}x`),
  'Accept-Encoding': (n) => negotiateEncoding(seq(n, (i) => `e${i};q=0.1`, ',')),
  'Content-Type': (n) => readRequestBody({ 'content-type': `application/json${rep(';a=b', n)}` }, Buffer.from('{}')),
};

const json = (text: string): unknown => parseJson(Buffer.from(text));
const limits = { requests: 1000, headers: 65_536, url: 1_000_000, levels: 100 };
const jsonBatch = (requests: string): void => {
  const { units } = atOnce(readJsonBatch(parseJson(Buffer.from(`{"requests":[${requests}]}`)), limits));
  for (const { fault } of units.flatMap(partsOf)) if (fault) throw fault;
};
const multipart = (text: string, boundary = 'b'): unknown =>
  atOnce(readMultipartBatch(Buffer.from(text), boundary, limits));
const member = '{"id":"a","method":"GET","url":"x"';

const bodies: Readers = {
  'JSON that is deep': (n) => json(nest(n, '[', '1', ']')),
  'JSON that is wide': (n) => json(`[${rep('1', n, ',')}]`),
  'JSON of many names': (n) => json(`{${seq(n / 4, (i) => `"a${i}":1`, ',')}}`),
  'a long number': (n) => json(rep('1', n)),
  'a long text': (n) => json(`"${rep('\\n', n)}"`),
  'a text that is not closed': (n) => json(`"${rep('\\ud83d\\ude00', n)}`),
  'blanks around JSON': (n) => json(rep('\n', n)),
  'a JSON batch of too many requests': (n) => jsonBatch(rep('1', n, ',')),
  'headers of a JSON batch': (n) => jsonBatch(`${member},"headers":{${seq(n, (i) => `"h${i}":"1"`, ',')}}}`),
  'annotations of a JSON batch': (n) => jsonBatch(`${member},${seq(n, (i) => `"@a${i}":1`, ',')}}`),
  'one dependency many times': (n) =>
    jsonBatch(`${member}},{"id":"b","method":"GET","url":"x","dependsOn":[${rep('"a"', n, ',')}]}`),
  'parts of a multipart batch': (n) =>
    multipart(`${rep('--b\r\nContent-Type: application/http\r\n\r\nGET x\r\n', n)}--b--`),
  'empty parts': (n) => multipart(`${rep('--b\n', n)}--b--`),
  'a long boundary': (n) => multipart(`x${rep('-', n)}`, rep('-', n / 8)),
  'a boundary that is found almost': (n) => multipart(rep(`\n--${rep('-', 60)}`, n), rep('-', 70)),
  'delimiters with more behind them': (n) => multipart(rep('\n--b   x', n)),
  'a header on many lines': (n) => multipart(`--b\na:b\n${rep(' x\n', n)}--b--`),
  'one header many times': (n) => multipart(`--b\n${rep('a:b\n', n)}\n--b--`),
  'headers of a part': (n) => multipart(`--b\n${seq(n, (i) => `h${i}:b\n`)}\n--b--`),
  'blank lines before a request': (n) => multipart(`--b\nContent-Type: application/http\n\n${rep('\n', n)}--b--`),
  'breaks behind a request': (n) =>
    multipart(`--b\nContent-Type: application/http\n\nGET x\n\n${rep('\r\n', n)}\n--b--`),
  'the body of a part of JSON': (n) =>
    jsonBatch(`{"id":"a","method":"POST","url":"x","body":["${rep('\\n', n)}",{"b":"c"}]}`),
  'blanks in a request line': (n) => multipart(`--b\nContent-Type: application/http\n\nGET x${rep(' ', n)}y\n--b--`),
};

test.each(Object.entries(headers))('%s', async (_, read) => {
  expect(await growthOfText((share) => refusal(() => read(30_000 * share)), 10)).toBeLessThan(10);
});

test.each(Object.entries(bodies))('%s', async (_, read) => {
  expect(await growthOfText((share) => refusal(() => read(400_000 * share)), 10)).toBeLessThan(10);
});

test.each([
  ['more values than a body may have', 'PayloadTooLarge', () => json(`[${rep('1', 500_001, ',')}]`)],
  ['more members than an object may have', 'PayloadTooLarge', () => json(`{${seq(100_001, (i) => `"a${i}":1`, ',')}}`)],
  ['more parts than a batch may have', 'PayloadTooLarge', () => multipart(`${rep('--b\n', 1002)}--b--`)],
  ['more headers than a part may have', 'TextTooLong', () => multipart(`--b\n${rep('a:b\n', 17_000)}\n--b--`)],
  [
    'more headers than a request of JSON may have',
    'TextTooLong',
    () => jsonBatch(`${member},"headers":{${seq(10_000, (i) => `"h${i}":"1234"`, ',')}}}`),
  ],
  ['a longer URL than any', 'TextTooLong', () => jsonBatch(`{"id":"a","method":"GET","url":"${rep('%20', 400_000)}"}`)],
  ['a longer condition than any', 'TextTooLong', () => jsonBatch(`${member},"if":"${rep('$a', 600_000)}"}`)],
  ['a longer boundary than MIME has', 'InvalidBody', () => multipart('', rep('-', 71))],
])('%s', (_, code, read) => {
  expect(refusal(read)).toBe(code);
});

// ---- batches

const session: ServiceSession = {
  run: () => Promise.resolve([]),
  transaction: (work) => work({ run: () => Promise.resolve([]), finish: () => Promise.resolve([]) }),
};

/** Executes a batch whose requests are answered by `handled`, at once. */
function executed(batch: Batch, handled: () => void = () => undefined): Promise<void> {
  const answer = (): Promise<{ status: number; headers: Record<string, string> }> => {
    handled();
    return Promise.resolve({ status: 204, headers: {} });
  };
  const done = (): Promise<void> => Promise.resolve();
  const run = new BatchRun(batch, {
    handling: { handle: answer, creates: () => false, createTogether: () => Promise.resolve([]) },
    envelope: { method: 'POST', target: '$batch', headers: {}, root: 'http://localhost/' },
    caller: { partition: null },
    session,
    version: '4.01',
    holds: () => Promise.resolve(true),
    afterError: 'execute',
    partsMayBeAsynchronous: false,
    repeatabilityMs: 1000,
    keepsRequests: true,
  });
  return run.run({ contentType: 'application/json', begin: done, single: done, group: done, end: done });
}

const request = (index: number, more = ''): string => `{"id":"r${index}","method":"GET","url":"x"${more}}`;
const dependsOn = (ids: readonly number[]): string => `,"dependsOn":[${ids.map((id) => `"r${id}"`).join()}]`;
const all = (n: number): readonly number[] => Array.from({ length: n }, (_, index) => index);
const read = (requests: readonly string[]): Batch =>
  atOnce(readJsonBatch(parseJson(Buffer.from(`{"requests":[${requests.join()}]}`)), { ...limits, requests: 100_000 }));

const batches: Readonly<Record<string, (n: number) => readonly string[]>> = {
  'requests on their own': (n) => all(n).map((i) => request(i)),
  'a chain of requests': (n) => all(n).map((i) => request(i, dependsOn(i ? [i - 1] : []))),
  'many that depend on one': (n) => all(n).map((i) => request(i, dependsOn(i ? [0] : []))),
  'one that depends on many': (n) => [...all(n).map((i) => request(i)), request(n, dependsOn(all(n)))],
  'each depends on all before it': (n) => all(Math.sqrt(n) * 8).map((i) => request(i, dependsOn(all(i)))),
  'each refers to one before it': (n) => all(n).map((i) => request(i, i ? `,"if":"$r${i - 1}/$succeeded"` : '')),
  'a group': (n) => all(n).map((i) => request(i, ',"atomicityGroup":"g"')),
  'groups that depend on one another': (n) =>
    all(n).map((i) => request(i, `,"atomicityGroup":"g${i}"${i ? `,"dependsOn":["g${i - 1}"]` : ''}`)),
  faults: (n) => all(n).map((i) => request(i, ',"headers":1')),
};

test.each(Object.entries(batches))('%s', async (_, of) => {
  expect(await growth((share) => executed(read(of(8000 * share))), 10)).toBeLessThan(10);
});

test.each(['', ',"atomicityGroup":"g"'])(
  'others come first between the requests of a batch, which wait for nothing',
  async (more) => {
    let since = 0;
    let most = 0;
    const timer = setInterval(() => undefined, 0);
    let running = true;
    const turn = (): void => {
      since = 0;
      if (running) setImmediate(turn);
    };
    turn();
    await executed(read(all(50).map((i) => request(i, more))), () => {
      since += 1;
      most = Math.max(most, since);
    });
    running = false;
    clearInterval(timer);
    expect(most).toBe(1);
  },
);

const dynamic = (text: string): Pick<Change, 'mode' | 'dynamic'> => ({
  mode: 'update',
  dynamic: new Map([['x', { json: parseJson(Buffer.from(text)), type: undefined, isMerged: true, types: noTypes }]]),
});
const objectOf = (n: number): string => `{${seq(n, (i) => `"a${i}":${i}`, ',')}}`;

const changed: Readonly<Record<string, (n: number) => Steps<string>>> = {
  'members of an object': (n) => changedDynamic(`{"x":${objectOf(n)}}`, dynamic(objectOf(n))),
  'dynamic properties': (n) => {
    const value = { json: true, type: undefined, isMerged: true, types: noTypes };
    const named = new Map(Array.from({ length: n }, (_, i) => [`a${i}`, value] as const));
    return changedDynamic(objectOf(n), { mode: 'update', dynamic: named });
  },
};

test.each(Object.entries(changed))('%s that change as many that are stored', async (_, of) => {
  expect(await growth((share) => atOnce(of(4000 * share)), 10)).toBeLessThan(10);
});

// ---- turns

const json30 = (text: string, url = 'x'): string =>
  `{"requests":[{"id":"a","method":"POST","url":"${url}","body":{"a":"${text}"}}]}`;
const part30 = (text: string): string =>
  `--b\nContent-Type: application/http\n\nPOST x HTTP/1.1\nContent-Type: application/json\n\n${text}\n--b--`;
/** A request that refers to a part of an answer, many times. */
function referring(answer: string, times: number): Record<'read' | 'body', () => Steps<unknown>> {
  const requests = [
    { id: 'a', method: 'GET', url: 'x' },
    { id: 'b', method: 'POST', url: 'x', body: Array.from({ length: times }, () => '$a/x'), dependsOn: ['a'] },
  ];
  const batch = atOnce(readJsonBatch(parseJson(Buffer.from(JSON.stringify({ requests }))), limits));
  const [one, other] = batch.units.flatMap(partsOf);
  if (!one || !other?.body) throw new Error('Two requests are expected');
  const { body } = other;
  const references = new BatchReferences(batch, 'http://localhost/');
  atOnce(references.find());
  const headers = { 'Content-Type': 'application/json' };
  references.add(one, 'x', { status: 200, headers, body: Buffer.from(answer) });
  return { read: () => references.read(other), body: () => references.body(other, body, true) };
}

function* nothing(): Steps<null> {
  yield;
  return null;
}

/** What becomes of items of a dynamic property: `each` of them, or another one is added. */
function itemsChanged(stored: string, method: string, body: string, each: boolean): Steps<unknown> {
  const guest = tripPin.entityTypes.get('Guest');
  const property = guest?.properties.get('name');
  if (!guest || !property) throw new Error('A guest has a name');
  const items = each ? { ordinal: undefined, condition: undefined } : undefined;
  const edit = { method, value: parseJson(Buffer.from(body)), given: undefined, index: -1 };
  const place = { path: ['x'], property, items, part: undefined };
  const { items: write } = dynamicItemsChange(guest, edit, place, { conditions: [], types: noTypes });
  if (!write) throw new Error('Items are written');
  return write.changeOf({ value: nothing, dynamic: `{"x":${stored}}` }, []);
}

const patch = { mode: 'update', version: '4.01' } as const;

/** So many complex items as a body has them. */
const rooms = (n: number): string => `[${seq(n, (i) => `{"name":"${i}","beds":2,"tags":["a"]}`, ',')}]`;

function hotel(): EntityType {
  const type = tripPin.entityTypes.get('Hotel');
  if (!type) throw new Error('There are hotels');
  return type;
}

const steps: Readonly<Record<string, () => Steps<unknown>>> = {
  'complex items': () => readBody(new Map([['rooms', parseJson(Buffer.from(rooms(10_000)))]]), hotel(), patch),
  'complex items within one': () => {
    const offers = rep('{"price":1}', 10_000, ',');
    const json = parseJson(Buffer.from(`{"rooms":[{"name":"a","tags":[],"offers":[${offers}]}]}`));
    return readBody(json, hotel(), patch);
  },
  'complex items that are stored': () => new StoredRow(hotel(), new Map([['rooms', rooms(10_000)]])).value('rooms'),
  'complex items of which one is taken out': () => {
    const meant = { ordinal: 0, among: undefined };
    return editedItems(rooms(10_000), { kind: 'removed', meant }, 'rooms');
  },
  'an item that is added to a dynamic property': () => itemsChanged('[]', 'POST', objectOf(50_000), false),
  'members that items of a dynamic property are given': () =>
    itemsChanged('[{"b":1}]', 'PATCH', objectOf(50_000), true),
  'many items that are given a member': () => itemsChanged(`[${rep('{}', 30_000, ',')}]`, 'PATCH', '{"b":1}', true),
  'items of a dynamic property': () => changedDynamic(null, dynamic(`[${rep('1', 100_000, ',')}]`)),
  'members of a dynamic property': () => changedDynamic(`{"x":${objectOf(50_000)}}`, dynamic(objectOf(50_000))),
  'a dynamic property that is read': () =>
    readDynamic(['x'], parseJson(Buffer.from(`[${rep('1', 100_000, ',')}]`)), undefined, {
      isMerged: true,
      types: noTypes,
    }),
  'a text in the body of a part': () => readJsonBatch(parseJson(Buffer.from(json30(rep('a', 5_000_000)))), limits),
  'delimiters almost': () => readMultipartBatch(Buffer.from(part30(rep('\n--b x', 700_000))), 'b', limits),
  'a long answer that is referred to': () => referring(`{"x":[${rep('1', 200_000, ',')}]}`, 1).read(),
  'what takes the place of a reference': () => referring(`{"x":[${rep('"aaaaaaa"', 380_000, ',')}]}`, 1).body(),
  'what takes the place of many references': () => referring(`{"x":"${rep('a', 39)}"}`, 100_000).body(),
  'what may refer to another request': () => {
    const batch = atOnce(readJsonBatch(parseJson(Buffer.from(json30(rep('$b', 2_500_000)))), limits));
    return new BatchReferences(batch, 'http://localhost/').find();
  },
};

test.each(Object.entries(steps))('others may have their turn many times: %s', (_, of) => {
  const reading = of();
  let count = 0;
  while (!reading.next().done) count++;
  expect(count).toBeGreaterThan(50);
});

test('what many requests have stored together is changed, however much it is', () => {
  const before = `{"y":[${rep('1', 600_000, ',')}]}`;
  expect(atOnce(changedDynamic(before, dynamic('2')))).toBe(`${before.slice(0, -1)},"x":2}`);
});

test('a body that refers to nothing is searched and stays as it is, one that does has the value', () => {
  const first = { id: 'a', method: 'GET', url: 'x' };
  const body = { long: rep('"$b', 300_000), near: '$ab', name: '$a/name' };
  const text = JSON.stringify({ requests: [first, { id: 'c', method: 'POST', url: 'x', body, dependsOn: ['a'] }] });
  const batch = atOnce(readJsonBatch(parseJson(Buffer.from(text)), limits));
  const [one, other] = batch.units.flatMap(partsOf);
  const references = new BatchReferences(batch, 'http://localhost/');
  atOnce(references.find());
  if (!one || !other?.body) throw new Error('Two requests are expected');
  expect([...references.identifiersOf(one), ...references.identifiersOf(other)]).toEqual(['a']);
  const headers = { 'Content-Type': 'application/json' };
  references.add(one, 'x', { status: 200, headers, body: Buffer.from('{"name":"Ann"}') });
  const replaced = atOnce(references.body(other, other.body, true)).toString();
  expect(JSON.parse(replaced)).toEqual({ ...body, name: 'Ann' });
  expect(JSON.parse(other.body.toString())).toEqual(body);
});
