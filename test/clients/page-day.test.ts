/** A working day in the browser: payments come in from the bank, are put right, applied, previewed and posted, and a customer owes less. */
import {
  asked,
  cell,
  columnOf,
  field,
  LONG_MS,
  pageTests,
  picture,
  seriousFindings,
  settled,
  shownAmount,
} from './support/page';

const { service, open, sql, journal } = pageTests();

/** A file as a bank in Denmark sends it. */
const file = (...lines: readonly string[]): { name: string; mimeType: string; buffer: Buffer } => ({
  name: 'bank.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(
    [
      'Customer number;Amount;Posting date;External document number;Bank;Description',
      ...lines.map((line) => `${line};`),
    ].join('\r\n'),
  ),
});

const balanceOf = async (number: string): Promise<string> => {
  const [row] = await sql(
    `SELECT coalesce(sum(i.remaining_amount), 0)::text AS balance FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
     WHERE c.company_id = $here AND c.number = '${number}' AND i.status = 'Open'`,
  );
  return String(row?.['balance']);
};

it(
  'imports, looks, puts a wrong amount right, applies to an invoice, previews, posts, and sees the balance fall',
  async () => {
    const path = await journal('BANK-EUR');
    const payments = (): Promise<readonly Record<string, unknown>[]> =>
      sql(
        `SELECT p.* FROM customer_payments p JOIN customer_payment_journals j ON j.id = p.journal_id
       WHERE j.company_id = $here AND j.code = 'BANK-EUR' ORDER BY p.line_number`,
      );
    const [invoice = {}] = await sql(
      `SELECT i.id, i.number, i.remaining_amount::text AS open, c.number AS customer FROM sales_invoices i JOIN customers c ON c.id = i.customer_id
     WHERE i.company_id = $here AND i.status = 'Open' AND i.remaining_amount > 200 AND c.blocked = 'None' ORDER BY i.number LIMIT 1`,
    );
    const customer = String(invoice['customer']);
    const before = await balanceOf(customer);
    const page = await open(path);
    expect(await page.locator('.subtitle').textContent()).toBe('0 rows');

    // What is no amount is told before anything is sent; whom the service does not know, when it was.
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog', { name: 'Import customer payments' });
    const run = dialog.getByRole('button', { name: 'Import', exact: true });
    const refused = dialog.locator('.refusals tbody tr');
    await dialog
      .getByLabel('CSV file')
      .setInputFiles(file(`${customer};-99,50;2027-12-30;BANK-1;x`, `${customer};12-;31/12/2027;BANK-2;x`));
    await refused.first().waitFor();
    expect(await refused.allTextContents()).toEqual([
      "3Amount'12-' is not a number.",
      "3Posting date'31/12/2027' is not a date: write 2026-03-31 or 31.03.2026.",
    ]);
    expect(await run.isDisabled()).toBe(true);
    expect(await dialog.textContent()).toContain('Not imported: Bank.');
    await dialog
      .getByLabel('CSV file')
      .setInputFiles(
        file(`${customer};-99,50;2027-12-30;BANK-1;x`, 'NOBODY;-5,00;2027-12-31;BANK-2;x', 'NEITHER;-6;;BANK-3;x'),
      );
    await page.waitForFunction(() => document.querySelectorAll('.refusals').length === 0);
    await run.click();
    await refused.first().waitFor();
    expect(await refused.allTextContents()).toEqual([
      '3Customer numberThe "customerNumber" does not match to a Customer.',
      '4Customer numberThe "customerNumber" does not match to a Customer.',
    ]);
    await picture(page, 'import');
    expect(await seriousFindings(page)).toEqual([]);
    expect(await payments()).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    // The file that is right is dropped on the grid.
    const { buffer, name } = file(
      `${customer};-99,50;2027-12-30;BANK-1;x;Thanks, ${String(invoice['number'])}!`,
      `${customer};-1.000,25;31.12.2027;BANK-2;x`,
    );
    const dropped = await page.evaluateHandle(
      ([text, title]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], title));
        return transfer;
      },
      [buffer.toString('utf8'), name] as const,
    );
    await page.dispatchEvent('.view', 'drop', { dataTransfer: dropped });
    await run.and(page.locator(':enabled')).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('2 rows imported.').waitFor();
    await settled(page);
    const imported = await payments();
    expect(
      imported.map((row) => [row['customer_number'], Number(row['amount']), row['external_document_number']]),
    ).toEqual([
      [customer, -99.5, 'BANK-1'],
      [customer, -1000.25, 'BANK-2'],
    ]);

    // Looked at: what came in is what is seen, and the journal at the left says how many.
    expect(await columnOf(page, 'External document number')).toEqual(['BANK-1', 'BANK-2']);
    expect(await columnOf(page, 'Amount')).toEqual(['\u221299.50', '\u22121,000.25']);
    expect(await page.locator('#side [aria-current] small').textContent()).toBe('2');
    expect(await page.locator('.totals b').textContent()).toBe('\u22121,099.75');

    // The amount was wrong.
    await (await cell(page, 'BANK-1', 'Amount')).dblclick();
    await page.locator('.cell-editor').fill('-100.25');
    await page.keyboard.press('Enter');
    await page.getByText('\u2212100.25').first().waitFor();
    await settled(page);

    // Applied to the invoice that the description speaks of.
    await (await cell(page, 'BANK-1', 'Document number')).click();
    await page.getByRole('button', { name: 'Suggest invoices' }).click();
    await page.getByRole('heading', { name: 'Suggest invoices' }).waitFor();
    const suggested = page.locator('.part', { hasText: 'Suggest invoices' }).locator('tbody tr').first();
    expect(await suggested.textContent()).toContain(String(invoice['number']) + shownAmount(invoice['open']));
    await picture(page, 'suggestions');
    await suggested.getByRole('button', { name: `Apply invoice ${String(invoice['number'])}` }).click();
    await page.getByText(`Apply invoice ${String(invoice['number'])}: done.`).waitFor();
    await settled(page);
    expect(await field(page, 'Applies to invoice number').inputValue()).toBe(invoice['number']);
    const [applied] = await payments();
    expect([applied?.['applies_to_invoice_id'], Number(applied?.['amount'])]).toEqual([invoice['id'], -100.25]);

    // Previewed: what the invoice has open before and after.
    await page.getByRole('button', { name: 'Preview and post' }).click();
    const preview = page.getByRole('dialog', { name: 'Post this journal' });
    const lines = preview.locator('tbody tr');
    await lines.first().waitFor();
    const after = Number((Number(invoice['open']) - 100.25).toFixed(5));
    expect(await lines.first().textContent()).toContain(shownAmount(invoice['open']) + shownAmount(after));
    expect(await preview.textContent()).toContain('2 entries, amount \u22121,100.50 in all. Nothing is written yet.');
    await picture(page, 'preview');
    expect(await seriousFindings(page)).toEqual([]);
    await preview.getByRole('button', { name: 'Post', exact: true }).click();
    await preview.waitFor({ state: 'detached' });
    await settled(page);
    expect(await payments()).toEqual([]);
    expect(await page.locator('.subtitle').textContent()).toBe('0 rows');
    const entries = await sql(
      `SELECT external_document_number AS document, amount::float, remaining_amount::float AS remaining FROM customer_ledger_entries
     WHERE company_id = $here AND journal_code = 'BANK-EUR' ORDER BY entry_number`,
    );
    expect(entries).toEqual([
      { document: 'BANK-1', amount: -100.25, remaining: 0 },
      { document: 'BANK-2', amount: -1000.25, remaining: -1000.25 },
    ]);

    // And the customer owes less.
    const now = await balanceOf(customer);
    expect(Number(now)).toBeCloseTo(Number(before) - 100.25, 5);
    await page.goto(`${new URL(page.url()).origin}/#/customers?$filter=number eq '${customer}'`);
    await asked(page, '/customers?');
    expect(await columnOf(page, 'Balance')).toEqual([shownAmount(now)]);
  },
  LONG_MS,
);

it('shows that posting goes on for as long as it takes, and asks for the answer later', async () => {
  const page = await open(await journal('CASHRCPT'));
  const statuses: number[] = [];
  page.on('response', (response) => statuses.push(response.status()));
  await page.getByRole('button', { name: 'Preview and post' }).click();
  const dialog = page.getByRole('dialog', { name: 'Post this journal' });
  await dialog.locator('tbody tr').first().waitFor();
  await service().sql('BEGIN');
  await service().sql('LOCK TABLE customer_ledger_entries IN EXCLUSIVE MODE');
  await dialog.getByRole('button', { name: 'Post', exact: true }).click();
  await dialog.getByRole('progressbar').waitFor();
  await page.waitForResponse((response) => response.url().includes('$async') && response.status() === 202);
  expect(await dialog.getByText('Post under way').isVisible()).toBe(true);
  await service().sql('COMMIT');
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Post: done.').waitFor();
  expect(statuses.filter((status) => status >= 400)).toEqual([]);
  const [count] = await sql(
    `SELECT count(*)::int AS n FROM customer_ledger_entries WHERE company_id = $here AND journal_code = 'CASHRCPT'`,
  );
  expect(count?.['n']).toBe(1);
});

it('does not post what the preview refuses, and says why of each line', async () => {
  const path = await journal('GENERAL');
  const page = await open(path);
  await page.getByRole('button', { name: 'Preview and post' }).click();
  const dialog = page.getByRole('dialog', { name: 'Post this journal' });
  await dialog.locator('.refusal').first().waitFor();
  const { value } = await service().get(
    `${path.replace('/customerPayments', '')}/Microsoft.NAV.previewPosting()?$filter=error%20ne%20null`,
  );
  expect(value.length).toBeGreaterThan(5);
  const shown = await dialog.locator('.refusal').allTextContents();
  expect(shown.filter((text) => text !== '')).toEqual(value.map(({ error }) => error));
  expect(await dialog.getByRole('button', { name: 'Post', exact: true }).isDisabled()).toBe(true);
  await picture(page, 'preview-refused');
});

it('makes a new payment by keyboard, and deletes it although someone else changed it, when told to', async () => {
  const path = await journal('CARD');
  const page = await open(path);
  await page.getByRole('button', { name: 'New customer payment' }).press('Enter');
  await page.locator('.panel').getByRole('combobox', { name: 'Customer number' }).pressSequentially('ordly');
  await page.getByRole('option', { name: /^C00001/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  expect(await field(page, 'Customer number').inputValue()).toBe('C00001');
  await field(page, 'Amount').fill('-12.5');
  await field(page, 'External document number').fill('BY-HAND');
  await page.keyboard.press('Control+s');
  await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
  await settled(page);
  const made = (): Promise<readonly Record<string, unknown>[]> =>
    sql(`SELECT id, amount::float, customer_number FROM customer_payments WHERE external_document_number = 'BY-HAND'`);
  const [payment] = await made();
  expect(payment).toMatchObject({ amount: -12.5, customer_number: 'C00001' });

  const entity = `${path}(${String(payment?.['id'])})`;
  const change = async (comment: string): Promise<void> => {
    const headers = { 'content-type': 'application/json', 'if-match': '*' };
    expect((await service().send('PATCH', entity, headers, JSON.stringify({ comment }))).status).toBe(200);
  };
  await change('first');
  await page.locator('.panel-foot').getByRole('button', { name: 'Delete' }).click();
  const ask = page.getByRole('dialog', { name: 'Delete this customer payment?' });
  await ask.getByRole('button', { name: 'Delete', exact: true }).click();
  const conflict = page.getByRole('dialog', { name: 'Someone else changed this' });
  await conflict.getByRole('button', { name: 'Cancel' }).click();
  await conflict.waitFor({ state: 'detached' });
  expect(await made()).toHaveLength(1);
  await page.locator('.panel-foot').getByRole('button', { name: 'Delete' }).click();
  await ask.getByRole('button', { name: 'Delete', exact: true }).click();
  await conflict.getByRole('button', { name: 'Delete all the same' }).click();
  await page.locator('#panel').waitFor({ state: 'hidden' });
  await settled(page);
  expect(await made()).toEqual([]);
  expect(await columnOf(page, 'External document number')).not.toContain('BY-HAND');
});
