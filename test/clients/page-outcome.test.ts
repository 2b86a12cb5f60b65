/** What became of it: what was written is told, once, to who has gone elsewhere meanwhile too, and what is seen is what was asked for. */
import type { Page, Route } from 'playwright-core';
import { asked, cell, columnOf, field, filter, pageTests, seriousFindings, settled, shownAmount } from './support/page';

const { service, open, sql, journal } = pageTests();

/** Holds what the page asks until it may go on. */
function gate(): { readonly pass: (route: Route) => Promise<void>; readonly open: () => void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  return {
    pass: async (route) => {
      await released;
      await route.continue();
    },
    open: () => release(),
  };
}

/** Takes a file into the import of a journal, and begins it. */
async function importing(page: Page, ...lines: readonly string[]): Promise<void> {
  await page.getByRole('button', { name: 'Import' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import customer payments' });
  const buffer = Buffer.from(['customerNumber,amount,externalDocumentNumber', ...lines].join('\n'));
  await dialog.getByLabel('CSV file').setInputFiles({ name: 'bank.csv', mimeType: 'text/csv', buffer });
  await dialog.getByRole('button', { name: 'Import', exact: true }).and(page.locator(':enabled')).click();
  await dialog.getByRole('progressbar').waitFor();
}

describe('an import whose dialogue is closed', () => {
  it('goes on, says so at its end, and shows its rows without taking away what is typed meanwhile', async () => {
    const path = await journal('CARD');
    const page = await open(path);
    const { pass, open: release } = gate();
    await page.route(/customerPayments$/, pass);
    await importing(page, 'C00001,-1,CLOSED-1', 'C00001,-2,CLOSED-2');
    // Another file has to wait.
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['customerNumber,amount'], 'other.csv'));
      return transfer;
    });
    await page.dispatchEvent('.import', 'drop', { dataTransfer: dropped });
    expect(await page.getByRole('dialog').getByRole('progressbar').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await (await cell(page, 'CARD-', 'Document number')).click();
    await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
    await field(page, 'Comment').fill('typed meanwhile');
    release();
    await page.getByText('2 rows imported.').waitFor();
    await page.locator('.subtitle', { hasText: await rowsText('CARD') }).waitFor();
    await settled(page);
    expect(await columnOf(page, 'External document number')).toEqual(
      expect.arrayContaining(['CLOSED-1', 'CLOSED-2']) as string[],
    );
    expect(await field(page, 'Comment').inputValue()).toBe('typed meanwhile');
  });

  it('is told why nothing was imported', async () => {
    const page = await open(await journal('CARD'));
    const { pass, open: release } = gate();
    await page.route(/customerPayments$/, pass);
    await importing(page, 'NOBODY,-1,REFUSED-1');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    release();
    await page.locator('.toast.problem', { hasText: 'The "customerNumber" does not match to a Customer.' }).waitFor();
    expect(await sql("SELECT 1 FROM customer_payments WHERE external_document_number LIKE 'REFUSED-%'")).toEqual([]);
  });
});

/** How many rows a journal has, as the page says it. */
async function rowsText(code: string): Promise<string> {
  const [all] = await sql(
    `SELECT count(*)::int AS n FROM customer_payments p JOIN customer_payment_journals j ON j.id = p.journal_id
     WHERE j.company_id = $here AND j.code = '${code}'`,
  );
  return `${String(all?.['n'])} rows`;
}

it('a message says all that was refused, not the first alone', async () => {
  const [book] = await sql("SELECT id FROM customer_payment_journals WHERE company_id = $here AND code = 'GENERAL'");
  const page = await open(`#open=customerPaymentJournals(${String(book?.['id'])})/customerPaymentJournals`);
  await page.locator('.panel').getByRole('button', { name: 'Post', exact: true }).click();
  const answer = page.waitForResponse((response) => response.url().endsWith('Microsoft.NAV.post'));
  await page.getByRole('dialog').getByRole('button', { name: 'Post', exact: true }).click();
  const { error } = (await (await answer).json()) as {
    readonly error: { readonly message: string; readonly details: readonly { readonly message: string }[] };
  };
  // There is much to read: it stays until it is closed.
  const said = page.getByRole('dialog', { name: 'This was refused' });
  await said.waitFor();
  const text = (await said.textContent()) ?? '';
  expect(await seriousFindings(page)).toEqual([]);
  const messages = [error.message, ...error.details.map(({ message }) => message)];
  expect(messages.length).toBeGreaterThan(2);
  expect(messages.filter((message) => !text.includes(message))).toEqual([]);
});

it('a draft of an invoice is posted and cancelled by the buttons that $metadata gives it', async () => {
  const [draft] = await sql(
    `SELECT i.id FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
     WHERE i.company_id = $here AND i.status = 'Draft' AND c.blocked = 'None' AND bill_to_customer_id IS NULL
       AND NOT EXISTS (SELECT FROM customer_payments p WHERE p.applies_to_invoice_number = i.number) LIMIT 1`,
  );
  const invoice = `salesInvoices(${String(draft?.['id'])})`;
  const page = await open(`#open=${invoice}/salesInvoices`);
  for (const [action, status, other] of [
    ['Post', 'Open', 'Cancel'],
    ['Cancel', 'Canceled', 'Back'],
  ] as const) {
    await page.locator('.panel .operations').getByRole('button', { name: action, exact: true }).click();
    const dialog = page.getByRole('dialog', { name: `${action}?` });
    await dialog.getByRole('button', { name: other, exact: true }).waitFor();
    const answer = page.waitForResponse((response) => response.url().includes(`Microsoft.NAV.${action.toLowerCase()}`));
    await dialog.getByRole('button', { name: action, exact: true }).click();
    expect((await answer).status()).toBe(204);
    await page.locator('.toast', { hasText: `${action}: done.` }).waitFor();
    const { json } = await service().get(invoice);
    expect(json['status']).toBe(status);
  }
});

it('a line is added once, however often its button is pressed', async () => {
  const [payment] = (await service().get(`${await journal('CARD')}?$orderby=lineNumber&$top=1`)).value;
  const path = `${await journal('CARD')}(${String(payment?.['id'])})`;
  const page = await open(await journal('CARD'));
  await (await cell(page, String(payment?.['documentNumber']), 'Document number')).click();
  await page.getByRole('button', { name: 'Add dimension line' }).click();
  const dialog = page.getByRole('dialog', { name: 'New dimension line' });
  const { value } = await service().get(`${path}/dimensionLines`);
  const free = ['DEPARTMENT', 'PROJECT', 'AREA'].find((code) => value.every((line) => line['code'] !== code)) ?? '';
  const [known] = (await service().get(`dimensions(code='${free}')/dimensionValues?$filter=not%20blocked&$top=1`))
    .value;
  let posts = 0;
  const { pass, open: release } = gate();
  await page.route(/dimensionLines$/, async (route) => {
    posts += route.request().method() === 'POST' ? 1 : 0;
    await pass(route);
  });
  await dialog.getByRole('combobox').nth(0).fill(free);
  await dialog.getByRole('combobox').nth(1).fill(String(known?.['code']));
  // Choices would cover the button if they come before it is pressed.
  await page.keyboard.press('Tab');
  await dialog.getByRole('button', { name: 'Add' }).dblclick();
  release();
  await dialog.waitFor({ state: 'detached' });
  await settled(page);
  expect(posts).toBe(1);
  expect((await service().get(`${path}/dimensionLines`)).value).toHaveLength(value.length + 1);
});

it('choices are in sight where there is hardly room for the field', async () => {
  const page = await open(await journal('CARD'));
  await (await cell(page, 'CARD-', 'Document number')).click();
  await page.getByRole('button', { name: 'Add dimension line' }).click();
  const dialog = page.getByRole('dialog', { name: 'New dimension line' });
  await dialog.getByRole('combobox').first().press('ArrowDown');
  const choices = dialog.getByRole('option');
  await choices.first().waitFor();
  const hidden = await choices.evaluateAll((all) =>
    all
      .filter((one) => {
        const { left, top, width, height } = one.getBoundingClientRect();
        return !one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
      })
      .map((one) => one.textContent),
  );
  expect(hidden).toEqual([]);
  expect(await seriousFindings(page)).toEqual([]);
  // Escape closes the choices first, then the dialogue.
  await page.keyboard.press('Escape');
  await choices.first().waitFor({ state: 'hidden' });
  expect(await dialog.isVisible()).toBe(true);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

it('the line at the foot speaks of the rows again when the panel beside them is closed', async () => {
  const page = await open('customers?$orderby=number');
  await page.locator('.grid tbody tr[aria-rowindex]').first().click();
  await page.getByRole('heading', { name: 'More' }).waitFor();
  await settled(page);
  expect(await page.locator('.url').textContent()).toMatch(/customers\([^)]*\)/);
  await page.locator('.panel').getByRole('button', { name: 'Close' }).click();
  await asked(page, '/customers?$orderby=number');
  await page.getByRole('button', { name: 'Excel · Power BI' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take this to Excel or Power BI' });
  expect(await dialog.locator('pre').first().textContent()).toMatch(/\/v1\.0\/customers\?\$orderby=number$/);
  // What is copied is said above the dialogue.
  await dialog.getByRole('button', { name: 'Copy address' }).click();
  await page.locator('.toast').first().waitFor();
  expect(await page.locator('#toasts').evaluate((one) => one.matches(':popover-open'))).toBe(true);
});

it('what the service computed for the query is computed anew when a row is changed', async () => {
  const path = await journal('CARD');
  const page = await open(
    `${path}?$compute=amount mul 2 as twice&$select=id,lineNumber,amount,twice&$orderby=lineNumber`,
  );
  const [line = ''] = await columnOf(page, 'Line number');
  await (await cell(page, line, 'Amount')).dblclick();
  await page.locator('.cell-editor').fill('-33.5');
  await page.keyboard.press('Enter');
  await (await cell(page, line, 'Twice')).filter({ hasText: shownAmount(-67) }).waitFor();
  await settled(page);
  expect([(await columnOf(page, 'Amount'))[0], (await columnOf(page, 'Twice'))[0]]).toEqual([
    shownAmount(-33.5),
    shownAmount(-67),
  ]);
});

it('the browser asks before it closes what is typed and not saved, and only then', async () => {
  const page = await open(await journal('CARD'));
  await (await cell(page, 'CARD-', 'Document number')).click();
  await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
  await field(page, 'Comment').focus();
  await page.keyboard.type('not saved');
  const question = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const dialog = await question;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  expect(await field(page, 'Comment').inputValue()).toContain('not saved');
  await page.locator('.panel').getByRole('button', { name: 'Undo' }).click();
  const closed = page.waitForEvent('close');
  page.on('dialog', (one) => void one.dismiss());
  await page.close({ runBeforeUnload: true });
  await closed;
});

describe('the rows that are seen are those that were asked for', () => {
  const run = async (page: Page, query: string): Promise<void> => {
    const bar = page.getByRole('combobox', { name: 'OData query' });
    await bar.fill(query);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await asked(page, `/${query.split('?')[1] ?? query}`.replace(/^\//, ''));
  };
  const headings = (page: Page): Promise<(string | null)[]> =>
    page.locator('.grid thead th').evaluateAll((cells) => cells.map((one) => one.getAttribute('data-path')));

  it('with the columns of the query, whatever was asked of the same table before', async () => {
    const page = await open('customers');
    const all = await headings(page);
    expect(all).toContain('displayName');
    await run(page, 'customers?$select=number,balance');
    // What was not asked for is not shown as if it were empty.
    expect(await headings(page)).toEqual(['number', 'balance']);
    await run(page, 'customers?$apply=groupby((currencyCode),aggregate(balance with sum as total))');
    expect(await headings(page)).toEqual(['currencyCode', 'total']);
    await run(page, 'customers?$orderby=number');
    expect(await headings(page)).toEqual(all);
    const names = await sql(
      'SELECT display_name FROM customers WHERE company_id = $here ORDER BY number COLLATE "C" LIMIT 5',
    );
    expect((await columnOf(page, 'Display name')).slice(0, 5)).toEqual(names.map((row) => row['display_name']));
  });

  it('with what was computed and expanded, and narrowed by what is typed below it', async () => {
    const rows = await sql(
      `SELECT p.amount::text, c.email FROM customer_payments p JOIN customers c ON c.id = p.customer_id
       WHERE p.company_id = $here AND p.amount * 2 < -1000 ORDER BY p.id`,
    );
    expect(rows.length).toBeGreaterThan(3);
    const query = 'customerPaymentDetails?$compute=amount mul 2 as twice&$expand=customer&$orderby=id';
    const page = await open(`#f.twice=%3C-1000/${query}`);
    await asked(page, 'twice lt -1000');
    const seen = async (heading: string): Promise<string[]> => (await columnOf(page, heading)).slice(0, 10);
    const first = rows.slice(0, 10);
    expect(await seen('Amount')).toEqual(first.map(({ amount }) => shownAmount(amount)));
    expect(await seen('Twice')).toEqual(first.map(({ amount }) => shownAmount(2 * Number(amount))));
    expect(await seen('Customer Email')).toEqual(first.map(({ email }) => email ?? ''));
    expect(await page.locator('.subtitle').textContent()).toBe(`${String(rows.length)} rows`);
    // The field that is typed into stays.
    await filter(page, 'twice').fill('<-2000');
    await asked(page, 'twice lt -2000');
    expect(await filter(page, 'twice').evaluate((one) => one === document.activeElement)).toBe(true);
    // What is expanded by hand is all that is there: no column seems empty that was not read.
    const other = await open('salesInvoices?$expand=billToCustomer&$top=3');
    expect((await headings(other)).filter((path) => path?.startsWith('customer/'))).toEqual([]);
  });

  it('without the sums of others when a query fails', async () => {
    const page = await open('customers');
    await page.locator('.totals b').first().waitFor();
    await run(page, 'customers?$filter=balanse gt 1');
    await page.locator('.query-problem mark').waitFor();
    expect(await page.locator('.totals').textContent()).toBe('');
    expect(await page.locator('.grid tbody tr[aria-rowindex]').count()).toBe(0);
  });

  it('although something was typed just before one left', async () => {
    const page = await open(await journal('CARD'));
    await page.clock.install();
    for (const place of ['input.search', '[data-filter="amount"]']) {
      await page.evaluate((selector) => {
        const input = document.querySelector<HTMLInputElement>(selector);
        if (!input) throw new Error(`There is no ${selector}`);
        input.value = '1';
        input.dispatchEvent(new Event('input', { bubbles: true }));
        location.hash = '#/customers';
      }, place);
      await page.locator('h1', { hasText: 'Customers' }).waitFor();
      await page.clock.runFor(2000);
      await settled(page);
      expect([place, await page.evaluate(() => location.hash)]).toEqual([place, '#/customers']);
      await page.goBack();
      await page.locator('h1', { hasText: 'CARD' }).waitFor();
      await settled(page);
    }
  });

  it('also where there is nothing: a bar of rows without a choice leads to them, and is seen below the heading', async () => {
    const page = await open('#chart=/customerPaymentDetails');
    await page.getByRole('combobox', { name: 'Group by' }).selectOption({ label: 'By invoice status' });
    await page.locator('.group-chart').getByRole('button', { name: 'none' }).click();
    await asked(page, 'invoiceStatus eq null');
    const [all] = await sql(
      'SELECT count(*)::int AS n FROM customer_payments WHERE company_id = $here AND applies_to_invoice_id IS NULL',
    );
    expect(await page.locator('.subtitle').textContent()).toBe(`${String(all?.['n'])} rows`);
    expect(await filter(page, 'invoiceStatus').evaluate((one: HTMLSelectElement) => one.selectedOptions[0]?.text)).toBe(
      'none',
    );
  });
});
