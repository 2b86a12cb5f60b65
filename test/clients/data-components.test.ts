/** The data sources of DevExtreme and Syncfusion, as their grids use them, bundled and run in Chromium: odd headers, tolower filters, totals, links. */
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { startService, type TestService } from '../setup/service';
import { startBrowser } from './support/browser';
import { packageFolder, startPageServer, type PageServer } from './support/page-server';

/** Runs in the browser, where the components' own types are not at hand. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Component = any;
declare const window: { ODataStore: Component; DataSource: Component; ej: { data: Component } } & Window;

let service: TestService;
let pages: PageServer;
let browser: Browser;
let page: Page;
let requests: string[] = [];

beforeAll(async () => {
  service = await startService({ defaultPageSize: 7 });
  pages = await startPageServer(
    { '/ej2': join(packageFolder('@syncfusion/ej2-data'), 'dist/global') },
    '<!doctype html><meta charset="utf-8"><title>Components</title>',
  );
  browser = await startBrowser();
  page = await browser.newPage();
  page.on('request', (request) => {
    if (request.url().startsWith(service.root) && request.method() !== 'OPTIONS')
      requests.push(decodeURIComponent(`${request.method()} ${request.url().slice(service.root.length)}`));
  });
  await page.goto(pages.origin);
  await page.addScriptTag({ content: await devExtreme() });
  for (const name of ['ej2-base', 'ej2-data'])
    await page.addScriptTag({ path: join(packageFolder(`@syncfusion/${name}`), `dist/global/${name}.min.js`) });
});
beforeEach(() => {
  requests = [];
});
afterAll(async () => {
  await browser.close();
  await pages.close();
  await service.close();
});

/** The store and the data source as one script. */
async function devExtreme(): Promise<string> {
  const contents = `import ODataStore from 'devextreme/data/odata/store'; import DataSource from 'devextreme/data/data_source';
    Object.assign(window, { ODataStore, DataSource });`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: __dirname },
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

const rows = (text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> =>
  service.sql(text.replaceAll('$here', '(SELECT id FROM companies ORDER BY name LIMIT 1)'), values);

describe('DevExtreme', () => {
  const store = `new window.ODataStore({ url: root + 'customers', key: 'id', keyType: 'Guid', version: 4,
    beforeSend: (e) => { if (e.method !== 'GET') e.headers = { ...e.headers, 'If-Match': '*' }; } })`;
  const run = <T>(script: string): Promise<T> =>
    page.evaluate(
      `(async () => { const root = ${JSON.stringify(service.root)}; const store = ${store}; ${script} })()`,
    );

  it('filters text in its way, with the total of all', async () => {
    const found = await run<{ data: { number: string }[]; totalCount: number }>(
      `const source = new window.DataSource({ store, filter: ['displayName', 'contains', 'A/S'], sort: [{ selector: 'number', desc: true }],
         pageSize: 2, requireTotalCount: true });
       const data = await source.load(); return { data, totalCount: source.totalCount() };`,
    );
    const expected = await rows(
      `SELECT number FROM customers WHERE company_id = $here AND display_name ILIKE '%a/s%' ORDER BY number COLLATE "C" DESC`,
    );
    expect(requests.join()).toContain('tolower(displayName)');
    expect(found.totalCount).toBe(expected.length);
    expect(found.data.map(({ number }) => number)).toEqual(expected.slice(0, 2).map(({ number }) => number));
  });

  it('counts without rows', async () => {
    const [all] = await rows('SELECT count(*)::int AS n FROM customers WHERE company_id = $here');
    expect(await run('return store.totalCount();')).toBe(all?.['n']);
    expect(requests.join()).toContain('$top=0');
  });

  it('follows the links of the pages', async () => {
    const ids = await run<string[]>('return (await store.load()).map(({ id }) => String(id));');
    const expected = await rows('SELECT id FROM customers WHERE company_id = $here ORDER BY number COLLATE "C"');
    expect(ids).toEqual(expected.map(({ id }) => id));
    expect(requests.length).toBeGreaterThan(1);
  });

  it('inserts, reads by key, updates and removes', async () => {
    const id = await run<string>(
      `const made = await store.insert({ displayName: 'Dev', number: 'DX-1' }); const id = String(made.id);
       await store.update(id, { displayName: 'Dev & Søn' }); const read = await store.byKey(id);
       if (read.displayName !== 'Dev & Søn') throw new Error(read.displayName);
       return id;`,
    );
    expect(await rows('SELECT display_name AS name FROM customers WHERE id = $1', [id])).toEqual([
      { name: 'Dev & Søn' },
    ]);
    await run(`await store.remove(${JSON.stringify(id)});`);
    expect(await rows('SELECT id FROM customers WHERE id = $1', [id])).toEqual([]);
  });
});

describe('Syncfusion', () => {
  const run = <T>(script: string): Promise<T> =>
    page.evaluate(
      `(async () => { const root = ${JSON.stringify(service.root)}; const { DataManager, Query, ODataV4Adaptor, Predicate } = window.ej.data;
         const manager = (set, options = {}) => new DataManager({ url: root + set, adaptor: new ODataV4Adaptor(), crossDomain: true, ...options });
         ${script} })()`,
    );

  it('filters, sorts, selects and pages with the total', async () => {
    const found = await run<{ result: { number: string }[]; count: number }>(
      `const { result, count } = await manager('salesInvoices').executeQuery(new Query().where('status', 'equal', 'Open')
         .sortBy('number', 'descending').select(['number']).page(1, 3).requiresCount());
       return { result, count };`,
    );
    const expected = await rows(
      `SELECT number FROM sales_invoices WHERE company_id = $here AND status = 'Open' ORDER BY number COLLATE "C" DESC`,
    );
    expect(found.count).toBe(expected.length);
    expect(found.result.map(({ number }) => number)).toEqual(expected.slice(0, 3).map(({ number }) => number));
  });

  it('searches and filters text without regard to case', async () => {
    const numbers = await run<string[]>(
      `const { result } = await manager('customers').executeQuery(new Query().where('displayName', 'startswith', 'NORDLYS', true).select(['number']));
       return result.map(({ number }) => number);`,
    );
    const expected = await rows(
      `SELECT number FROM customers WHERE company_id = $here AND lower(display_name) LIKE 'nordlys%' ORDER BY number COLLATE "C"`,
    );
    expect(requests.join()).toContain('tolower');
    expect(numbers).toEqual(expected.map(({ number }) => number));
    const searched = await run<string[]>(
      `const { result } = await manager('customers').executeQuery(new Query().search('nordlys', ['displayName']).select(['number']));
       return result.map(({ number }) => number);`,
    );
    expect(searched).toEqual(expect.arrayContaining(numbers));
  });

  it('expands', async () => {
    const found = await run<{ number: string; customer: { displayName: string } }[]>(
      `const { result } = await manager('salesInvoices').executeQuery(new Query().expand('customer').sortBy('number').take(2)); return result;`,
    );
    const expected = await rows(
      `SELECT i.number, c.display_name AS name FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
       WHERE i.company_id = $here ORDER BY i.number COLLATE "C" LIMIT 2`,
    );
    expect(found.map(({ number, customer }) => ({ number, name: customer.displayName }))).toEqual(expected);
  });

  it('inserts, changes and removes in a batch posted below the set', async () => {
    await run(
      `const made = await manager('customers').insert({ displayName: 'Sync', number: 'SF-1' });
       await manager('customers').saveChanges({ addedRecords: [{ displayName: 'Sync two', number: 'SF-2' }],
         changedRecords: [{ ...made, displayName: 'Sync changed' }], deletedRecords: [] }, 'id', 'customers');`,
    );
    expect(
      await rows(`SELECT number, display_name AS name FROM customers WHERE number LIKE 'SF-%' ORDER BY number`),
    ).toEqual([
      { number: 'SF-1', name: 'Sync changed' },
      { number: 'SF-2', name: 'Sync two' },
    ]);
  });
});
