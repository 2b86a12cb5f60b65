/** Single writes: preconditions, links, partitions, collisions; each outcome compared with the tables by plain SQL. */
import fc from 'fast-check';
import { seedId } from '../../src/seed';
import { Writer, type Outcome, type WriteOptions } from '../setup/writer';

const company = seedId('company', 1);
const UNKNOWN = '0a11c0de-0000-4000-8000-000000000042';

let writer: Writer;
let journal: string;
let codes = 0;

beforeAll(async () => {
  writer = await Writer.open(company);
});

afterAll(() => writer.close());

beforeEach(async () => {
  const { id } = await writer.post('customerPaymentJournals', { code: `W${++codes}` });
  journal = `customerPaymentJournals(${id})`;
});

const pay = async (body: object = {}): Promise<string> =>
  `${journal}/customerPayments(${(await writer.post(`${journal}/customerPayments`, body)).id})`;

const idIn = (path: string): string => path.slice(path.lastIndexOf('(') + 1, -1);

const stored = (path: string): Promise<Record<string, unknown>> =>
  writer.row(
    `SELECT version, comment, amount::text AS amount, customer_id AS customer, last_modified_date_time AS modified
     FROM customer_payments WHERE id = $1`,
    idIn(path),
  );

const customer = async (where = `blocked = 'None'`): Promise<string> => {
  const text = `SELECT id FROM customers WHERE company_id = $1 AND ${where} ORDER BY id`;
  return String((await writer.row(text, company))['id']);
};

describe('preconditions', () => {
  it.each<[string, WriteOptions, number]>([
    ['the current tag', { ifMatch: 'W/"1"' }, 200],
    ['the current tag without weakness', { ifMatch: '"1"' }, 200],
    ['a list with the current tag', { ifMatch: '"a", W/"1"' }, 200],
    ['any version', { ifMatch: '*' }, 200],
    ['an old tag', { ifMatch: 'W/"0"' }, 412],
    ['nothing', {}, 428],
    ['If-None-Match: *', { ifMatch: '*', ifNoneMatch: '*' }, 412],
    ['If-None-Match with the current tag', { ifMatch: '*', ifNoneMatch: '"1"' }, 412],
    ['If-None-Match with another tag', { ifMatch: '*', ifNoneMatch: '"7"' }, 200],
  ])('%s', async (_, options, status) => {
    for (const write of [
      (path: string) => writer.patch(path, { comment: 'new' }, options),
      (path: string) => writer.delete(path, options),
    ]) {
      const path = await pay({ comment: 'old' });
      expect(await write(path)).toMatchObject({ status });
      const { comment } = await stored(path);
      if (status !== 200) expect(comment).toBe('old');
      else expect(['new', undefined]).toContain(comment);
    }
  });

  it('takes the tag of a 4.01 body, and not that of a 4.0 body', async () => {
    const path = await pay();
    const old = { '@odata.etag': 'W/"0"', comment: 'x' };
    expect(await writer.patch(path, old, { version: '4.01' })).toMatchObject({ status: 412 });
    expect(await writer.patch(path, old, { version: '4.01', ifMatch: '*' })).toMatchObject({ status: 412 });
    expect(await writer.patch(path, old, { version: '4.0', ifMatch: '*' })).toMatchObject({ status: 200 });
    expect(await writer.patch(path, { '@etag': 'W/"2"' }, { version: '4.01' })).toMatchObject({
      status: 200,
      etag: '3',
    });
  });

  it('says first that there is nothing', async () => {
    const path = `${journal}/customerPayments(${UNKNOWN})`;
    for (const options of [{}, { ifMatch: '"1"' }, { ifMatch: '*' }, { ifNoneMatch: '*' }]) {
      expect(await writer.patch(path, {}, options)).toMatchObject({ status: 404, code: 'Internal_RecordNotFound' });
      expect(await writer.put(path, {}, options)).toMatchObject({ status: 404 });
      expect(await writer.delete(path, options)).toMatchObject({ status: 404 });
    }
    expect(await writer.post(`customerPaymentJournals(${UNKNOWN})/customerPayments`, {})).toMatchObject({
      status: 404,
    });
  });
});

describe('versions and times', () => {
  it('always move on', async () => {
    const path = await pay();
    const seen = [await stored(path)];
    for (let write = 2; write <= 5; write++) {
      expect(await writer.patch(path, {})).toMatchObject({ etag: String(write) });
      seen.push(await stored(path));
    }
    const times = seen.map(({ modified }) => (modified instanceof Date ? modified.getTime() : 0));
    expect(new Set(times).size).toBe(5);
    expect(times).toEqual([...times].sort((left, right) => left - right));
  });
});

describe('writes at the same time', () => {
  it('give 64 new payments of one journal 64 line numbers', async () => {
    const made = await Promise.all(Array.from({ length: 64 }, () => writer.post(`${journal}/customerPayments`, {})));
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]));
    const rows = await writer.rows(
      'SELECT line_number AS line FROM customer_payments WHERE journal_id = $1 ORDER BY line_number',
      idIn(journal),
    );
    expect(rows.map(({ line }) => line)).toEqual(Array.from({ length: 64 }, (_, index) => (index + 1) * 10000));
  });

  it('let exactly one of many updates with one tag win', async () => {
    const path = await pay();
    const tries = Array.from({ length: 12 }, (_, index) =>
      writer.patch(path, { comment: String(index) }, { ifMatch: 'W/"1"' }),
    );
    const outcomes = await Promise.all(tries);
    const winners = outcomes.flatMap(({ status }, index) => (status === 200 ? [String(index)] : []));
    expect(winners).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 412)).toHaveLength(11);
    expect(await stored(path)).toMatchObject({ comment: winners[0], version: 2 });
  });

  it('lose none of the updates that take any version', async () => {
    const path = await pay();
    await Promise.all(Array.from({ length: 12 }, (_, index) => writer.patch(path, { comment: String(index) })));
    expect(await stored(path)).toMatchObject({ version: 13 });
  });

  it('survive dimension lines that come and go on one payment', async () => {
    const path = await pay();
    const lines = `${path}/dimensionLines`;
    const values = await writer.rows(
      `SELECT DISTINCT ON (dimension_id) dimension_id AS id, id AS "valueId" FROM dimension_values WHERE company_id = $1 ORDER BY dimension_id`,
      company,
    );
    const outcomes: Outcome[] = [];
    const rounds = Array.from({ length: 6 }, async () => {
      for (const { id, valueId } of values) {
        outcomes.push(await writer.post(lines, { id, valueId }));
        outcomes.push(await writer.patch(`${lines}(${String(id)})`, { valueId }));
        outcomes.push(await writer.delete(`${lines}(${String(id)})`));
      }
    });
    await Promise.all(rounds);
    expect(outcomes.filter(({ status }) => ![200, 201, 404, 409].includes(status))).toEqual([]);
    const done = outcomes.filter(({ status }) => status < 300).length;
    expect(await stored(path)).toMatchObject({ version: done + 1 });
  });
});

describe('round trips', () => {
  const trips = async (write: () => Promise<Outcome>): Promise<readonly [status: number, roundTrips: number]> => {
    const before = writer.roundTrips;
    const { status } = await write();
    return [status, writer.roundTrips - before];
  };

  it('are two for a write, lookups of the rules included where nothing is known before', async () => {
    const { number } = await writer.row(`SELECT number FROM customers WHERE id = $1`, await customer());
    const invoice = await writer.row(
      `SELECT number FROM sales_invoices WHERE company_id = $1 AND status = 'Open'`,
      company,
    );
    const body = { customerNumber: number, appliesToInvoiceNumber: invoice['number'], amount: -5 };
    const collection = `${journal}/customerPayments`;
    expect(await trips(() => writer.post(collection, body))).toEqual([201, 2]);
    const path = `${collection}(lineNumber=10000)`;
    expect(await trips(() => writer.patch(path, { amount: 7 }))).toEqual([200, 2]);
    const value = await writer.row(
      'SELECT dimension_id AS id, id AS "valueId" FROM dimension_values WHERE company_id = $1',
      company,
    );
    expect(await trips(() => writer.post(`${path}/dimensionLines`, value))).toEqual([201, 2]);
    expect(await trips(() => writer.delete(path))).toEqual([200, 2]);
    expect(await trips(() => writer.patch(path, {}))).toEqual([404, 1]);
    expect(await trips(() => writer.post(collection, { amount: 'x' }))).toEqual([400, 0]);
  });

  it('are as many where the customer has default dimensions, and where templates are looked for', async () => {
    const body = { displayName: 'Payer', number: `TRIP${codes}` };
    expect(await trips(() => writer.post('customers', body))).toEqual([201, 2]);
    // One for the number, one for what stands in its way.
    expect(await trips(() => writer.post('customers', { displayName: 'Numbered' }))).toEqual([201, 3]);
    const value = await writer.row(
      'SELECT dimension_id AS "dimensionId", id AS "dimensionValueId" FROM dimension_values WHERE company_id = $1',
      company,
    );
    const defaults = `customers(number='TRIP${codes}')/defaultDimensions`;
    expect(await trips(() => writer.post(defaults, value))).toEqual([201, 2]);
    const collection = `${journal}/customerPayments`;
    const paying = { customerNumber: `TRIP${codes}`, lineNumber: 50000 };
    expect(await trips(() => writer.post(collection, paying))).toEqual([201, 2]);
    expect(await trips(() => writer.patch(`${collection}(lineNumber=50000)`, { customerId: null }))).toEqual([200, 2]);
    // The customer is looked up when it is known who pays now.
    expect(await trips(() => writer.patch(`${collection}(lineNumber=50000)`, paying))).toEqual([200, 3]);
    const stored = await writer.rows(
      `SELECT dimension_value_id AS "dimensionValueId" FROM dimension_lines l JOIN customer_payments p ON p.id = l.payment_id
       WHERE p.customer_number = $1`,
      `TRIP${codes}`,
    );
    expect(stored).toEqual([{ dimensionValueId: value['dimensionValueId'] }]);
  });
});

describe('round trips of deep inserts', () => {
  it('[211] are two, however much is made', async () => {
    const dimensions = await writer.rows(
      `SELECT DISTINCT ON (d.id) d.code, v.code AS "valueCode" FROM dimensions d JOIN dimension_values v ON v.dimension_id = d.id
       WHERE d.company_id = $1 ORDER BY d.id LIMIT 3`,
      company,
    );
    const { number } = await writer.row('SELECT number FROM customers WHERE id = $1', await customer());
    const payment = { customerNumber: number, amount: -5, dimensionLines: dimensions };
    const before = writer.roundTrips;
    expect(await writer.post(`${journal}/customerPayments`, payment)).toMatchObject({ status: 201 });
    expect(writer.roundTrips - before).toBe(2);
    const body = { code: `R${codes}`, customerPayments: Array.from({ length: 40 }, () => payment) };
    const made = await writer.post('customerPaymentJournals', body);
    expect(made).toMatchObject({ status: 201, message: '' });
    expect(writer.roundTrips - before).toBe(4);
    const counted = await writer.row(
      `SELECT count(DISTINCT line_number)::int AS lines, count(*)::int AS dimensions FROM customer_payments p
       JOIN dimension_lines l ON l.payment_id = p.id WHERE journal_id = $1`,
      made.id,
    );
    expect(counted).toEqual({ lines: 40, dimensions: 120 });
  });
});

describe('links', () => {
  it('set the foreign key and what goes with it', async () => {
    const id = await customer();
    for (const body of [
      { 'customer@odata.bind': `customers(${id})` },
      { customer: { '@id': `customers(${id})` } },
      { 'customer@odata.bind': `customers(${id})`, customerId: UNKNOWN },
    ]) {
      expect(await stored(await pay(body))).toMatchObject({ customer: id });
    }
    const { number } = await writer.row('SELECT number FROM customers WHERE id = $1', id);
    const byNumber = await pay({ 'customer@odata.bind': `customers(number='${String(number)}')` });
    expect(await stored(byNumber)).toMatchObject({ customer: id });
    expect(await writer.patch(byNumber, { 'customer@odata.bind': null })).toMatchObject({ status: 200 });
    expect(await stored(byNumber)).toMatchObject({ customer: null });
    expect(await writer.patch(byNumber, { 'customer@odata.bind': `customers(${id})` })).toMatchObject({ status: 200 });
    expect(await stored(byNumber)).toMatchObject({ customer: id });
  });

  it.each([
    ['customer@odata.bind', `customers(${UNKNOWN})`],
    ['customer@odata.bind', `salesInvoices(${UNKNOWN})`],
    ['customer@odata.bind', 'customers'],
    ['customer@odata.bind', '%%%'],
    ['customerPaymentJournal@odata.bind', `customerPaymentJournals(${seedId('journal', 1, 1)})`],
  ])('refuse %s to %s, and store nothing', async (name, reference) => {
    expect(await writer.post(`${journal}/customerPayments`, { [name]: reference })).toMatchObject({
      status: 400,
      target: name.split('@')[0],
    });
    const path = await pay();
    expect(await writer.patch(path, { [name]: reference })).toMatchObject({ status: 400 });
    const count = await writer.row(
      'SELECT count(*)::int AS payments FROM customer_payments WHERE journal_id = $1',
      idIn(journal),
    );
    expect(count).toEqual({ payments: 1 });
  });

  it('may repeat what the URL says', async () => {
    const path = await pay({ 'customerPaymentJournal@odata.bind': journal });
    expect(await writer.patch(path, { 'customerPaymentJournal@odata.bind': journal })).toMatchObject({ status: 200 });
  });

  it('do not lead into another company', async () => {
    const { id } = await writer.row('SELECT id FROM customers WHERE company_id <> $1', company);
    const body = { 'customer@odata.bind': `customers(${String(id)})` };
    expect(await writer.post(`${journal}/customerPayments`, body)).toMatchObject({ status: 400 });
  });
});

describe('companies', () => {
  it('own what is written below them', async () => {
    const other = seedId('company', 2);
    const { id } = await writer.post(`companies(${other})/customers`, { displayName: 'Theirs' });
    expect(await writer.row('SELECT company_id AS company FROM customers WHERE id = $1', id)).toEqual({
      company: other,
    });
    expect(await writer.patch(`customers(${id})`, { displayName: 'Ours' })).toMatchObject({ status: 404 });
    expect(await writer.patch(`companies(${other})/customers(${id})`, { displayName: 'Still theirs' })).toMatchObject({
      status: 200,
    });
    expect(await writer.post(`companies(${UNKNOWN})/customers`, { displayName: 'Nobody' })).toMatchObject({
      status: 404,
    });
    const made = await writer.post(`companies(${other})/customerPaymentJournals`, { code: 'THEIRS' });
    const paid = await writer.post(`companies(${other})/customerPaymentJournals(${made.id})/customerPayments`, {
      customerId: id,
    });
    expect(paid).toMatchObject({ status: 201 });
    expect(await writer.post(`customerPaymentJournals(${made.id})/customerPayments`, {})).toMatchObject({
      status: 404,
    });
  });
});

describe('what is not offered', () => {
  it('is refused with what is', async () => {
    const allowed = async (outcome: Promise<Outcome>) => {
      const { status, message } = await outcome;
      return [status, message.slice(message.indexOf('Allowed:'))];
    };
    expect(await allowed(writer.post('companies', {}))).toEqual([405, 'Allowed: GET, HEAD.']);
    expect(await allowed(writer.delete(`accounts(${UNKNOWN})`))).toEqual([405, 'Allowed: GET, HEAD.']);
    expect(await allowed(writer.put('customers', { displayName: 'x' }))).toEqual([
      405,
      'Allowed: GET, HEAD, POST, PATCH.',
    ]);
    const referred = `${await pay()}/customer`;
    expect(await allowed(writer.delete(referred))).toEqual([405, 'Allowed: GET, HEAD, PATCH, PUT.']);
    expect(await writer.patch(referred, {})).toMatchObject({ status: 404 });
    expect(await writer.post(`customers(${UNKNOWN})`, { displayName: 'x' })).toMatchObject({ status: 405 });
  });
});

it('a parent may be named by its alternate key', async () => {
  const path = `customerPaymentJournals(code='W${codes}')/customerPayments`;
  expect(await writer.post(path, {})).toMatchObject({ status: 201 });
  expect(await writer.post(path, {})).toMatchObject({ status: 201 });
  expect(await writer.patch(`${path}(lineNumber=20000)`, { comment: 'second' })).toMatchObject({ status: 200 });
  expect(await writer.patch(`${path}(lineNumber=99999999999)`, {})).toMatchObject({ status: 400 });
});

it('whatever a body holds: it is stored as sent, or refused without a trace', async () => {
  const id = await customer();
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constant(''), fc.constant(null));
  const body = fc.record(
    {
      lineNumber: fc.oneof(fc.integer(), fc.constant(0), fc.double(), fc.constant(10000)),
      customerId: fc.oneof(fc.constant(id), fc.uuid(), fc.constant(null), fc.string()),
      customerNumber: text,
      contactId: text,
      postingDate: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
        text,
      ),
      documentNumber: text,
      externalDocumentNumber: text,
      amount: fc.oneof(fc.integer(), fc.double(), fc.constant('12.34500'), fc.constant('1e12'), text),
      appliesToInvoiceId: fc.oneof(fc.uuid(), fc.constant(null)),
      appliesToInvoiceNumber: text,
      description: text,
      comment: fc.oneof(text, fc.jsonValue()),
      'customer@odata.bind': fc.oneof(text, fc.constant(`customers(${id})`), fc.webPath()),
    },
    { requiredKeys: [] },
  );
  const all = () => writer.rows('SELECT * FROM customer_payments WHERE journal_id = $1 ORDER BY id', idIn(journal));
  await fc.assert(
    fc.asyncProperty(body, fc.boolean(), async (sent, isUpdate) => {
      const path = isUpdate ? await pay() : journal;
      const before = await all();
      const outcome = isUpdate ? await writer.patch(path, sent) : await writer.post(`${path}/customerPayments`, sent);
      expect(outcome.status).toBeLessThan(500);
      if (outcome.status >= 400) expect(await all()).toEqual(before);
      else if (typeof sent.comment === 'string') {
        expect(await writer.row('SELECT comment FROM customer_payments WHERE id = $1', outcome.id)).toEqual({
          comment: sent.comment,
        });
      }
      if (!isUpdate || outcome.status >= 400) return;
      const { amount } = await stored(path);
      if (typeof sent.amount === 'number') expect(Number(amount)).toBe(sent.amount === 0 ? 0 : sent.amount);
    }),
    { numRuns: 250, seed: 10 },
  );
}, 60_000);

it.each(['customers', 'customerPaymentJournals', 'salesInvoices', 'dimensionLines'])(
  'whatever is sent to %s, nothing fails on our side, and what is refused leaves no trace',
  async (set) => {
    const id = await customer();
    const isLine = set === 'dimensionLines';
    const path = isLine ? `${await pay()}/dimensionLines` : set;
    const table = set.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const names = await writer.rows(
      'SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1',
      table,
    );
    const properties = names.map(({ name }) =>
      String(name).replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    );
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        id,
        UNKNOWN,
        '',
        null,
        0,
        true,
        'Draft',
        'All',
        '2026-02-29',
        '2026-02-28',
        'DEPARTMENT',
        'SALES',
      ),
    );
    const extra = [
      'address',
      'id',
      'code',
      'valueId',
      'valueCode',
      'customer@odata.bind',
      'account',
      'company',
      '@odata.etag',
    ];
    const body = fc.dictionary(fc.constantFrom(...properties, ...extra), value, { maxKeys: 6 });
    const all = () => writer.rows(`SELECT * FROM ${table} ORDER BY 1, 2`);
    await fc.assert(
      fc.asyncProperty(body, fc.boolean(), async (random, isLikely) => {
        const likely = { displayName: 'x', code: `F${++codes}`, customerId: id };
        const known = Object.entries(likely).filter(([name]) => properties.includes(name));
        const sent = isLikely ? { ...random, ...Object.fromEntries(known) } : random;
        const before = await all();
        const { status } = await writer.post(path, sent);
        expect(status === 501 || status < 500).toBe(true);
        if (status >= 400) expect(await all()).toEqual(before);
        else expect(await all()).toHaveLength(before.length + 1);
      }),
      { numRuns: 120, seed: 11 },
    );
  },
  60_000,
);
