/** The page for people in a browser, over the real service and beside plain SQL. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { descriptionPages } from '../../../src/openapi/pages';
import { pageFiles } from '../../../src/page-files';
import { startService, type Json, type TestService } from '../../setup/service';
import { startBrowser } from './browser';

/** A browser on a busy machine takes its time. */
const PATIENCE_MS = 100_000;

/** For tests of many steps. */
export const LONG_MS = 400_000;

/** What the tests of a file share. */
export interface PageTests {
  readonly service: () => TestService;
  /** The address of the page. */
  readonly home: () => string;
  /** A browser that knows nothing yet, at an address that the page does not know: `docs` and the like. */
  readonly visit: (address: string, options?: BrowserContextOptions) => Promise<Page>;
  /** Opens the page at a fragment in a browser that knows nothing yet. */
  readonly open: (fragment: string, options?: BrowserContextOptions) => Promise<Page>;
  /** Rows by plain SQL; `$here` stands for the company. */
  readonly sql: (text: string) => Promise<readonly Record<string, unknown>[]>;
  /** The payments of a journal. */
  readonly journal: (code: string) => Promise<string>;
}

/** Starts the service and a browser before the tests of a file; no page may fail in its script, break its policy or ask another host. */
export function pageTests(): PageTests {
  let service: TestService;
  let browser: Browser;
  let home: string;
  const faults: string[] = [];

  beforeAll(async () => {
    const read = async (url: string): Promise<Json | undefined> => {
      const { status, json } = await service.get(url.slice(1));
      return status === 200 ? json : undefined;
    };
    const pages = {
      ...pageFiles('/v1.0', undefined),
      ...descriptionPages({ mount: '/v1.0', publicUrl: undefined, read }),
    };
    service = await startService({ pages });
    home = service.root.replace('v1.0/', '');
    browser = await startBrowser();
    // The first page of a browser is slow, and no test's business.
    const page = await browser.newPage();
    await page.goto(home, { timeout: LONG_MS });
    await page.close();
  }, LONG_MS);
  afterAll(async () => {
    await browser.close();
    await service.close();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(faults.splice(0)).toEqual([]);
    expect(service.takeFailures()).toEqual([]);
  });

  const sql: PageTests['sql'] = (text) =>
    service.sql(text.replaceAll('$here', '(SELECT id FROM companies ORDER BY name LIMIT 1)'));

  const visit: PageTests['visit'] = async (address, options = {}) => {
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(home)) faults.push(`asks ${request.url()}`);
    });
    await page.goto(home + address);
    return page;
  };

  return {
    service: () => service,
    home: () => home,
    visit,
    open: async (fragment, options) => {
      const page = await visit(fragment.startsWith('#') ? fragment : `#/${fragment}`, options);
      await settled(page);
      return page;
    },
    sql,
    journal: async (code) => {
      const [row] = await sql(`SELECT id FROM customer_payment_journals WHERE company_id = $here AND code = '${code}'`);
      return `customerPaymentJournals(${String(row?.['id'])})/customerPayments`;
    },
  };
}

/** Waits until the rows are there. */
export async function settled(page: Page): Promise<void> {
  await page.locator('.grid table:not([aria-busy])').waitFor();
  await page.waitForFunction(() => !document.documentElement.classList.contains('busy'));
}

/** Waits until the request at the foot of the page holds a text. */
export async function asked(page: Page, text: string): Promise<void> {
  await page.waitForFunction((part) => document.querySelector('.url')?.textContent?.includes(part), text);
  await settled(page);
}

/** Pictures are kept only for those who ask for them. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PICTURES'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

const place = (page: Page, heading: string): Promise<number> =>
  page
    .locator('.grid thead th')
    .evaluateAll(
      (cells, text) => cells.findIndex((cell) => cell.querySelector('.heading span')?.textContent === text),
      heading,
    );

/** The texts of a column, of the rows that exist in the document. */
export const columnOf = async (page: Page, heading: string): Promise<string[]> =>
  page
    .locator(`.grid tbody tr[aria-rowindex] > :nth-child(${String((await place(page, heading)) + 1)})`)
    .allTextContents();

/** A cell of the first row that holds a text. */
export const cell = async (page: Page, row: string, heading: string): Promise<Locator> =>
  page
    .locator('.grid tbody tr[aria-rowindex]', { hasText: row })
    .first()
    .locator(`> :nth-child(${String((await place(page, heading)) + 1)})`);

/** A field of the side panel. */
export const field = (page: Page, label: string): Locator => page.locator('.panel').getByLabel(label, { exact: true });

/** The filter below a column's heading. */
export const filter = (page: Page, path: string): Locator => page.locator(`[data-filter="${path}"]`);

/** An amount as the page writes it. */
export const shownAmount = (value: unknown): string =>
  new Intl.NumberFormat('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 20 })
    .format(Number(value))
    .replace('-', '\u2212');

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds serious, contrast among it. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const violations = (await page.evaluate(
    `${axeSource};axe.run(document).then(({ violations }) => violations)`,
  )) as Violation[];
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary.slice(0, 300)}`),
    );
}
