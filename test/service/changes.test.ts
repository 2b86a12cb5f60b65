/** Delta links: what is told of changes, in which form, and when they are refused. Protocol §11.3, JSON §15 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createDataSource } from '../../src/data-source';
import { buildModel } from '../../src/odata/model/build-model';
import { Database } from '../../src/odata/service/database';
import { checkChanges, forgetChanges, forgetOthers } from '../../src/odata/service/kept-changes';
import { seedId } from '../../src/seed';
import { settled, tracking } from '../setup/copies';
import { startTripPin } from '../setup/trip-pin/service';
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';
import { untilWaiting } from '../setup/waiting';

let service: TestService;
let second: TestService;
let here: string;
let there: string;

beforeAll(async () => {
  [service, second] = await Promise.all([tracking(startService()), tracking(startTripPin())]);
  [here = '', there = ''] = (await service.sql('SELECT id FROM companies ORDER BY name')).map(({ id }) => String(id));
}, 120_000);
afterAll(() => Promise.all([service.close(), second.close()]));

const json = { 'Content-Type': 'application/json' };
const track = { Prefer: 'track-changes' };
const recent = { 'OData-MaxVersion': '4.01', Accept: 'application/json;metadata=minimal' };

const post = async (path: string, body: object): Promise<string> => {
  const { status, json: made, text } = await service.send('POST', path, json, JSON.stringify(body));
  if (status !== 201) throw new Error(text);
  return String(made['id']);
};
const remove = (path: string): Promise<Answer> => service.send('DELETE', path, { 'If-Match': '*' });
const patch = (path: string, body: object): Promise<Answer> =>
  service.send('PATCH', path, { ...json, 'If-Match': '*' }, JSON.stringify(body));
const deltaLinkOf = ({ json: body }: Answer): string => String(body['@odata.deltaLink'] ?? body['@deltaLink']);

/** Reads all pages; resolves to the delta link at the end. */
async function tracked(path: string, headers: Record<string, string> = {}): Promise<string> {
  let answer = await service.get(path, { ...track, ...headers });
  expect([answer.status, answer.headers['preference-applied']]).toEqual([200, 'track-changes']);
  while (answer.nextLink !== undefined) answer = await service.get(answer.nextLink, headers);
  return deltaLinkOf(answer);
}

let journals = 0;
const journal = (): Promise<string> => post('customerPaymentJournals', { code: `CHG${++journals}` });
const customer = (displayName: string): Promise<string> => post('customers', { displayName });

describe('what is told', () => {
  test('[261, 262, 263, 264, 340] new, changed and deleted entities, and those that have left the filter, in the form of each version', async () => {
    const [kept, leaving, gone, unseen] = [
      await customer('Delta A'),
      await customer('Delta B'),
      await customer('Delta C'),
      await customer('Other'),
    ];
    const path = withOptions('customers', { $filter: "startswith(displayName,'Delta')", $select: 'displayName' });
    const link = await tracked(path);
    expect(link).toContain('startswith');
    expect(link).not.toContain('$skiptoken');
    const unchanged = await service.get(link);
    expect([unchanged.value, typeof unchanged.json['@odata.deltaLink']]).toEqual([[], 'string']);

    const added = await customer('Delta D');
    await patch(`customers(${kept})`, { displayName: 'Delta A2' });
    await patch(`customers(${leaving})`, { displayName: 'Echo' });
    await remove(`customers(${gone})`);
    await remove(`customers(${await customer('Delta E')})`);
    await remove(`customers(${unseen})`);
    await customer('Neither');

    const context = `${service.root}$metadata#customers(displayName)/$delta`;
    const old = await service.get(link);
    expect(old.json['@odata.context']).toBe(context);
    expect(byId(old.value.map((one) => ('@odata.etag' in one ? { ...one, '@odata.etag': '*' } : one)))).toEqual(
      byId([
        { '@odata.id': `customers(${added})`, '@odata.etag': '*', displayName: 'Delta D' },
        { '@odata.id': `customers(${kept})`, '@odata.etag': '*', displayName: 'Delta A2' },
        { ...removedIn40(leaving), reason: 'changed' },
        { ...removedIn40(gone), reason: 'deleted' },
        { ...removedIn40(unseen), reason: 'deleted' },
      ]),
    );

    const next = await service.get(link, recent);
    expect(next.json['@context']).toBe(context);
    expect(byId(next.value.map((one) => ('@etag' in one ? { ...one, '@etag': '*' } : one)))).toEqual(
      byId([
        { '@id': `customers(${added})`, '@etag': '*', displayName: 'Delta D' },
        { '@id': `customers(${kept})`, '@etag': '*', displayName: 'Delta A2' },
        { '@removed': { reason: 'changed' }, '@id': `customers(${leaving})`, id: leaving },
        { '@removed': { reason: 'deleted' }, '@id': `customers(${gone})`, id: gone },
        { '@removed': { reason: 'deleted' }, '@id': `customers(${unseen})`, id: unseen },
      ]),
    );
    expect(Object.keys(next.value.find((one) => one['@removed'] !== undefined) ?? {})[0]).toBe('@removed');
    // The prefix is the client's choice, the form follows the version.
    const prefixed = await service.get(link, { 'OData-MaxVersion': '4.01' });
    expect(prefixed.value.filter((one) => one['@odata.removed'] !== undefined)).toHaveLength(3);
    const full = await service.get(link, { 'OData-MaxVersion': '4.01', Accept: 'application/json;metadata=full' });
    expect(
      full.value.filter((one) => one['@context'] === `${service.root}$metadata#customers/$deletedEntity`),
    ).toHaveLength(3);

    expect((await service.get(deltaLinkOf(old))).value).toEqual([]);
  });

  test('[266, 268] changes in pages: each link but the last leads to the next one, and the number of all is there beforehand', async () => {
    const id = await journal();
    const path = `customerPaymentJournals(${id})/customerPayments`;
    const payments: string[] = [];
    for (let n = 1; n <= 5; n++) payments.push(await post(path, { customerId: seedId('customer', 1, 1), amount: -n }));
    // Read page by page, with a row that comes and goes while that is done.
    const first = await service.get(path, { Prefer: 'track-changes, maxpagesize=2' });
    expect([typeof first.nextLink, first.json['@odata.deltaLink']]).toEqual(['string', undefined]);
    const late = await post(path, { customerId: seedId('customer', 1, 1), amount: -6 });
    const second = await service.get(String(first.nextLink));
    const third = await service.get(String(second.nextLink));
    expect(third.value.map((one) => one['id'])).toContain(late);
    const link = deltaLinkOf(third);
    await remove(`${path}(${late})`);
    await remove(`${path}(${payments[0] ?? ''})`);
    await service.sql('UPDATE customer_payments SET amount = amount - 1 WHERE journal_id = $1', [id]);

    const [before, query] = link.split('?');
    expect((await service.get(`${before}/$count?${query}`)).text).toBe('6');
    expect((await service.get(`${before}/%24count?${query}`)).text).toBe('6');
    const pages: Answer[] = [];
    for (let next: string | undefined = link; next !== undefined; next = pages.at(-1)?.nextLink)
      pages.push(await service.get(next));
    expect(pages.map(({ value }) => value.length)).toEqual([2, 2, 2]);
    expect(pages.map(({ nextLink }) => nextLink !== undefined)).toEqual([true, true, false]);
    expect(pages.map((page) => page.json['@odata.deltaLink'] !== undefined)).toEqual([false, false, true]);
    for (const page of pages)
      expect(page.json['@odata.context']).toBe(
        `${service.root}$metadata#customerPaymentJournals(${id})/customerPayments/$delta`,
      );
    const told = pages.flatMap(({ value }) => value);
    expect(told.filter((one) => 'reason' in one).map((one) => one['id'])).toEqual(
      [late, payments[0] ?? ''].sort().map((gone) => `customerPaymentJournals(${id})/customerPayments(${gone})`),
    );
    expect(told.flatMap((one) => ('reason' in one ? [] : [one['amount']])).sort()).toEqual([-3, -4, -5, -6]);
    expect((await service.get(`${before}/$count?${deltaLinkOf(pages.at(-1) as Answer).split('?')[1]}`)).text).toBe('0');
  });

  test('[261] what posting empties, what is deleted with its journal, and what moves to another one', async () => {
    const [one, two] = [await journal(), await journal()];
    const path = (id: string): string => `customerPaymentJournals(${id})/customerPayments`;
    const customerId = seedId('customer', 1, 1);
    const [a, b] = [
      await post(path(one), { customerId, amount: -1 }),
      await post(path(one), { customerId, amount: -2 }),
    ];
    await post(`${path(one)}(${a})/dimensionLines`, { code: 'DEPARTMENT', valueCode: 'SALES' });
    const links = {
      one: await tracked(path(one)),
      two: await tracked(path(two)),
      lines: await tracked(`${path(one)}(${a})/dimensionLines`),
    };
    await service.sql('UPDATE customer_payments SET journal_id = $2, line_number = 7 WHERE id = $1', [b, two]);
    expect((await service.get(links.one)).value).toEqual([
      {
        '@odata.context': `${service.root}$metadata#${path(one)}/$deletedEntity`,
        id: `${path(one)}(${b})`,
        reason: 'changed',
      },
    ]);
    expect((await service.get(links.two)).value.map(({ id }) => id)).toEqual([b]);
    await service.sql('UPDATE customer_payments SET journal_id = $2 WHERE id = $1', [b, one]);
    expect((await service.get(links.two)).value).toEqual([]);
    const posted = await service.send('POST', `customerPaymentJournals(${one})/Microsoft.NAV.post`, json, '{}');
    expect(posted.status).toBe(204);
    expect(new Set((await service.get(links.one)).value.map(({ reason }) => reason))).toEqual(new Set(['deleted']));
    expect((await service.get(links.lines)).status).toBe(404);
    await remove(`customerPaymentJournals(${two})`);
    expect((await service.get(links.two)).status).toBe(404);
  });

  test('[263] dimension lines have keys of two parts, of which the path tells one', async () => {
    const id = await journal();
    const payment = await post(`customerPaymentJournals(${id})/customerPayments`, {
      customerId: seedId('customer', 1, 1),
      amount: -1,
    });
    const path = `customerPaymentJournals(${id})/customerPayments(${payment})/dimensionLines`;
    const line = await post(path, { code: 'DEPARTMENT', valueCode: 'SALES' });
    const link = await tracked(path, recent);
    await remove(`${path}(${line})`);
    expect((await service.get(link, recent)).value).toEqual([
      { '@removed': { reason: 'deleted' }, '@id': `${path}(${line})`, parentId: payment, id: line },
    ]);
    await post(path, { code: 'DEPARTMENT', valueCode: 'ADM' });
    expect((await service.get(link, recent)).value).toMatchObject([{ id: line, valueCode: 'ADM' }]);
  });

  test('[262] nothing of other companies', async () => {
    const links = [
      await tracked('customers?$select=number'),
      await tracked(`companies(${there})/customers?$select=number`),
    ];
    const [own, foreign] = [randomUUID(), randomUUID()];
    for (const [id, company] of [
      [own, here],
      [foreign, there],
    ] as const)
      await service.sql(
        `INSERT INTO customers (id, company_id, number, display_name) VALUES ($1::uuid, $2, left($1::text, 8), 'x')`,
        [id, company],
      );
    const ids = async (link: string): Promise<unknown> =>
      (await service.get(link)).value.map((one) => one['id'] ?? one['@odata.id']);
    expect(await ids(links[0] ?? '')).toEqual([`customers(${own})`]);
    expect(await ids(links[1] ?? '')).toEqual([`companies(${there})/customers(${foreign})`]);
    const later = [
      await tracked('customers?$select=number'),
      await tracked(`companies(${there})/customers?$select=number`),
    ];
    await service.sql('DELETE FROM customers WHERE id IN ($1, $2)', [own, foreign]);
    expect(await ids(later[0] ?? '')).toEqual([`customers(${own})`]);
    expect(await ids(later[1] ?? '')).toEqual([`companies(${there})/customers(${foreign})`]);
  });

  test('[263] what has become null, though nulls are left out elsewhere', async () => {
    const id = await post('customers', { displayName: 'Nulls', website: 'x', email: 'a@b.c' });
    const path = withOptions('customers', { $filter: "displayName eq 'Nulls'", $select: 'website,phoneNumber' });
    const omit = { Prefer: 'track-changes, omit-values=nulls' };
    const first = await service.get(path, omit);
    expect(first.headers['preference-applied']).toBe('omit-values=nulls, track-changes');
    expect(first.value).toEqual([{ '@odata.id': `customers(${id})`, '@odata.etag': 'W/"1"', website: 'x' }]);
    await patch(`customers(${id})`, { website: null });
    const delta = await service.get(deltaLinkOf(first), omit);
    expect(delta.headers['preference-applied']).toBe('track-changes');
    expect(delta.value).toMatchObject([{ website: null, phoneNumber: null }]);
  });

  test('[262] expanded entities: 4.01 tells the whole of what is nested', async () => {
    const [id, other] = [await customer('Expanded'), await customer('Expanded')];
    const invoice = await post('salesInvoices', { customerId: id });
    const path = withOptions('customers', {
      $filter: "displayName eq 'Expanded'",
      $expand: 'salesInvoices($select=number)',
      $select: 'id',
    });
    const link = await tracked(path, recent);
    await service.sql('UPDATE sales_invoices SET customer_id = $2 WHERE id = $1', [invoice, other]);
    const { value } = await service.get(link, recent);
    expect(byId(value)).toMatchObject(
      byId([
        { id, salesInvoices: [] },
        { id: other, salesInvoices: [{ '@id': `salesInvoices(${invoice})` }] },
      ]),
    );
    const contained = await tracked('customerPaymentJournals?$expand=customerPayments', recent);
    expect((await service.get(contained)).status).toBe(406);
  });

  test('[265] expanded entities: 4.0 tells them beside the others, with the links that begin and end', async () => {
    const [id, other] = [await customer('Flat'), await customer('Flat')];
    const invoice = await post('salesInvoices', { customerId: id });
    const [kept, gone] = [
      await post('salesInvoices', { customerId: id }),
      await post('salesInvoices', { customerId: id }),
    ];
    const path = withOptions('customers', {
      $filter: "displayName eq 'Flat'",
      $expand: 'salesInvoices($select=customerId)',
      $select: 'displayName',
    });
    const link = await tracked(path);
    await service.sql('UPDATE sales_invoices SET customer_id = $2 WHERE id = $1', [invoice, other]);
    const all = async (from: string): Promise<readonly Json[]> => {
      const told = await service.all(from);
      return told.map((one) => ('@odata.etag' in one ? { ...one, '@odata.etag': '*' } : one));
    };
    const context = (text: string): string => `${service.root}$metadata#${text}`;
    const sides = (customerId: string, invoiceId: string): Json => ({
      source: `customers(${customerId})`,
      relationship: 'salesInvoices',
      target: `salesInvoices(${invoiceId})`,
    });
    const moved = [
      {
        '@odata.context': context('salesInvoices/$entity'),
        '@odata.id': `salesInvoices(${invoice})`,
        '@odata.etag': '*',
        customerId: other,
      },
      { '@odata.context': context('customers/$deletedLink'), ...sides(id, invoice) },
      { '@odata.context': context('customers/$link'), ...sides(other, invoice) },
    ];
    expect(await all(link)).toEqual(moved);
    const [before, query] = link.split('?');
    expect((await service.get(`${before}/$count?${query}`)).text).toBe('3');
    // One by one, each page with its own link.
    const small = await service.get(link, { Prefer: 'maxpagesize=1' });
    expect([small.value, small.json['@odata.deltaLink'], small.nextLink !== undefined]).toEqual([[], undefined, true]);
    expect((await all(String(small.nextLink))).length).toBe(3);

    await service.sql('UPDATE sales_invoices SET remaining_amount = 1 WHERE id = $1', [kept]);
    await remove(`salesInvoices(${gone})`);
    await patch(`customers(${other})`, { displayName: 'Flattened' });
    expect(byId(await all(link))).toEqual(
      byId([
        { ...removedIn40(other), reason: 'changed' },
        { ...moved[0], '@odata.id': `salesInvoices(${kept})`, customerId: id },
        { '@odata.context': context('salesInvoices/$deletedEntity'), id: `salesInvoices(${gone})`, reason: 'deleted' },
        moved[1] ?? {},
      ]),
    );

    // Nobody is told anew of the links of those that were there before.
    const unfiltered = await tracked(
      withOptions('customers', { $expand: 'salesInvoices($select=number)', $select: 'id' }),
    );
    let end = await service.get(unfiltered);
    while (end.nextLink !== undefined) end = await service.get(end.nextLink);
    await patch(`customers(${id})`, { website: 'x' });
    expect((await all(deltaLinkOf(end))).map((one) => one['id'])).toEqual([id]);
  });
});

const removedIn40 = (id: string): Json => ({
  '@odata.context': `${service.root}$metadata#customers/$deletedEntity`,
  id: `customers(${id})`,
});

const byId = (entities: readonly Json[]): readonly Json[] => {
  const key = (one: Json): string => String(one['@odata.id'] ?? one['@id'] ?? one['id']);
  return [...entities].sort((left, right) => (key(left) < key(right) ? -1 : 1));
};

describe('nothing is missed', () => {
  const names = async (link: string): Promise<unknown> =>
    (await service.get(link)).value.map((one) => one['displayName']).sort();

  test('[261] what was begun before the read and is committed after it, whatever was committed in between', async () => {
    const other = new Client({ connectionString: service.databaseUrl });
    await other.connect();
    try {
      const ids = [await customer('Late'), await customer('Soon'), await customer('Undone')];
      const [late, soon, undone] = ids;
      await other.query('BEGIN');
      await other.query('UPDATE customers SET display_name = $2 WHERE id = $1', [late, 'Late 2']);
      const path = withOptions('customers', { $filter: `id in (${ids.join(',')})`, $select: 'displayName' });
      const link = await tracked(path);
      await service.sql('UPDATE customers SET display_name = $2 WHERE id = $1', [soon, 'Soon 2']);
      await service.sql('BEGIN');
      await service.sql('UPDATE customers SET display_name = $2 WHERE id = $1', [undone, 'Undone 2']);
      await service.sql('ROLLBACK');
      // A link that was made while the other transaction was open does not go over it.
      expect(await names(link)).toEqual(['Soon 2']);
      const next = deltaLinkOf(await service.get(link));
      expect(await names(next)).toEqual([]);
      await other.query('COMMIT');
      expect(await names(link)).toEqual(['Late 2', 'Soon 2']);
      expect(await names(next)).toEqual(['Late 2']);
      expect(await names(deltaLinkOf(await service.get(next)))).toEqual([]);
    } finally {
      await other.end();
    }
  });

  test('[261] what is written later in the very transaction that has read, though others have begun after it', async () => {
    const other = new Client({ connectionString: service.databaseUrl });
    await other.connect();
    try {
      const held = await customer('Held');
      await other.query('BEGIN');
      await other.query('UPDATE customers SET website = $2 WHERE id = $1', [held, 'x']);
      const path = withOptions('customers', { $filter: "startswith(displayName,'Own')", $select: 'displayName' });
      const requests = [
        { id: '1', method: 'POST', url: 'customers', headers: json, body: { displayName: 'Own 1' } },
        {
          id: '2',
          method: 'PATCH',
          url: `customers(${held})`,
          headers: { ...json, 'If-Match': '*' },
          body: { website: 'y' },
        },
        { id: '3', method: 'GET', url: path, headers: track },
        { id: '4', method: 'POST', url: 'customers', headers: json, body: { displayName: 'Own 2' } },
      ];
      const prefer = { ...json, Prefer: 'respond-async' };
      const accepted = await service.send('POST', '$batch', prefer, JSON.stringify({ requests }));
      expect(accepted.status).toBe(202);
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      while ((await service.sql(waiting)).length === 0) await sleep(20);
      await service.sql('UPDATE accounts SET blocked = blocked');
      await other.query('COMMIT');
      const monitor = String(accepted.headers.location);
      let answer = await service.get(monitor);
      for (; answer.status === 202; answer = await service.get(monitor)) await sleep(50);
      const { responses } = JSON.parse(answer.text.slice(answer.text.indexOf('{'))) as {
        responses: readonly { body: Json }[];
      };
      const read = responses[2]?.body;
      expect((read?.['value'] as readonly Json[]).map((one) => one['displayName'])).toEqual(['Own 1']);
      expect(await names(String(read?.['@odata.deltaLink']))).toEqual(['Own 1', 'Own 2']);
    } finally {
      await other.end();
    }
  });
});

describe('what is refused, and what is not acknowledged', () => {
  test.each([
    'customers?$top=5',
    'customers?$skip=5',
    'customers?$apply=filter(number%20ne%20null)',
    'salesInvoices?$apply=addnested(customer,identity%20as%20c)',
    'customers?$expand=salesInvoices($top=2)',
    'customerPaymentJournals?$expand=customerPayments',
    'customers?$filter=lastModifiedDateTime%20lt%20now()',
    'customers?$filter=$root/salesInvoices/$count%20gt%201',
    'customers/$ref',
    'customers/$count',
    'customerPaymentDetails',
    'companies?$expand=customers',
    '$crossjoin(customers)',
    '$all?$top=3',
    '$all?$filter=number%20ne%20null',
    '$all?$apply=filter(number%20ne%20null)',
    "customerPaymentJournals(code='BANK-DK')/customerPayments",
    'agedReceivables(asOf=2026-03-31)',
  ])('[261] %s is answered without a delta link', async (path) => {
    const { status, headers, json: body, nextLink } = await service.get(path, track);
    expect([status, headers['preference-applied'], body['@odata.deltaLink']]).toEqual([200, undefined, undefined]);
    if (nextLink === undefined) return;
    expect((await service.get(nextLink, track)).headers['preference-applied']).toBeUndefined();
  });

  test('[267] changes are not told without metadata', async () => {
    const link = await tracked('accounts');
    expect((await service.get(link, { Accept: 'application/json;odata.metadata=none' })).status).toBe(406);
    const read = await service.get('accounts?$format=application/json;odata.metadata=none', track);
    expect([read.status, read.headers['preference-applied'], read.json['@odata.deltaLink']]).toEqual([
      200,
      undefined,
      undefined,
    ]);
  });

  test('[262] a token for another query, of another form, or twice', async () => {
    const link = await tracked('accounts?$filter=blocked%20eq%20false&$count=true');
    expect(link).not.toContain('$count');
    const token = /\$deltatoken=([^&]*)/.exec(link)?.[1] ?? '';
    const altered = (change: object): string =>
      Buffer.from(
        JSON.stringify({ ...(JSON.parse(Buffer.from(token, 'base64url').toString()) as object), ...change }),
      ).toString('base64url');
    const paths = [
      `accounts?$deltatoken=${token}`,
      `accounts?$filter=blocked%20eq%20true&$deltatoken=${token}`,
      `${link}&$count=true`,
      `${link}&$deltatoken=${token}`,
      'accounts?$deltatoken=x',
      'accounts?deltatoken=',
      'customers?$top=1&$deltatoken=x',
      ...['1:1', '0:1:', '5:3:', '3:9:2', '3:9:5,4', '3:9:9', '1:99999999999999999999:', '1:2:3; drop table x'].map(
        (s) => link.replace(token, altered({ s })),
      ),
      link.replace(token, altered({ p: -1 })),
      link.replace(token, altered({ w: 'yes' })),
    ];
    for (const path of paths) expect([path, (await service.get(path)).status]).toEqual([path, 400]);
  });

  test('[262] the link of one company leads to no other one, should that become the current one', async () => {
    const other = await tracking(startService());
    try {
      const link = deltaLinkOf(await other.get('customers?$select=number', track));
      const first = await other.get('customers?$select=number', { ...track, Prefer: 'track-changes, maxpagesize=1' });
      const named = deltaLinkOf(await other.get(`companies(${there})/customers?$select=number`, track));
      await other.sql(`UPDATE companies SET name = '0 ' || name WHERE id = $1`, [there]);
      const now = Date.now;
      jest.spyOn(Date, 'now').mockImplementation(() => now() + 5_100);
      const [customer = {}] = (await other.get('customers?$top=1&$select=id')).value;
      expect(await other.sql('SELECT company_id FROM customers WHERE id = $1', [customer['id']])).toEqual([
        { company_id: there },
      ]);
      const answer = await other.get(link);
      expect([answer.status, answer.headers.location]).toEqual([410, `${other.root}customers?$select=number`]);
      const next = await other.get(String(first.nextLink));
      expect([next.status, next.headers.location]).toEqual([410, `${other.root}customers?$select=number`]);
      expect((await other.get(named)).status).toBe(410);
    } finally {
      jest.restoreAllMocks();
      await other.close();
    }
  });

  test('[19, 268] a link whose changes are forgotten has expired, and says where to begin anew', async () => {
    const path = withOptions('dimensions', { $filter: "code ne 'x'" });
    const [old, location] = [await tracked(path), (await tracked(path)).replace(/&\$deltatoken=.*/, '')];
    await service.sql('UPDATE dimensions SET display_name = display_name');
    // What other databases of the server write is in a snapshot, too: with an older transaction it would need what is forgotten.
    const isAlone = (link: string): boolean => {
      const [, token = ''] = /\$deltatoken=([^&]*)/.exec(link) ?? [];
      return /"s":"(\d+):\1:"/.test(Buffer.from(token, 'base64url').toString());
    };
    let fresh = await tracked(path);
    while (!isAlone(fresh)) fresh = await tracked(path);
    const source = await createDataSource({ url: service.databaseUrl, poolSize: 2, statementTimeout: 0 }).initialize();
    try {
      if (!('master' in source.driver)) throw new Error('PostgreSQL is expected');
      const database = new Database(source.driver.master as never, { preparedStatements: true, maxQueue: 10 });
      await forgetChanges(database, { changeRetentionMs: 3_600_000 });
      expect((await service.get(old)).status).toBe(200);
      await service.sql(`UPDATE odata_changes SET written_at = now() - interval '2 hours'`);
      await forgetChanges(database, { changeRetentionMs: 3_600_000 }, 7);
      await forgetChanges(database, { changeRetentionMs: 3_600_000 });
    } finally {
      await source.destroy();
    }
    expect(await service.sql('SELECT FROM odata_changes')).toEqual([]);
    const answer = await service.get(old);
    expect([answer.status, answer.headers.location, answer.error.code]).toEqual([410, location, 'Expired']);
    expect((await service.get(location)).status).toBe(200);
    const [before, query] = old.split('?');
    expect((await service.get(`${before}/$count?${query}`)).status).toBe(410);
    // What was forgotten was seen by this one.
    expect((await service.get(fresh)).status).toBe(200);
    // One of another database, or of this one before it was restored.
    const token = /\$deltatoken=([^&]*)/.exec(fresh)?.[1] ?? '';
    const content = JSON.parse(Buffer.from(token, 'base64url').toString()) as object;
    const elsewhere = Buffer.from(JSON.stringify({ ...content, o: '1' })).toString('base64url');
    expect((await service.get(fresh.replace(token, elsewhere))).status).toBe(410);
    // What another database has forgotten, from which this one was restored, says nothing of this one.
    await service.sql(`UPDATE odata_changes_horizon SET xid = '900000000000', origin = '1'`);
    expect((await service.get(fresh)).status).toBe(200);
    await service.sql('BEGIN');
    await service.sql('TRUNCATE payment_imports, dimension_lines');
    await service.sql('COMMIT');
    expect((await service.get(fresh)).status).toBe(410);
  });
});

describe('which database it is', () => {
  let other: TestService;
  let source: Awaited<ReturnType<ReturnType<typeof createDataSource>['initialize']>>;
  let database: Database;
  beforeAll(async () => {
    other = await tracking(startService());
    source = await createDataSource({ url: other.databaseUrl, poolSize: 2, statementTimeout: 0 }).initialize();
    if (!('master' in source.driver)) throw new Error('PostgreSQL is expected');
    database = new Database(source.driver.master as never, { preparedStatements: true, maxQueue: 10 });
  });
  afterAll(async () => {
    await source.destroy();
    await other.close();
  });

  test('[19] what two forget at the same time is forgotten once', async () => {
    const link = deltaLinkOf(await other.get('dimensions', track));
    const second = new Client({ connectionString: other.databaseUrl });
    await second.connect();
    try {
      await second.query('BEGIN');
      await second.query('TRUNCATE dimension_lines');
      const first = other.sql('TRUNCATE customer_ledger_entries CASCADE');
      await untilWaiting(async (text) => (await second.query<object>(text)).rows);
      await second.query('COMMIT');
      await first;
    } finally {
      await second.end();
    }
    expect(await other.sql('SELECT count(*)::int AS rows FROM odata_changes_horizon')).toEqual([{ rows: 1 }]);
    expect((await other.get(link)).status).toBe(410);
    await settled(other);
    expect((await other.get(deltaLinkOf(await other.get('dimensions', track)))).status).toBe(200);
  });

  describe('what was never kept', () => {
    /** Another connection, in a transaction that has a number by now. */
    async function opened(): Promise<Client> {
      const client = new Client({ connectionString: other.databaseUrl });
      await client.connect();
      await client.query('BEGIN');
      await client.query('SELECT pg_current_xact_id()');
      return client;
    }
    const path = withOptions('customers', { $select: 'displayName' });
    const made = async (): Promise<string> => deltaLinkOf(await other.get(path, track));
    const insert = (name: string): string =>
      `INSERT INTO customers (company_id, number, display_name) SELECT id, '${name}', '${name}' FROM companies ORDER BY name LIMIT 1`;
    const told = async (link: string): Promise<readonly unknown[]> => {
      const answer = await other.get(link);
      expect(answer.status).toBe(200);
      return answer.value.map(({ displayName }) => displayName);
    };

    test('[19, 261] ends no link that has seen what says so, and older transactions are told as they commit', async () => {
      const before = await made();
      const older = await opened();
      try {
        await older.query(insert('N1'));
        await other.sql('TRUNCATE dimension_lines');
        const link = await made();
        expect(await told(link)).toEqual([]);
        expect((await other.get(before)).status).toBe(410);
        await older.query(insert('N2'));
        expect(await told(link)).toEqual([]);
        const meanwhile = await made();
        await older.query('COMMIT');
        for (const one of [link, meanwhile]) expect(await told(one)).toEqual(expect.arrayContaining(['N1', 'N2']));
        expect(await told(await made())).toEqual([]);
      } finally {
        await older.end();
      }
    });

    test('[19] ends those that were made before it was committed, by whatever it is said', async () => {
      for (const statement of ['TRUNCATE dimension_lines', 'SELECT odata_changes_begin()']) {
        const saying = await opened();
        try {
          await saying.query(statement);
          const meanwhile = await made();
          expect((await other.get(meanwhile)).status).toBe(200);
          await saying.query('COMMIT');
          expect((await other.get(meanwhile)).status).toBe(410);
          expect((await other.get(await made())).status).toBe(200);
        } finally {
          await saying.end();
        }
      }
    });

    test('[19] ends none when it is taken back, and two who say it one after the other end what either would', async () => {
      const link = await made();
      const [older, saying] = [await opened(), await opened()];
      try {
        await saying.query('SAVEPOINT s');
        await saying.query('TRUNCATE dimension_lines');
        await saying.query('ROLLBACK TO s');
        await saying.query('COMMIT');
        expect((await other.get(link)).status).toBe(200);
        await other.sql('TRUNCATE dimension_lines');
        const between = await made();
        await other.sql('SELECT odata_changes_begin()');
        expect((await other.get(between)).status).toBe(410);
        expect((await other.get(await made())).status).toBe(200);
      } finally {
        await Promise.all([older.end(), saying.end()]);
      }
    });

    test('[19] is told beside what is forgotten', async () => {
      await settled(other);
      const link = await made();
      await other.sql(insert('N3'));
      await other.sql('TRUNCATE dimension_lines');
      await settled(other);
      const recent = await made();
      await other.sql(`UPDATE odata_changes SET written_at = now() - interval '2 hours'`);
      await forgetChanges(database, { changeRetentionMs: 3_600_000 });
      expect([(await other.get(link)).status, (await other.get(recent)).status]).toEqual([410, 200]);
      const [{ begun, xid } = {}] = await other.sql('SELECT begun, xid FROM odata_changes_horizon');
      expect([typeof begun, typeof xid]).toEqual(['string', 'string']);
      await other.sql('SELECT odata_changes_begin()');
      expect(await other.sql('SELECT xid, begun > $1 AS later FROM odata_changes_horizon', [begun])).toEqual([
        { xid, later: true },
      ]);
    });
  });

  test('[261] what another database has kept, which this one was restored from, hides nothing that is deleted here', async () => {
    const insert = `INSERT INTO customers (id, company_id, number, display_name) SELECT $1::uuid, id, left($1::text, 8), 'Restored' FROM companies ORDER BY name LIMIT 1`;
    const id = randomUUID();
    await other.sql(insert, [id]);
    // There the customer was made by a transaction whose number is not reached here.
    const raised = `UPDATE odata_changes SET xid = (xid::text::int8 + $2)::text::xid8 WHERE image ->> 'id' = $1`;
    await other.sql(raised, [id, 1_000_000_000]);
    const model = buildModel({ dataSource: source, namespace: 'Microsoft.NAV' });
    await forgetOthers(database, model);
    const link = deltaLinkOf(await other.get(withOptions('customers', { $filter: `id eq ${id}` }), track));
    await other.sql('DELETE FROM customers WHERE id = $1', [id]);
    expect((await other.get(link)).value).toMatchObject([{ id: `customers(${id})`, reason: 'deleted' }]);
  });

  test('[19] a table that was made anew under the same name is another one', async () => {
    const link = deltaLinkOf(await other.get('dimensions', track));
    expect((await other.get(link)).status).toBe(200);
    await other.sql('ALTER TABLE odata_changes RENAME TO odata_changes_before');
    await other.sql('CREATE TABLE odata_changes (LIKE odata_changes_before INCLUDING ALL)');
    await other.sql('INSERT INTO odata_changes OVERRIDING SYSTEM VALUE SELECT * FROM odata_changes_before');
    expect((await other.get(link)).status).toBe(410);
  });

  test('who may not ask for the cluster tells databases apart all the same', async () => {
    const role = `nobody_${randomUUID().slice(0, 8)}`;
    const origin = async (): Promise<unknown> => (await other.sql('SELECT odata_changes_origin() AS o'))[0]?.['o'];
    const known = await origin();
    await other.sql('BEGIN');
    try {
      await other.sql(`CREATE ROLE ${role}`);
      await other.sql('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC');
      await other.sql(`SET LOCAL ROLE ${role}`);
      const unknown = await origin();
      expect(typeof unknown).toBe('string');
      expect(unknown).not.toBe(known);
    } finally {
      await other.sql('ROLLBACK');
    }
  });
});

describe('what is promised', () => {
  test('[269] $metadata says of each contained collection whether it is tracked', async () => {
    const { json: metadata } = await service.get('$metadata?$format=json');
    const schema = metadata['Microsoft.NAV'] as Record<string, Record<string, Json>>;
    const said = (type: string, navigation: string): unknown =>
      (schema[type]?.[navigation]?.['@Capabilities.ChangeTracking'] as Json | undefined)?.['Supported'] ?? false;
    const id = seedId('journal', 1, 3);
    const [payment = {}] = await service.sql('SELECT id FROM customer_payments WHERE journal_id = $1 LIMIT 1', [id]);
    const collections = Object.entries(schema).flatMap(([type, members]) =>
      Object.entries(members).flatMap(([name, member]) =>
        member['$Kind'] === 'NavigationProperty' && member['$Collection'] === true ? [[type, name] as const] : [],
      ),
    );
    const parents: Readonly<Record<string, string>> = {
      company: `companies(${here})`,
      customerPaymentJournal: `customerPaymentJournals(${id})`,
      customerPayment: `customerPaymentJournals(${id})/customerPayments(${String(payment['id'])})`,
      customer: `customers(${seedId('customer', 1, 1)})`,
      dimension: `dimensions(${seedId('dimension', 1, 1)})`,
    };
    expect(collections.length).toBeGreaterThan(12);
    for (const [type, name] of collections) {
      const { status, headers } = await service.get(`${parents[type] ?? type}/${name}`, track);
      expect([type, name, status, headers['preference-applied'] !== undefined]).toEqual([
        type,
        name,
        200,
        said(type, name),
      ]);
      // Expressions say the same.
      const $compute = `${name}/@Capabilities.ChangeTracking as t,${name}/@Capabilities.ChangeTracking/Supported eq true as s`;
      const { json } = await service.get(withOptions(parents[type] ?? '', { $compute, $select: 't,s' }));
      const told = schema[type]?.[name]?.['@Capabilities.ChangeTracking'] ?? null;
      expect([type, name, json['t'], json['s']]).toEqual([type, name, told, said(type, name)]);
    }
    const all = collections.map(([type, name]) => said(type, name));
    expect([all.includes(true), all.includes(false)]).toEqual([true, true]);
  });

  test('[269] each property that is said to be filterable is', async () => {
    const { json: metadata } = await service.get('$metadata?$format=json');
    const container = (metadata['Microsoft.NAV'] as Json)['Container'] as Record<string, Json>;
    let count = 0;
    for (const [name, set] of Object.entries(container)) {
      const tracking = set['@Capabilities.ChangeTracking'] as Json | undefined;
      for (const property of (tracking?.['FilterableProperties'] ?? []) as readonly string[]) {
        const { headers } = await service.get(withOptions(name, { $filter: `${property} ne null` }), track);
        expect([name, property, headers['preference-applied']]).toEqual([name, property, 'track-changes']);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(70);
  });

  test.each([
    ['the payments', () => service, 'Microsoft.NAV'],
    ['the second model', () => second, 'Trip.Pin'],
  ] as const)(
    '[269] the navigations that are said to be expandable are, and no other: %s',
    async (_, running, namespace) => {
      const { json: metadata } = await running().get('$metadata?$format=json');
      const schema = metadata[namespace] as Record<string, Record<string, Json>>;
      const checked: boolean[] = [];
      for (const [name, set] of Object.entries(schema['Container'] ?? {})) {
        const tracking = set['@Capabilities.ChangeTracking'] as Json | undefined;
        if (tracking?.['Supported'] !== true) continue;
        const type = schema[String(set['$Type']).split('.').at(-1) ?? ''] ?? {};
        const expandable = tracking['ExpandableProperties'] as readonly string[];
        for (const [navigation, { $Kind: kind }] of Object.entries(type)) {
          if (kind !== 'NavigationProperty') continue;
          const path = withOptions(name, { $expand: navigation });
          const { status, headers } = await running().get(path, { ...track, ...recent });
          const told = [name, navigation, status, headers['preference-applied'] !== undefined];
          expect(told).toEqual([name, navigation, 200, expandable.includes(navigation)]);
          checked.push(expandable.includes(navigation));
        }
      }
      expect([checked.length > 10, new Set(checked).size]).toEqual([true, 2]);
    },
  );

  test.each([
    'Courses?$expand=students',
    'Courses?$filter=students/any()',
    "Courses('art')/students",
    'Contacts',
    'People',
    "Hotels('grand')/rooms",
    'Things(number=1,was=1)/shelf',
  ])(
    '[261] of the second model, %s is answered without a delta link: nothing tells all of its changes',
    async (path) => {
      const { status, headers, json: body } = await second.get(encodeURI(path), track);
      expect([status, headers['preference-applied'], body['@odata.deltaLink']]).toEqual([200, undefined, undefined]);
    },
  );

  test('a table without its triggers is refused at start, with a sentence that names them', async () => {
    const other = await startService();
    const source = await createDataSource({ url: other.databaseUrl, poolSize: 2, statementTimeout: 0 }).initialize();
    try {
      if (!('master' in source.driver)) throw new Error('PostgreSQL is expected');
      const database = new Database(source.driver.master as never, { preparedStatements: true, maxQueue: 10 });
      const model = buildModel({ dataSource: source, namespace: 'Microsoft.NAV' });
      await checkChanges(database, model);
      await other.sql('ALTER TABLE customers DISABLE TRIGGER odata_changes_update');
      await other.sql('DROP TRIGGER odata_changes_delete ON accounts');
      await other.sql('DROP TRIGGER odata_changes_truncate ON dimensions');
      await expect(checkChanges(database, model)).rejects.toThrow(
        /customer: the table customers has no trigger odata_changes_update that keeps id, company_id\.[^]*account: the table accounts has no trigger odata_changes_delete[^]*dimension: the table dimensions has no trigger odata_changes_truncate/,
      );
      await other.sql('DROP TABLE odata_changes_horizon');
      await expect(checkChanges(database, model)).rejects.toThrow(
        /The tables odata_changes and odata_changes_horizon are missing/,
      );
    } finally {
      await source.destroy();
      await other.close();
    }
  });
});
