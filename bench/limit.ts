/**
 * The limit: what a service of this kind costs at least in node. One named statement per endpoint, the JSON text made by PostgreSQL; no
 * URL is parsed, nothing is checked. Never a product: it is what ours is compared with. Prints the port it listens on.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { Pool } from 'pg';
import { LIMIT_NAME, ROOT } from './names';

const pool = new Pool({
  connectionString: process.env['DATABASE_URL'],
  application_name: LIMIT_NAME,
  max: Math.min(10, Math.max(2, availableParallelism())),
  idleTimeoutMillis: 0,
  options: '-c TimeZone=UTC',
});

const columns = `'W/"' || p.version || '"' AS "@odata.etag", p.id, p.journal_id AS "journalId", j.code AS "journalDisplayName", p.line_number AS "lineNumber",
  p.customer_id AS "customerId", p.customer_number AS "customerNumber", p.contact_id AS "contactId", p.posting_date AS "postingDate",
  p.document_number AS "documentNumber", p.external_document_number AS "externalDocumentNumber", p.amount, p.applies_to_invoice_id AS "appliesToInvoiceId",
  p.applies_to_invoice_number AS "appliesToInvoiceNumber", p.description, p.comment, p.last_modified_date_time AS "lastModifiedDateTime"`;
const inJournal = 'customer_payments p JOIN customer_payment_journals j ON j.id = p.journal_id';
const five = `'W/"' || p.version || '"' AS "@odata.etag", p.id, p.line_number AS "lineNumber", p.customer_number AS "customerNumber", p.amount, p.posting_date AS "postingDate"`;

const collection = (journal: string, select: string, rows: string, more = ''): string =>
  `SELECT '{"@odata.context":"${ROOT}$metadata#customerPaymentJournals(' || ${journal} || ')/customerPayments${select}",${more}"value":' || coalesce(json_agg(r)::text, '[]') || '}' AS t FROM (${rows}) r`;
const entity = (journal: string, rows: string): string =>
  `SELECT '{"@odata.context":"${ROOT}$metadata#customerPaymentJournals(' || ${journal} || ')/customerPayments/$entity",' || substr(row_to_json(r)::text, 2) AS t, r."@odata.etag" AS e FROM (${rows}) r`;

/** The dimension lines of `p` in a table, or in what stands for it. */
const linesOf = (table: string): string =>
  `SELECT 'W/"' || d.version || '"' AS "@odata.etag", d.payment_id AS "parentId", d.dimension_id AS id, m.code,
    m.display_name AS "displayName", d.dimension_value_id AS "valueId", v.code AS "valueCode", v.display_name AS "valueDisplayName"
  FROM ${table} d JOIN dimensions m ON m.id = d.dimension_id JOIN dimension_values v ON v.id = d.dimension_value_id
  WHERE d.payment_id = p.id ORDER BY d.dimension_id`;

const expanded = `(SELECT coalesce(json_agg(l), '[]') FROM (${linesOf('dimension_lines')}) l) AS "dimensionLines",
  (SELECT row_to_json(c) FROM (SELECT 'customers(' || c.id || ')' AS "@odata.id", 'W/"' || c.version || '"' AS "@odata.etag", c.number, c.display_name AS "displayName" FROM customers c WHERE c.id = p.customer_id) c) AS customer`;

/** A new payment. */
const inserted = `p AS (INSERT INTO customer_payments (company_id, journal_id, line_number, customer_id, customer_number, posting_date, document_number,
      external_document_number, amount, description)
    SELECT c.company_id, $1::uuid, (SELECT max(line_number) + 10000 FROM customer_payments WHERE journal_id = $1::uuid), c.id, c.number, $3::date, $4, $5, $6::numeric, c.display_name
    FROM customers c JOIN customer_payment_journals o ON o.company_id = c.company_id WHERE o.id = $1::uuid AND c.number = $2 RETURNING *)`;

const lambda = `(SELECT true FROM dimension_lines d JOIN dimensions m ON m.id = d.dimension_id JOIN dimension_values v ON v.id = d.dimension_value_id
  WHERE d.payment_id = p.id AND m.code = $2 AND v.code = $3 LIMIT 1)`;

const statements = {
  q1: entity('$1::text', `SELECT ${columns} FROM ${inJournal} WHERE p.journal_id = $1::uuid AND p.id = $2::uuid`),
  q2: collection(
    '$1::text',
    '(id,lineNumber,customerNumber,amount,postingDate)',
    `SELECT ${five} FROM customer_payments p WHERE p.journal_id = $1::uuid ORDER BY p.line_number LIMIT 100`,
  ),
  q3: collection(
    '$1::text',
    '',
    `SELECT ${columns} FROM ${inJournal} WHERE p.journal_id = $1::uuid AND p.amount > $2::numeric AND p.customer_number LIKE $3
    ORDER BY p.posting_date DESC NULLS LAST, p.id DESC LIMIT 20`,
  ),
  q4: collection(
    '$1::text',
    '(customer(number,displayName))',
    `SELECT ${columns}, ${expanded} FROM ${inJournal} WHERE p.journal_id = $1::uuid ORDER BY p.line_number LIMIT 50`,
  ),
  q5: collection(
    '$1::text',
    '',
    `SELECT ${columns} FROM ${inJournal} WHERE p.journal_id = $1::uuid AND ${lambda} ORDER BY p.line_number LIMIT 20`,
  ),
  q6: collection(
    '$1::text',
    '',
    `SELECT ${columns} FROM ${inJournal} WHERE p.journal_id = $1::uuid AND p.amount > $2::numeric ORDER BY p.line_number LIMIT 20`,
    `"@odata.count":' || (SELECT count(*) FROM customer_payments p WHERE p.journal_id = $1::uuid AND p.amount > $2::numeric) || ',`,
  ),
  q7: collection(
    '$1::text',
    '(customerId,total)',
    `SELECT NULL::text AS "@odata.id", p.customer_id AS "customerId", '#Decimal' AS "total@odata.type", sum(p.amount) AS total FROM customer_payments p
    WHERE p.journal_id = $1::uuid GROUP BY p.customer_id ORDER BY p.customer_id NULLS FIRST`,
  ),
  q8: `SELECT '{"@odata.context":"${ROOT}$metadata#customerPaymentJournals(' || $1::text || ')/customerPayments","value":' || json_agg(r)::text
    || ',"@odata.nextLink":"${ROOT}q8/' || $1::text || '/' || $3::text || '/' || max(r."lineNumber") || '"}' AS t
    FROM (SELECT ${columns} FROM ${inJournal} WHERE p.journal_id = $1::uuid AND p.line_number > $2::int ORDER BY p.line_number LIMIT ($3::text)::int) r`,
  q9: entity(
    '$1::text',
    `SELECT ${columns} FROM customer_payment_journals j JOIN p ON true WHERE j.id = $1::uuid`,
  ).replace(
    'SELECT',
    `WITH ${inserted}
    SELECT`,
  ),
  q10: entity('$1::text', `SELECT ${columns} FROM customer_payment_journals j JOIN p ON p.journal_id = j.id`).replace(
    'SELECT',
    `WITH p AS (UPDATE customer_payments SET description = $4, version = version + 1, last_modified_date_time = now()
      WHERE journal_id = $1::uuid AND id = $2::uuid AND version = $3::int RETURNING *)
    SELECT`,
  ),
  q11: entity(
    '$1::text',
    `SELECT ${columns} FROM customer_payment_journals j JOIN p ON true WHERE j.id = $1::uuid ORDER BY p.line_number`,
  ).replace(
    'SELECT',
    `WITH p AS (INSERT INTO customer_payments (company_id, journal_id, line_number, customer_id, customer_number, posting_date, document_number,
      external_document_number, amount, description)
    SELECT c.company_id, $1::uuid, (SELECT max(line_number) FROM customer_payments WHERE journal_id = $1::uuid) + 10000 * r.n, c.id, c.number, r.posting, r.document,
      r.external, r.amount, c.display_name
    FROM unnest($2::text[], $3::date[], $4::text[], $5::text[], $6::numeric[]) WITH ORDINALITY AS r (customer, posting, document, external, amount, n)
    JOIN customer_payment_journals o ON o.id = $1::uuid JOIN customers c ON c.company_id = o.company_id AND c.number = r.customer RETURNING *)
    SELECT`,
  ),
  q12: entity(
    '$1::text',
    `SELECT ${columns}, (SELECT json_agg(l) FROM (${linesOf('d')}) l) AS "dimensionLines" FROM customer_payment_journals j JOIN p ON true WHERE j.id = $1::uuid`,
  ).replace(
    'SELECT',
    `WITH ${inserted}, d AS (INSERT INTO dimension_lines (payment_id, company_id, dimension_id, dimension_value_id)
      SELECT p.id, p.company_id, m.id, v.id FROM p CROSS JOIN unnest($7::text[], $8::text[]) AS g (code, value) JOIN dimensions m ON m.company_id = p.company_id AND m.code = g.code
      JOIN dimension_values v ON v.dimension_id = m.id AND v.code = g.value RETURNING *)
    SELECT`,
  ),
} as const;

type Name = keyof typeof statements;

interface Row {
  readonly t: string;
  readonly e?: string;
}

async function runAll(name: Name, values: readonly unknown[]): Promise<readonly Row[]> {
  return (await pool.query<{ t: string; e?: string }>({ name, text: statements[name], values: [...values] })).rows;
}

async function run(name: Name, values: readonly unknown[]): Promise<Row> {
  const [row] = await runAll(name, values);
  if (!row) throw new Error(`${name} found nothing`);
  return row;
}

/** `/q1/<journal>/<id>` and the like: ids at fixed places, other values behind slashes. */
const journalIn = (url: string, at: number): string => url.slice(at, at + 36);
const rest = (url: string, from: number): readonly string[] => url.slice(from).split('/');

/** What the body of a new payment has, in the order of the parameters. */
const fields = ['customerNumber', 'postingDate', 'documentNumber', 'externalDocumentNumber', 'amount'] as const;
type Payment = Readonly<Record<(typeof fields)[number], string | number>>;

async function text(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

function send(outgoing: ServerResponse, status: number, body: string, etag?: string): void {
  const bytes = Buffer.from(body);
  outgoing.writeHead(status, {
    'Content-Type': 'application/json;odata.metadata=minimal',
    'OData-Version': '4.0',
    'Content-Length': bytes.length,
    ...(etag === undefined ? {} : { ETag: etag }),
  });
  outgoing.end(bytes);
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const url = incoming.url ?? '';
  const name = url.slice(1, url.indexOf('/', 1));
  switch (name) {
    case 'q1': {
      const { t, e } = await run('q1', [journalIn(url, 4), url.slice(41, 77)]);
      return send(outgoing, 200, t, e);
    }
    case 'q2':
    case 'q4':
    case 'q7':
      return send(outgoing, 200, (await run(name, [journalIn(url, 4)])).t);
    case 'q3':
    case 'q5':
    case 'q6':
      return send(outgoing, 200, (await run(name, [journalIn(url, 4), ...rest(url, 41)])).t);
    case 'q8': {
      const [size = '', after = ''] = rest(url, 41);
      return send(outgoing, 200, (await run('q8', [journalIn(url, 4), after, size])).t);
    }
    case 'q9': {
      const payment = JSON.parse(await text(incoming)) as Payment;
      const { t, e } = await run('q9', [journalIn(url, 4), ...fields.map((name) => payment[name])]);
      return send(outgoing, 201, t, e);
    }
    case 'q11': {
      const { requests } = JSON.parse(await text(incoming)) as { requests: readonly { id: string; body: Payment }[] };
      const journal = journalIn(url, 5);
      const column = (name: keyof Payment): readonly unknown[] => requests.map(({ body }) => body[name]);
      const rows = await runAll('q11', [journal, ...fields.map(column)]);
      const responses = rows.map(({ t, e = '' }, index) => {
        const id = t.slice(t.indexOf('"id":"') + 6).slice(0, 36);
        const headers = `{"OData-Version":"4.0","Content-Type":"application/json;odata.metadata=minimal","Location":"${ROOT}customerPaymentJournals(${journal})/customerPayments(${id})","ETag":${JSON.stringify(e)}}`;
        return `{"id":"${requests[index]?.id ?? ''}","atomicityGroup":"g","status":201,"headers":${headers},"body":${t}}`;
      });
      return send(outgoing, 200, `{"responses":[${responses.join(',')}]}`);
    }
    case 'q12': {
      const { dimensionLines, ...payment } = JSON.parse(await text(incoming)) as Payment & {
        dimensionLines: readonly { code: string; valueCode: string }[];
      };
      const lines = [dimensionLines.map(({ code }) => code), dimensionLines.map(({ valueCode }) => valueCode)];
      const { t, e } = await run('q12', [journalIn(url, 5), ...fields.map((name) => payment[name]), ...lines]);
      return send(outgoing, 201, t, e);
    }
    case 'q10': {
      const { description } = JSON.parse(await text(incoming)) as Record<string, string>;
      const version = (incoming.headers['if-match'] ?? '').slice(3, -1);
      const { t, e } = await run('q10', [journalIn(url, 5), url.slice(42, 78), version, description]);
      return send(outgoing, 200, t, e);
    }
    default:
      return send(outgoing, 404, '{}');
  }
}

const server = createServer({ keepAliveTimeout: 75_000, noDelay: true }, (incoming, outgoing) => {
  answer(incoming, outgoing).catch((error: unknown) => send(outgoing, 500, String(error)));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`Serving http://127.0.0.1:${port}`);
});
process.on('SIGTERM', () => process.exit(0));
