/** The page for every eye and hand: charts that add up, a query bar that helps, phones, dark rooms, keyboards, screen readers; and how light it is. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { firstRequests } from '../../src/first-requests';
import { asked, columnOf, filter, pageTests, picture, seriousFindings, settled, shownAmount } from './support/page';

const { home, open, sql, visit, journal } = pageTests();

const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe('charts', () => {
  const receipts = '#f.amount=%3C0&chart=/customerPaymentDetails';

  it('show the sums that the database makes, by month and by customer', async () => {
    const page = await open(receipts);
    await page.locator('.time-chart').waitFor();
    await page.locator('.group-chart').waitFor();
    const months = await sql(
      `SELECT to_char(m, 'FMMonth YYYY') AS month, coalesce(sum(p.amount), 0)::text AS total, count(p.id)::int AS rows
       FROM generate_series((SELECT date_trunc('month', min(posting_date)) FROM customer_payments WHERE company_id = $here AND amount < 0),
         (SELECT max(posting_date) FROM customer_payments WHERE company_id = $here AND amount < 0), interval '1 month') AS m
       LEFT JOIN customer_payments p ON date_trunc('month', p.posting_date) = m AND p.company_id = $here AND p.amount < 0
       GROUP BY m ORDER BY m`,
    );
    expect(months.length).toBeGreaterThan(24);
    const said = await page.locator('.columns .column').evaluateAll((all) => all.map((one) => one.ariaLabel));
    expect(said).toEqual(
      months.map(
        ({ month, total, rows }) =>
          `${String(month)}: ${shownAmount(total)}, ${String(rows)} ${rows === 1 ? 'row' : 'rows'}`,
      ),
    );
    const groups = await sql(
      `SELECT coalesce(c.display_name, p.customer_number, 'none') AS name, sum(p.amount)::text AS total FROM customer_payments p
       LEFT JOIN customers c ON c.id = p.customer_id WHERE p.company_id = $here AND p.amount < 0
       GROUP BY p.customer_number, c.display_name ORDER BY abs(sum(p.amount)) DESC`,
    );
    expect(groups.length).toBeGreaterThan(8);
    const rest = groups.slice(8).reduce((sum, { total }) => sum + Math.round(Number(total) * 1e5), 0) / 1e5;
    const shown = await page
      .locator('.group-chart tr')
      .evaluateAll((rows) =>
        rows.map((row) => [row.querySelector('th')?.textContent, row.querySelector('td.right')?.textContent]),
      );
    expect(shown).toEqual([
      ...groups.slice(0, 8).map(({ name, total }) => [name, shownAmount(total)]),
      [`${String(groups.length - 8)} more`, shownAmount(rest)],
    ]);
    await picture(page, 'charts');
  });

  it('narrow the rows to what a bar stands for, and follow the search', async () => {
    const page = await open(receipts);
    await page.locator('.group-chart button').first().click();
    await asked(page, 'customerNumber eq');
    const [largest = {}] = await sql(
      `SELECT p.customer_number AS number, count(*)::int AS n FROM customer_payments p WHERE p.company_id = $here AND p.amount < 0
       GROUP BY 1 ORDER BY abs(sum(p.amount)) DESC LIMIT 1`,
    );
    expect(new Set(await columnOf(page, 'Customer number'))).toEqual(new Set([largest['number']]));
    expect(await page.locator('.subtitle').textContent()).toBe(`${String(largest['n'])} rows`);
    const other = await open('#search=brien&chart=/customerPaymentDetails');
    await other.locator('.group-chart').waitFor();
    const [sum] = await sql(
      `SELECT sum(p.amount)::text AS total FROM customer_payments p LEFT JOIN customers c ON c.id = p.customer_id
       WHERE p.company_id = $here AND (c.display_name ILIKE '%brien%' OR p.description ILIKE '%brien%' OR p.comment ILIKE '%brien%')`,
    );
    await other.locator('.totals b').first().waitFor();
    expect(await other.locator('.totals b').first().textContent()).toBe(shownAmount(sum?.['total']));
  });
});

describe('the query bar', () => {
  it('completes names, shows an error at its place, and opens any set', async () => {
    const page = await open('#');
    const bar = page.getByRole('combobox', { name: 'OData query' });
    await bar.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('salesInv');
    await page.getByRole('option', { name: /^salesInvoices/ }).waitFor();
    await page.keyboard.press('Tab');
    expect(await bar.inputValue()).toBe('salesInvoices');
    await page.keyboard.type('?$filter=rema');
    await page.getByRole('option', { name: /^remainingAmount/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await bar.inputValue()).toBe('salesInvoices?$filter=remainingAmount');
    await page.keyboard.type(' gt 1000 and numbr ne null&$orderby=number');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    const problem = page.locator('.query-problem');
    await problem.locator('mark').waitFor();
    expect(await problem.locator('mark').textContent()).toBe('numbr');
    expect(await problem.locator('p').first().textContent()).toBe(
      "The type 'salesInvoice' has no property 'numbr'. Did you mean 'number'?",
    );
    expect(await bar.getAttribute('aria-invalid')).toBe('true');
    await picture(page, 'query-error');
    await bar.fill('salesInvoices?$filter=remainingAmount gt 1000 and number ne null&$orderby=number');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await problem.waitFor({ state: 'hidden' });
    await settled(page);
    const expected = await sql(
      'SELECT number FROM sales_invoices WHERE company_id = $here AND remaining_amount > 1000 ORDER BY number COLLATE "C"',
    );
    expect(await columnOf(page, 'Number')).toEqual(expected.map(({ number }) => number));
    // What is run is all that is asked: no filter stays below a heading that does not hold.
    await filter(page, 'number').fill(`=${String(expected[0]?.['number'])}`);
    await asked(page, 'number eq');
    expect(await page.locator('.subtitle').textContent()).toBe('1 row');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.waitForFunction(() => !document.querySelector('.url')?.textContent?.includes('number eq'));
    await settled(page);
    expect(await columnOf(page, 'Number')).toEqual(expected.map(({ number }) => number));
    expect(await filter(page, 'number').inputValue()).toBe('');
  });
});

describe('every eye', () => {
  /** Opens one after the other what the page has to show. */
  async function tour(page: Page, look: (what: string) => Promise<void>): Promise<void> {
    await look('journal');
    await page.locator('.grid tbody td').nth(1).click();
    await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
    await settled(page);
    await look('panel');
    await page.locator('.panel').getByRole('button', { name: 'Close' }).click();
    for (const name of ['Columns', 'Import', 'Preview and post', 'Excel · Power BI', 'History']) {
      const opener = page.getByRole('button', { name, exact: true });
      // The foot of the page has room for some of its buttons on a phone.
      if (name === 'History' && !(await opener.isVisible())) continue;
      await opener.click();
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      if (name.startsWith('Preview')) await dialog.locator('tbody tr').first().waitFor();
      await look(name);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }
    await page.getByRole('button', { name: 'Charts', exact: true }).click();
    await page.locator('.time-chart').waitFor();
    await page.locator('.group-chart').waitFor();
    await settled(page);
    await look('charts');
  }

  it.each(['light', 'dark'] as const)('meets no barrier: %s', async (colorScheme) => {
    const page = await open(await journal('GENERAL'), { colorScheme });
    await tour(page, async (what) => {
      await picture(page, `${colorScheme}-${what}`);
      expect([what, await seriousFindings(page)]).toEqual([what, []]);
    });
    const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [red = 0] = (/\d+/.exec(back) ?? []).map(Number);
    expect(red > 127).toBe(colorScheme === 'light');
  });

  it('is asked and told without a barrier, too', async () => {
    const page = await open(await journal('CARD'));
    const look = async (name: string): Promise<void> => {
      await page.getByRole('dialog', { name }).waitFor();
      await picture(page, `question-${name.replace(/\W/g, '')}`);
      expect([name, await seriousFindings(page)]).toEqual([name, []]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name }).waitFor({ state: 'detached' });
    };
    await page.locator('.grid tbody th').first().focus();
    await page.keyboard.press('Delete');
    await look('Delete this customer payment?');
    // While it is on its way.
    await page.route(/customerPayments\?/, () => undefined);
    await page.getByRole('button', { name: 'Export' }).click();
    await look('Export to CSV');
    await page.getByRole('button', { name: 'New customer payment' }).click();
    await page.locator('.panel').getByLabel('Comment', { exact: true }).fill('typed');
    await page.keyboard.press('Escape');
    await look('Discard what you changed?');
  });

  it('has room on a phone: nothing is wider than it, and fingers find the buttons', async () => {
    const page = await open(await journal('GENERAL'), phone);
    await tour(page, async (what) => {
      await picture(page, `phone-${what}`);
      const measured = await page.evaluate(() => ({
        width: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth),
        small: [...document.querySelectorAll('button, select, input')]
          .filter(
            (one) =>
              one.checkVisibility({ visibilityProperty: true }) && !one.matches('.skip, .column, .group-chart *'),
          )
          .filter((one) => !one.matches('[type=checkbox], [type=radio], .filters *, .charts select'))
          .map((one) => [one.getBoundingClientRect().height, one.outerHTML.slice(0, 120)] as const)
          .filter(([height]) => height > 0 && height < 40),
        tiny: [...document.querySelectorAll('td, th, button, label, p, a')]
          .filter((one) => one.checkVisibility() && parseFloat(getComputedStyle(one).fontSize) < 11)
          .map((one) => one.outerHTML.slice(0, 120)),
      }));
      expect([what, measured]).toEqual([what, { width: 390, small: [], tiny: [] }]);
    });
    await page.locator('#menu').click();
    expect(await page.locator('#menu').getAttribute('aria-expanded')).toBe('true');
    await page.locator('#side a', { hasText: 'Customers' }).click();
    await asked(page, '/customers?');
    expect(await page.locator('#menu').getAttribute('aria-expanded')).toBe('false');
    expect(await page.locator('h1').textContent()).toBe('Customers');
  });
});

it('leads by keyboard alone from the beginning into a payment and back', async () => {
  const page = await open(await journal('GENERAL'));
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const { activeElement } = document;
      const row = activeElement?.closest('tr');
      return row ? `row ${row.dataset['index'] ?? 'of headings'}` : (activeElement?.id ?? '');
    });
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('skip');
  await page.keyboard.press('Enter');
  expect(await focused()).toBe('row 0');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  // Where the keyboard is can be seen.
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outline);
  expect(outline).toMatch(/solid [2-9]/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.closest('aside')?.id)).toBe('panel');
  await page.keyboard.press('Escape');
  await page.locator('#panel').waitFor({ state: 'hidden' });
  expect(await focused()).toBe('row 2');
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowUp');
  expect(await focused()).toBe('row of headings');
  await page.keyboard.press('Enter');
  await asked(page, '$orderby=lineNumber');
  // Out of the grid with one Tab: it is one stop, not a thousand.
  await page.keyboard.press('Tab');
  expect(await focused()).not.toMatch(/^row \d/);
});

it('adds up the rows that are seen, whatever narrows them', async () => {
  const page = await open('customers?$search=nordlys');
  await page.locator('.totals b').first().waitFor();
  const shown = async (): Promise<number[]> => {
    const texts = await columnOf(page, 'Balance');
    return texts.map((text) => Number(text.replace('\u2212', '-').replaceAll(',', '')));
  };
  const total = async (): Promise<string | null> =>
    page.locator('.totals span', { hasText: 'Total balance' }).locator('b').textContent();
  const found = await shown();
  expect(found.length).toBeGreaterThan(0);
  expect(await total()).toBe(shownAmount(found.reduce((sum, one) => sum + one, 0).toFixed(2)));
  await page.getByRole('searchbox', { name: 'Search the rows' }).fill('handel');
  await asked(page, '$search=(nordlys) AND handel');
  expect(await total()).toBe(shownAmount((await shown()).reduce((sum, one) => sum + one, 0).toFixed(2)));
  const few = await open('customers?$top=2');
  expect(await few.locator('.totals').textContent()).toBe('');
  const invoices = await open('salesInvoices');
  await invoices.locator('.totals b').first().waitFor();
  expect(await invoices.locator('.totals span').allTextContents()).toEqual([
    expect.stringMatching(/^Total amount excluding tax /),
    expect.stringMatching(/^Total tax amount /),
    expect.stringMatching(/^Total amount including tax /),
    expect.stringMatching(/^Total remaining amount /),
  ]);
});

/** What is said of a sum in each currency; a number alone is one in that of the company. */
const inEach = (rows: readonly Record<string, unknown>[]): string =>
  rows.map(({ sum, currency }) => `${shownAmount(sum)} ${String(currency ?? '')}`.trim()).join(' · ');

it('never adds up amounts in different currencies: not below the rows, not in charts', async () => {
  const currencies = await sql(
    `SELECT currency_code AS currency, sum(total_amount_including_tax)::text AS sum, count(*)::int AS n FROM sales_invoices
     WHERE company_id = $here GROUP BY 1 ORDER BY currency_code COLLATE "C" NULLS FIRST`,
  );
  expect(currencies.length).toBeGreaterThan(3);
  const page = await open('#chart=/salesInvoices');
  const total = (name: string) => page.locator('.totals span', { hasText: name });
  await total('Total amount including tax').waitFor();
  expect(await total('Total amount including tax').textContent()).toBe(
    `Total amount including tax ${inEach(currencies)}`,
  );
  // Charts are of one currency: at first that of most rows.
  const choice = page.getByRole('combobox', { name: 'Currency' });
  await choice.waitFor();
  const byRows = [...currencies].sort((one, other) => Number(other['n']) - Number(one['n']));
  const labelOf = ({ currency }: Record<string, unknown>) =>
    currency === null ? 'no currency code' : `in ${String(currency)}`;
  expect(await choice.locator('option').first().textContent()).toBe(labelOf(byRows[0] ?? {}));
  const largest = async (condition: string): Promise<[string, string]> => {
    const [row] = await sql(
      `SELECT c.display_name AS name, sum(i.total_amount_excluding_tax)::text AS sum FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
       WHERE i.company_id = $here AND i.currency_code ${condition} GROUP BY c.number, 1 ORDER BY sum(i.total_amount_excluding_tax) DESC LIMIT 1`,
    );
    return [String(row?.['name']), shownAmount(row?.['sum'])];
  };
  const first = page.locator('.group-chart tr').first();
  const told = async () => [await first.locator('th').textContent(), await first.locator('td.right').textContent()];
  expect(await told()).toEqual(await largest('IS NULL'));
  const [other] = currencies.filter(({ currency }) => currency !== null);
  const code = String(other?.['currency']);
  await choice.focus();
  await choice.selectOption({ label: `in ${code}` });
  await page.waitForFunction(
    (name) => document.querySelector('.group-chart tr th')?.textContent === name,
    (await largest(`= '${code}'`))[0],
  );
  expect(await told()).toEqual(await largest(`= '${code}'`));
  // Who chooses by keyboard is still there.
  expect(await choice.evaluate((select) => select === document.activeElement)).toBe(true);
  // A bar leads to the rows that it stands for.
  await first.getByRole('button').click();
  await asked(page, `currencyCode eq '${code}'`);
  expect(new Set(await columnOf(page, 'Currency code'))).toEqual(new Set([code]));
  expect(await total('Total amount excluding tax').textContent()).toBe(
    `Total amount excluding tax ${(await largest(`= '${code}'`))[1]} ${code}`,
  );
  // No currency is one like others: where fewer rows have none, it is not the first.
  const [none] = await sql(
    `SELECT min(number) AS number FROM sales_invoices WHERE company_id = $here AND currency_code IS NULL`,
  );
  const most = byRows.find(({ currency, n }) => currency !== null && Number(n) > 1) ?? {};
  const condition = `currencyCode eq '${String(most['currency'])}' or number eq '${String(none?.['number'])}'`;
  const few = await open(`#chart=/salesInvoices?$filter=${condition}`);
  const among = few.getByRole('combobox', { name: 'Currency' });
  await among.waitFor();
  expect(await among.locator('option:checked').textContent()).toBe(labelOf(most));
  // What a function gives is no different.
  const aged = await open('agedReceivables(asOf=2026-03-31)');
  await aged.locator('.totals b').first().waitFor();
  const due = await sql(
    `SELECT c.currency_code AS currency, sum(i.remaining_amount)::text AS sum FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
     WHERE i.company_id = $here AND i.status = 'Open' GROUP BY 1 HAVING sum(i.remaining_amount) <> 0 ORDER BY c.currency_code COLLATE "C" NULLS FIRST`,
  );
  expect(due.length).toBeGreaterThan(1);
  expect(await aged.locator('.totals span').first().textContent()).toBe(`Total balance due ${inEach(due)}`);
});

it('adds up only what $metadata says can be: not the total of an invoice once for each of its payments', async () => {
  const page = await open('customerPaymentDetails');
  await page.locator('.totals b').first().waitFor();
  expect(await page.locator('.totals span').allTextContents()).toEqual([
    expect.stringMatching(/^Total amount [\d\u2212]/),
  ]);
});

it('shows who an invoice, an entry and a value belong to, unless they were reached through it', async () => {
  const page = await open('salesInvoices?$orderby=number');
  const [invoice] = await sql(
    `SELECT c.number, c.display_name AS name, c.id FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
     WHERE i.company_id = $here ORDER BY i.number COLLATE "C" LIMIT 1`,
  );
  expect([(await columnOf(page, 'Customer number'))[0], (await columnOf(page, 'Customer name'))[0]]).toEqual([
    invoice?.['number'],
    invoice?.['name'],
  ]);
  const own = await open(`customers(${String(invoice?.['id'])})/salesInvoices`);
  expect(await own.locator('th[data-path^="customer"]').count()).toBe(0);
  const values = await open('dimensionValues?$orderby=dimension/code,code');
  const [value] = await sql(
    'SELECT display_name AS name FROM dimensions WHERE company_id = $here ORDER BY code COLLATE "C" LIMIT 1',
  );
  expect((await columnOf(values, 'Dimension'))[0]).toBe(value?.['name']);
});

it('shows what a cross join joins, before anything of it is expanded', async () => {
  const page = await open('$crossjoin(customers,dimensions)?$top=3');
  const rows = await page.locator('.grid tbody tr[aria-rowindex]').allTextContents();
  expect(rows.length).toBe(3);
  for (const row of rows) expect(row).toMatch(/^customers\([-\da-f]{36}\)dimensions\([-\da-f]{36}\)$/);
  const expanded = await open('$crossjoin(customers,dimensions)?$expand=customers($select=number)&$top=1');
  expect((await expanded.locator('.grid thead th').allTextContents()).join()).toContain('Customers Number');
});

it('shows one value where one was asked for, and how many of how many', async () => {
  const page = await open('customers/$count');
  const [all] = await sql('SELECT count(*)::int AS n FROM customers WHERE company_id = $here');
  expect([await columnOf(page, 'Value'), await page.locator('.subtitle').textContent()]).toEqual([
    [String(all?.['n'])],
    '1 row',
  ]);
  // One entity is neither searched nor added to, and sums of many are not searched.
  for (const [query, buttons] of [
    ["customers(number='C00001')", 0],
    ['customers?$apply=aggregate(balance with sum as total)', 1],
  ] as const) {
    const other = await open(query);
    const tools = other.locator('.tools');
    expect([query, await tools.getByRole('searchbox').isVisible()]).toEqual([query, false]);
    expect([query, await tools.getByRole('button', { name: 'New customer' }).count()]).toEqual([query, buttons]);
  }
  const few = await open('customers?$top=2');
  expect(await few.locator('.subtitle').textContent()).toBe(`2 of ${String(all?.['n'])} rows`);
});

it('draws a property that the service has got since then', async () => {
  const page = await visit('docs');
  const property = { $Nullable: true, $MaxLength: 20, '@Core.Description': 'What the bank calls it.' };
  await page.route(/\/v1\.0\/\$metadata\?/, async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as Record<string, Record<string, Record<string, unknown>>>;
    Object.assign(json['Microsoft.NAV']?.['customerPayment'] ?? {}, { bankReference: property });
    await route.fulfill({ response, json });
  });
  await page.route(/customerPayments\?/, async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as { readonly value: readonly object[] };
    await route.fulfill({
      response,
      json: { ...json, value: json.value.map((row, index) => ({ ...row, bankReference: `REF-${String(index)}` })) },
    });
  });
  await page.goto(`${home()}#/${await journal('CARD')}`);
  await settled(page);
  expect((await columnOf(page, 'Bank reference')).slice(0, 2)).toEqual(['REF-0', 'REF-1']);
  expect(await page.locator('th[data-path="bankReference"]').getAttribute('title')).toBe('What the bank calls it.');
  await page.getByRole('button', { name: 'New customer payment' }).click();
  expect(await page.locator('.panel').getByLabel('Bank reference').getAttribute('maxlength')).toBe('20');
});

it('is light: what a browser that knows nothing fetches until the rows are there', async () => {
  const page = await visit('docs');
  // What that page asks for itself is none of it.
  await page.waitForLoadState('networkidle');
  const sizes: Promise<number>[] = [];
  const urls: string[] = [];
  page.on('requestfinished', (request) => {
    urls.push(request.url());
    sizes.push(request.sizes().then((size) => size.responseBodySize + size.responseHeadersSize));
  });
  await page.goto(`${home()}#/${await journal('GENERAL')}`);
  await settled(page);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  const measured = `${String(sizes.length)} requests, ${String(bytes)} bytes`;
  if (process.env['PICTURES'] !== undefined) process.stdout.write(`${measured}\n`);
  expect(sizes.length).toBeLessThan(14);
  expect(bytes).toBeLessThan(75_000);
  // Asked for by the document itself, while the script is on its way, and not once more by the script.
  expect(urls.filter((url) => url.includes('$metadata'))).toHaveLength(1);
  expect(urls.findIndex((url) => url.includes('$metadata'))).toBeLessThan(
    urls.findIndex((url) => url.includes('customerPayments?')),
  );
});

it('asks at first what the service has prepared for it when it started', async () => {
  const page = await visit('docs');
  const asked: object[] = [];
  page.on('request', (request) => {
    const [, url] = request.url().split('/v1.0/');
    const { accept, prefer } = request.headers();
    // The document asks for the metadata itself, in whatever form it comes; the address says JSON.
    const headers = {
      ...(url?.startsWith('$metadata') ? {} : { Accept: accept }),
      ...(prefer ? { Prefer: prefer } : {}),
    };
    if (url !== undefined) asked.push({ url: decodeURIComponent(url), headers });
  });
  await page.goto(`${home()}#/`);
  await settled(page);
  await page.locator('#side small').first().waitFor();
  expect(asked).toEqual(firstRequests);
});

it('/docs shows the API offline, and its examples work when they are tried', async () => {
  const page = await visit('docs');
  const tag = page.locator('.opblock-tag-section', { hasText: 'customers' }).first();
  await tag.waitFor();
  if ((await tag.locator('.opblock').count()) === 0) await tag.locator('.opblock-tag').click();
  const operation = tag.locator('.opblock-get').first();
  await operation.locator('.opblock-summary-control').click();
  await operation.locator('.execute').click();
  const status = operation.locator('.live-responses-table .response-col_status').last();
  await status.waitFor();
  expect(await status.textContent()).toContain('200');
  expect(await operation.locator('.live-responses-table .response-col_description').last().textContent()).toContain(
    '"@odata.context"',
  );
});
