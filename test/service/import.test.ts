/** `npm run import`: a bank's file becomes payments of a journal, by the same requests as over HTTP. */
import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { loadConfig } from '../../src/config';
import { createDataSource } from '../../src/data-source';
import { csvRows } from '../../src/import/csv-rows';
import { importOptions, type ImportOptions } from '../../src/import/import-options';
import { importPayments, type ImportResult, type RefusedRow } from '../../src/import/import-payments';
import { importSummary } from '../../src/import/import-summary';
import type { Service } from '../../src/odata/service/service';
import { createPaymentService } from '../../src/payment-service';
import { Books, type Party, type TextRow } from '../setup/posting';
import { startService, type Json, type TestService } from '../setup/service';

const project = join(__dirname, '../..');

let service: TestService;
let books: Books;
let source: DataSource;
let importing: Service;
let folder: string;
let files = 0;

beforeAll(async () => {
  service = await startService({ poolSize: 2 });
  books = await Books.of(service);
  folder = await mkdtemp(join(tmpdir(), 'import-'));
  source = await createDataSource({ url: service.databaseUrl, poolSize: 4, statementTimeout: 20_000 }).initialize();
  importing = createPaymentService(loadConfig({ DATABASE_URL: service.databaseUrl }), { dataSource: source });
});

afterAll(async () => {
  await importing.close();
  await source.destroy();
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

interface Outcome extends Partial<Omit<ImportResult, 'journal'>> {
  readonly rows: readonly RefusedRow[];
  readonly error?: string;
}

async function written(content: string | Buffer): Promise<string> {
  const file = join(folder, `payments-${(files += 1)}.csv`);
  await writeFile(file, content);
  return file;
}

/** A new journal, by its code and id. */
async function newJournal(): Promise<Party> {
  const id = await books.journal();
  const { code } = await books.row('SELECT code FROM customer_payment_journals WHERE id = $1', id);
  return { id, number: code ?? '' };
}

async function imported(content: string | Buffer, journal: Party, more: Partial<ImportOptions> = {}): Promise<Outcome> {
  return importedFile(await written(content), journal, more);
}

async function importedFile(
  file: string,
  journal: Party,
  more: Partial<ImportOptions> = {},
  to: Service = importing,
): Promise<Outcome> {
  const rows: RefusedRow[] = [];
  const options = { ...importOptions([file, '--journal', journal.number]), ...more };
  try {
    const result = await importPayments(to, books.company, options, { onRefused: (row) => rows.push(row) });
    const { journal: code, ...counts } = result;
    expect(code).toBe(journal.number);
    return { ...counts, rows };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ImportError') throw error;
    return { rows, error: error.message };
  }
}

const kept = (taken: number): Outcome => ({ taken, refused: 0, isKept: true, rows: [] });

/** The payments of a journal by plain SQL, without what no two journals share. */
const paymentsOf = ({ id }: Party): Promise<readonly TextRow[]> =>
  books.rows(
    `SELECT line_number, customer_id, customer_number, contact_id, posting_date::text, regexp_replace(document_number, '^T\\d+-', '') AS document,
      external_document_number, amount::text, applies_to_invoice_id, applies_to_invoice_number, description, comment, version,
      (SELECT coalesce(jsonb_object_agg(dimension_id, dimension_value_id), '{}') FROM dimension_lines l WHERE l.payment_id = p.id) AS dimensions
    FROM customer_payments p WHERE journal_id = $1 ORDER BY line_number`,
    id,
  );

/** A dimension and one of its values, by their codes. */
async function valueIn(dimension: string): Promise<readonly [string, string]> {
  const { code } = await books.row(
    `SELECT v.code FROM dimension_values v JOIN dimensions d ON d.id = v.dimension_id WHERE d.company_id = $1 AND d.code = $2`,
    books.company,
    dimension,
  );
  return [dimension, String(code)];
}

describe('what is imported', () => {
  it('is what POSTs of the same values, each on its own, make: numbers, dates and documents filled in, pairs in step', async () => {
    const defaultDimensions = [await valueIn('DEPARTMENT'), await valueIn('REGION')].map(([code, value]) => ({
      dimensionCode: code,
      dimensionValueCode: value,
    }));
    const customers = [
      await books.customer({ defaultDimensions: defaultDimensions.slice(0, 1) }),
      await books.customer({ contactId: 'contact-1', defaultDimensions }),
    ];
    const invoice = await books.invoice(customers[0] as Party, '50');
    const bodies = Array.from({ length: 205 }, (_, index) => {
      const customerNumber = customers[index % 2]?.number;
      return [
        { customerNumber, amount: -index - 0.00001, postingDate: '2026-03-31', description: `line "${index}"` },
        { contactId: 'contact-1', amount: index, externalDocumentNumber: `X${index}` },
        { appliesToInvoiceNumber: invoice.number, amount: -1.5, comment: 'æøå, ;' },
        { lineNumber: 10_000_000 + index, amount: 0 },
      ][index % 4];
    });
    const [byPost, byFile] = [await newJournal(), await newJournal()];
    const url = `customerPaymentJournals(${byPost.id})/customerPayments`;
    const requests = bodies.map((body, index) => ({ id: String(index), method: 'POST', url, body }));
    const { json } = await books.send('POST', '$batch', { requests });
    expect(new Set((json['responses'] as readonly Json[]).map(({ status }) => status))).toEqual(new Set([201]));
    const names = [...new Set(bodies.flatMap((body) => Object.keys(body ?? {})))];
    const cell = (value: string | number | undefined): string =>
      value === undefined ? '' : `"${String(value).replaceAll('"', '""')}"`;
    const lines = bodies.map((body) =>
      names.map((name) => cell((body as Record<string, string | number>)[name])).join(),
    );
    expect(await imported([names.join(), ...lines].join('\n'), byFile)).toEqual(kept(205));
    const expected = await paymentsOf(byPost);
    expect(expected).toHaveLength(205);
    expect(await paymentsOf(byFile)).toEqual(expected);
    // The first customer gives one, the second both, and every fourth payment has none.
    const lineCounts = expected.map(({ dimensions }) => Object.keys(dimensions as unknown as Json).length);
    expect(lineCounts.sort()).toEqual(bodies.map((_, index) => [1, 2, 1, 0][index % 4]).sort());
  }, 120_000);

  const rows = [
    ['C00001', '-100.50', 'a "quoted" one; with, signs'],
    ['C00002', '-7', 'two\nlines'],
    ['C00001', '3.00001', ''],
  ] as const;
  const file = (header: readonly string[], delimiter: string, end = '\n', quoted = true): string =>
    [header, ...rows]
      .map((row) =>
        row.map((value) => (quoted && value !== '' ? `"${value.replaceAll('"', '""')}"` : value)).join(delimiter),
      )
      .join(end);
  const names = ['customerNumber', 'amount', 'description'];

  it.each([
    ['commas', file(names, ','), {}],
    ['semicolons', file(names, ';'), {}],
    ['tabs', file(names, '\t'), {}],
    ['another sign that is named', file(names, '|'), { delimiter: '|' }],
    ['CRLF, and a line break at the end', `${file(names, ',', '\r\n')}\r\n`, {}],
    ['a byte order mark', `\uFEFF${file(names, ';')}`, {}],
    ['empty lines', `\n${file(names, ';', '\n\n')}\n\n`, {}],
    ['names in any case and spelling', file(['CUSTOMER NUMBER', 'Amount', 'description'], ';'), {}],
    ['names with lines', file(['customer_number', 'AMOUNT', 'Description'], ','), {}],
    ['decimal commas', file(names, ';').replace(/"(-?\d+)\.(\d+)"/g, '"$1,$2"'), { decimalComma: true }],
    [
      'the other sign',
      file(names, ',').replace('-100', '+100').replace('-7', '7').replace('3.0', '-3.0'),
      { negate: true },
    ],
    ['UTF-16, as some tables write it', Buffer.from(`\uFEFF${file(names, '\t')}`, 'utf16le'), { encoding: 'utf-16le' }],
  ] as const)('reads %s', async (_, content, more) => {
    const journal = await newJournal();
    // Each file is another one, also where its content is the same.
    expect(await imported(content, journal, { again: true, ...more })).toEqual(kept(3));
    const found = (await paymentsOf(journal)).map((row) => [row['customer_number'], row['amount'], row['description']]);
    const names = await books.row(
      `SELECT display_name FROM customers WHERE number = 'C00001' AND company_id = $1`,
      books.company,
    );
    expect(found).toEqual([
      ['C00001', '-100.50000', rows[0][2]],
      ['C00002', '-7.00000', rows[1][2]],
      ['C00001', '3.00001', names['display_name']],
    ]);
  });

  it('reads the encoding that is named, and refuses a file that is not written in it', async () => {
    const [journal, text] = [await newJournal(), 'amount;description\n-1;Blåbærgrød\n'];
    const wrong = await imported(Buffer.from(text, 'latin1'), journal);
    expect(wrong.error).toBe(
      'The file is not written in utf-8. Say which encoding it has, e.g. --encoding windows-1252.',
    );
    expect(await imported(Buffer.from(text, 'latin1'), journal, { encoding: 'windows-1252' })).toEqual(kept(1));
    expect((await paymentsOf(journal)).map(({ description }) => description)).toEqual(['Blåbærgrød']);
  });

  it('reads rows as they come: the first ones are there before the last ones are written', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = createWriteStream(pipe);
    writer.write(`amount,description\n${'-1,x\n'.repeat(1000)}`);
    const reader = csvRows({ file: pipe, encoding: 'utf-8', delimiter: undefined });
    for (let row = 0; row < 900; row++) expect((await reader.next()).done).toBe(false);
    writer.end('-2,y\n');
    let rows = 900;
    for await (const { values } of reader) if ((rows += 1) === 1002) expect(values).toEqual(['-2', 'y']);
    expect(rows).toBe(1002);
  });
});

describe('what is refused', () => {
  /** Lines 2 to 13; the description of line 4 goes on in line 5. */
  const mixed = [
    'customerNumber;amount;postingDate;description;lineNumber',
    'C00001;-1;2026-03-31;good;',
    'C99999;-1;2026-03-31;unknown customer;',
    'C00001;-2;2026-03-31;"good, in two',
    'lines";',
    'C00001;-1,50;2026-03-31;decimal comma;',
    'C00001;1.234.567,89;;thousands;',
    'C00001;;2026-03-31;no amount;',
    'C00001;-1;31.03.2026;no date;',
    'C00001;-1;2026-03-31;short',
    `C00001;-1;2026-02-30;${'x'.repeat(51)};y`,
    'C00001;-3;2026-03-31;good;70000',
    'C00001;-3;2026-03-31;the same line;70000',
  ].join('\n');
  const refusals: readonly (readonly [line: number, reason: RegExp])[] = [
    [3, /^customerNumber: The "customerNumber" does not match to a Customer\.$/],
    [6, /^amount: "-1,50" has a decimal comma\. Import the file with --decimal-comma if 1234,56 is what it means\.$/],
    [7, /^amount: "1\.234\.567,89" has a decimal comma\./],
    [8, /^amount: There is no amount\.$/],
    [9, /^postingDate: .*31\.03\.2026/],
    [10, /^The row has 4 values, the header names 5 columns\.$/],
    [11, /^postingDate: .*2026-02-30.* description: .* lineNumber: /],
    [13, /^lineNumber: A record with the same/],
  ];
  const matched = (rows: readonly RefusedRow[]): void => {
    expect(rows.map(({ line }) => line)).toEqual(refusals.map(([line]) => line));
    rows.forEach(({ reason }, index) => expect(reason).toMatch(refusals[index]?.[1] ?? /never/));
  };

  it('each row with its line and reason; nothing is kept, or what is good when told so, and nothing when only tried', async () => {
    const journal = await newJournal();
    const before = await books.everything();
    for (const more of [{}, { dryRun: true }, { dryRun: true, keepGoing: true }]) {
      const { rows, ...counts } = await imported(mixed, journal, more);
      expect(counts).toEqual({ taken: 3, refused: 8, isKept: false });
      matched(rows);
      expect(await books.everything()).toBe(before);
    }
    const { rows, ...counts } = await imported(mixed, journal, { keepGoing: true });
    expect(counts).toEqual({ taken: 3, refused: 8, isKept: true });
    matched(rows);
    expect(
      (await paymentsOf(journal)).map(({ line_number: line, amount, description }) => [line, amount, description]),
    ).toEqual([
      [10000, '-1.00000', 'good'],
      [20000, '-2.00000', 'good, in two\nlines'],
      [70000, '-3.00000', 'good'],
    ]);
  });

  it('as many rows as there may be at little more than the cost of one pass, each with all that a POST of it tells', async () => {
    const [journal, byPost] = [await newJournal(), await newJournal()];
    const kinds = [
      { amount: '-1' },
      { customerNumber: 'C99999', amount: '-2' },
      { amount: '99999999999999', postingDate: '2026-02-30', externalDocumentNumber: 'x'.repeat(21) },
      { customerNumber: 'C99999', amount: '-4', appliesToInvoiceNumber: 'y'.repeat(21) },
    ] as const;
    const bodies: readonly Record<string, string>[] = Array.from({ length: 400 }, (_, at) => kinds[at % 4] ?? {});
    const reasonOf = new Map<unknown, string>();
    for (const body of kinds) {
      const type = { 'Content-Type': 'application/json;IEEE754Compatible=true' };
      const path = `customerPaymentJournals(${byPost.id})/customerPayments`;
      const { status, json } = await service.send('POST', path, type, JSON.stringify(body));
      const { details, ...first } = (json['error'] ?? {}) as { message?: string; target?: string; details?: Json[] };
      const faults = details ?? [{ ...first }];
      if (status >= 400)
        reasonOf.set(body, faults.map(({ target, message }) => `${String(target)}: ${String(message)}`).join(' '));
    }
    expect(reasonOf.size).toBe(3);
    const names = [...new Set(kinds.flatMap((body) => Object.keys(body)))];
    const lines = bodies.map((body) => names.map((name) => body[name] ?? '').join());
    let requests = 0;
    const counting: Service = {
      ...importing,
      transaction: (work) =>
        importing.transaction(({ handler, ...others }) =>
          work({
            ...others,
            handler: (...request) => {
              requests += 1;
              return handler(...request);
            },
          }),
        ),
    };
    const file = await written([names.join(), ...lines].join('\n'));
    const { rows, ...counts } = await importedFile(file, journal, { keepGoing: true }, counting);
    expect(counts).toEqual({ taken: 100, refused: 300, isKept: true });
    expect(rows).toEqual(
      bodies.flatMap((body, at) => (reasonOf.has(body) ? [{ line: at + 2, reason: reasonOf.get(body) }] : [])),
    );
    expect(await paymentsOf(journal)).toHaveLength(100);
    expect(requests).toBeLessThanOrEqual(12);
  });

  it('a good file is only tried with --dry-run, and imported after it', async () => {
    const journal = await newJournal();
    const before = await books.everything();
    expect(await imported('amount\n-1\n', journal, { dryRun: true })).toEqual({ ...kept(1), isKept: false });
    expect(await books.everything()).toBe(before);
    expect(await imported('amount\n-1\n', journal)).toEqual(kept(1));
  });

  it.each<readonly [what: string, content: string, message: RegExp]>([
    ['an empty file', '', /^The file is empty\.$/],
    ['blank lines', '\n \n', /^The file is empty\.$|no name/],
    ['no rows', 'amount,description\n', /^The file has no payments: there is nothing below its first line\.$/],
    [
      'an unknown column',
      'amount,custumerNumber\n-1,x',
      /A payment has no "custumerNumber"\. Did you mean 'customerNumber'\?/,
    ],
    [
      'what the service sets',
      'amount,id,lastModifiedDateTime\n-1,,',
      /"id" is set by the service\.\n.*"lastModifiedDateTime" is set/,
    ],
    ['a column without name', 'amount;\n-1;x', /Column 2 has no name\./],
    ['a column twice', 'amount;description;Description\n-1;x;y', /There are two columns "description"\./],
    ['no amounts', 'customerNumber\nC00001', /There is no column "amount"\./],
    [
      'a quotation mark that is not closed',
      'amount,description\n-1,"x\n-2,y\n',
      /^The file is no CSV: .*Quote Not Closed/,
    ],
    ['a quotation mark within a value', 'amount,description\n-1,x"y\n', /^The file is no CSV: .*line 2/],
  ])('a file with %s, as a whole', async (_, content, message) => {
    const journal = await newJournal();
    const { error } = await imported(content, journal, { keepGoing: true });
    expect(error).toMatch(message);
    expect(await paymentsOf(journal)).toEqual([]);
  });

  it('a journal and a company are found behind the first page of them, and by names with signs in them', async () => {
    const journal = await newJournal();
    await service.sql(`UPDATE customer_payment_journals SET code = $2 WHERE id = $1`, [journal.id, "Z'Z&+%"]);
    const other = await books.row(
      'SELECT c.name, min(j.code) AS code FROM companies c JOIN customer_payment_journals j ON j.company_id = c.id GROUP BY c.name ORDER BY c.name DESC',
    );
    const config = loadConfig({ DATABASE_URL: service.databaseUrl, MAX_PAGE_SIZE: '1' });
    const narrow = createPaymentService(config, { dataSource: source });
    const file = await written('amount\n-7\n');
    expect(await importedFile(file, { ...journal, number: "Z'Z&+%" }, {}, narrow)).toEqual(kept(1));
    const trial = { company: other.name ?? '', dryRun: true };
    expect(await importedFile(file, { id: '', number: other.code ?? '' }, trial, narrow)).toEqual({
      ...kept(1),
      isKept: false,
    });
  });

  it('an unknown journal, company or file, with what was meant', async () => {
    const journal = await newJournal();
    const file = await written('amount\n-3\n');
    expect((await importedFile(file, { ...journal, number: 'CASHRCP' })).error).toBe(
      "There is no journal CASHRCP. Did you mean 'CASHRCPT'?",
    );
    expect((await importedFile(file, journal, { company: 'Nobody' })).error).toMatch(/^There is no company Nobody\./);
    expect((await importedFile(`${file}.not`, journal)).error).toBe(`There is no file ${file}.not.`);
    expect((await importedFile(folder, journal)).error).toBe(`The file ${folder} cannot be read (EISDIR).`);
  });
});

describe('once', () => {
  it('a journal and a company are found however few entities a page may have', async () => {
    const small = createPaymentService(loadConfig({ DATABASE_URL: service.databaseUrl, MAX_PAGE_SIZE: '1' }), {
      dataSource: source,
    });
    const [, company] = await books.rows('SELECT name FROM companies ORDER BY name');
    const journal = await newJournal();
    try {
      const file = await written('amount\n-1');
      expect(await importedFile(file, journal, {}, small)).toEqual(kept(1));
      // The journal is one of the first company.
      expect((await importedFile(file, journal, { company: company?.['name'] ?? '' }, small)).error).toMatch(
        new RegExp(`^There is no journal ${journal.number}\\.`),
      );
    } finally {
      await small.close();
    }
  });

  it('the same content is imported once into a company, whatever its name, its journal and its way, and again when told so', async () => {
    const [journal, other] = [await newJournal(), await newJournal()];
    const content = 'amount,description\n-5,once\n';
    expect(await imported(content, journal)).toEqual(kept(1));
    for (const [place, more] of [
      [journal, {}],
      [other, {}],
      [journal, { dryRun: true }],
      [journal, { keepGoing: true }],
    ] as const) {
      const { error } = await imported(content, place, more);
      expect(error).toMatch(
        new RegExp(
          `^The same payments were imported on \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC from payments-\\d+\\.csv into the journal ${journal.number}\\. Nothing was imported; --again imports them once more\\.$`,
        ),
      );
    }
    expect([await paymentsOf(journal), await paymentsOf(other)]).toMatchObject([{ length: 1 }, { length: 0 }]);
    expect(await imported(content, other, { again: true })).toEqual(kept(1));
    const [elsewhere] = await books.rows('SELECT id, name FROM companies WHERE id <> $1', books.company);
    const [there] = await books.rows(
      'SELECT id, code FROM customer_payment_journals WHERE company_id = $1 LIMIT 1',
      elsewhere?.['id'],
    );
    const place = { id: there?.['id'] ?? '', number: there?.['code'] ?? '' };
    const count = (await paymentsOf(place)).length;
    expect(await imported(content, place, { company: elsewhere?.['name'] ?? '' })).toEqual(kept(1));
    expect(await paymentsOf(place)).toHaveLength(count + 1);
  });

  it('what was refused can be sent again as it is; of two who import a file at once one succeeds', async () => {
    const journal = await newJournal();
    const customer = `LATE${files}`;
    const file = await written(`customerNumber,amount\n${customer},-1\n`);
    expect(await importedFile(file, journal)).toMatchObject({ taken: 0, refused: 1, isKept: false });
    await books.created('customers', { displayName: 'Late', number: customer });
    const outcomes = await Promise.all([importedFile(file, journal), importedFile(file, journal)]);
    expect(outcomes.map(({ isKept, error }) => isKept ?? error?.slice(0, 32)).sort()).toEqual(
      ['The same payments were imported ', true].sort(),
    );
    expect(await paymentsOf(journal)).toHaveLength(1);
  });
});

describe('the command', () => {
  const command = (...args: readonly string[]): Promise<readonly [code: number | null, output: string]> =>
    new Promise((resolve) => {
      const env = { ...process.env, DATABASE_URL: service.databaseUrl, INIT_CWD: folder };
      const child = spawn(process.execPath, ['scripts/start.mjs', 'src/import/main.ts', ...args], {
        cwd: project,
        env,
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.on('close', (code) => resolve([code, output]));
    });

  it('does what docs/importing.md shows, and ends with 0, 1 or 2', async () => {
    const document = readFileSync(join(project, 'docs/importing.md'), 'utf8');
    const [, csv = ''] = /```csv\n([^]*?)```/.exec(document) ?? [];
    const [tried = '', done = ''] = [...document.matchAll(/```sh\n\$ npm run import.*\n([^]*?)```/g)].map(
      ([, text]) => text,
    );
    await writeFile(join(folder, 'march.csv'), csv);
    await writeFile(join(folder, 'corrected.csv'), csv.replace('C99999', 'C00003'));
    const [first, second, wrong, missing] = await Promise.all([
      command('march.csv', '--journal', 'CASHRCPT', '--dry-run'),
      command('corrected.csv', '--journal', 'cashrcpt'),
      command('march.csv', '--jurnal', 'CASHRCPT'),
      command('none.csv', '--journal', 'CASHRCPT'),
    ]);
    const seconds = /[\d.]+(?= s\.)/;
    expect(first[1]).toBe(tried);
    expect(second[1].replace(seconds, '…')).toBe(done.replace(seconds, '…'));
    expect(wrong[1]).toMatch(/^Unknown option '--jurnal'[^]*\nUsage: npm run import -- payments\.csv --journal CODE/);
    expect(missing[1]).toBe(`There is no file ${join(folder, 'none.csv')}.\n`);
    expect([first, second, wrong, missing].map(([code]) => code)).toEqual([1, 0, 2, 1]);
  }, 120_000);

  it.each([
    [{ taken: 1200, refused: 0, isKept: true }, false, 'Imported 1,200 payments into CASH in 1.3 s.'],
    [{ taken: 1, refused: 1, isKept: true }, false, 'Imported 1 payment into CASH in 1.3 s; 1 row refused.'],
    [
      { taken: 1, refused: 2, isKept: false },
      false,
      'Nothing was imported: 2 rows refused, 1 payment could be imported.',
    ],
    [
      { taken: 3, refused: 0, isKept: false },
      true,
      'Tried only: 3 payments can be imported into CASH, 0 rows refused. Nothing was kept.',
    ],
  ])('sums up %j', (counts, dryRun, sentence) => {
    expect(importSummary({ ...counts, journal: 'CASH' }, { dryRun }, 1290)).toBe(sentence);
  });

  it.each([
    [[], 'Name the file to import.'],
    [['a.csv'], 'Name the journal: --journal CODE.'],
    [['a.csv', 'b.csv', '--journal', 'X'], 'One file is imported at a time; b.csv is a second one.'],
    [['a.csv', '--journal', 'X', '--delimiter', 'x'], "--delimiter must be , or ; or | or tab, not 'x'."],
    [
      ['a.csv', '--journal', 'X', '--encoding', 'x'],
      "--encoding must be the name of an encoding such as utf-8 or windows-1252, not 'x'.",
    ],
  ])('refuses the arguments %j', (args, message) => {
    expect(() => importOptions(args, '/')).toThrow(message);
  });
});
