/** The page for people, in a browser, over the real service: a working day of somebody who enters payments, compared with the database. */
import { readFileSync } from 'node:fs';
import { cell, columnOf, field, filter, pageTests, picture, seriousFindings, settled } from './support/page';

const { service, open, sql: rowsOf, journal } = pageTests();

/** CSV as RFC 4180 has it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end !== ',') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('looking', () => {
  it('shows a journal drawn from $metadata, and the request behind it', async () => {
    const page = await open(await journal('GENERAL'));
    const metadata = (await service().get('$metadata', { accept: 'application/json' })).json as Record<
      string,
      Record<string, Record<string, { $Kind?: string; $Type?: string }>>
    >;
    const members = Object.entries(metadata['Microsoft.NAV']?.['customerPayment'] ?? {}).filter(
      ([name]) => !/^[$@]/.test(name),
    );
    const shown = await page
      .locator('.grid thead th')
      .evaluateAll((cells) => cells.map((one) => one.getAttribute('data-path')));
    const texts = members
      .filter(([, { $Kind, $Type }]) => $Kind === undefined && $Type !== 'Edm.Guid')
      .map(([name]) => name);
    // Each of its properties, but those that repeat the journal and ids; and the customer's name, which is behind a navigation.
    expect(shown.filter((path) => path !== 'customer/displayName' && path !== 'amount')).toEqual(
      texts.filter((name) => !/^journal|Id$|^amount$/.test(name)),
    );
    // How much stands beside who, where every screen has room for it.
    expect(shown.indexOf('amount')).toBe(shown.indexOf('customer/displayName') + 1);
    expect(await page.locator('h1').textContent()).toContain('GENERAL');
    await page.locator('.request .method').waitFor();
    expect(await page.locator('.request .url').textContent()).toContain(
      '/customerPayments?$expand=customer($select=displayName)&$count=true',
    );
    expect(await page.locator('.subtitle').textContent()).toBe('60 rows');
    await picture(page, 'journal');
  });

  it('has the amount in sight where the screen is small', async () => {
    const page = await open('customerPaymentDetails', { viewport: { width: 1280, height: 800 } });
    const [grid, amount] = await Promise.all([
      page.locator('.grid').boundingBox(),
      page.locator('th[data-path="amount"]').boundingBox(),
    ]);
    expect((amount?.x ?? 0) + (amount?.width ?? 0)).toBeLessThan((grid?.x ?? 0) + (grid?.width ?? 0));
  });

  it('filters as Business Central does, sorts by a header, searches', async () => {
    const page = await open(await journal('GENERAL'));
    await filter(page, 'amount').fill('<-500');
    await filter(page, 'postingDate').fill('2025..2026-06');
    await page.locator('th[data-path="amount"]').click();
    await page.waitForFunction(() => document.querySelector('.url')?.textContent?.includes('amount lt -500'));
    await settled(page);
    const expected = await rowsOf(
      `SELECT p.line_number FROM customer_payments p JOIN customer_payment_journals j ON j.id = p.journal_id
       WHERE j.company_id = $here AND j.code = 'GENERAL' AND p.amount < -500 AND p.posting_date BETWEEN '2025-01-01' AND '2026-06-30'
       ORDER BY p.amount, p.id`,
    );
    expect(expected.length).toBeGreaterThan(3);
    expect(await columnOf(page, 'Line number')).toEqual(expected.map((row) => String(row['line_number'])));
    await filter(page, 'amount').fill('1,5');
    await page.locator('[data-filter="amount"][aria-invalid="true"]').waitFor();
    await filter(page, 'amount').fill('');
    await filter(page, 'postingDate').fill('');
    await page.getByRole('searchbox', { name: 'Search the rows' }).fill("o'brien");
    await page.waitForFunction(() => document.querySelector('.url')?.textContent?.toLowerCase().includes('brien'));
    await settled(page);
    const found = await page.locator('.grid tbody tr[aria-rowindex]').allTextContents();
    expect(found.length).toBeGreaterThan(2);
    expect(found.filter((text) => !text.toLowerCase().includes("o'brien"))).toEqual([]);
    // The address says it all: another browser shows the same.
    const again = await open(new URL(page.url()).hash);
    expect(await columnOf(again, 'Line number')).toEqual(await columnOf(page, 'Line number'));
  });

  it('keeps what is typed below a heading when something else changes the rows at once', async () => {
    const page = await open(await journal('GENERAL'));
    await page.evaluate(() => {
      const field = document.querySelector<HTMLInputElement>('input[data-filter="amount"]');
      if (!field) throw new Error('There is no filter');
      field.value = '<-500';
      field.dispatchEvent(new Event('input', { bubbles: true }));
      document.querySelector<HTMLElement>('th[data-path="lineNumber"]')?.click();
    });
    await page.waitForFunction(() => document.querySelector('.url')?.textContent?.includes('$orderby=lineNumber'));
    await page.waitForFunction(() => document.querySelector('.url')?.textContent?.includes('amount lt -500'));
    expect(await filter(page, 'amount').inputValue()).toBe('<-500');
  });

  it('goes to the end through the links of the service', async () => {
    const page = await open('customerPaymentDetails?$orderby=id');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    for (let more = true; more;) {
      await page.locator('.grid').evaluate((grid) => grid.scrollTo(0, grid.scrollHeight));
      await page.waitForTimeout(100);
      await settled(page);
      more = (await page.locator('.subtitle').textContent())?.includes('loaded') ?? false;
    }
    expect(asked.some((url) => url.includes('$skiptoken='))).toBe(true);
    expect(await page.locator('.subtitle').textContent()).toBe('112 rows');
    // Only the rows in sight exist.
    expect(await page.locator('.grid tbody tr').count()).toBeLessThan(70);
    const [last] = await rowsOf(
      'SELECT p.line_number FROM customer_payments p WHERE p.company_id = $here ORDER BY p.id DESC LIMIT 1',
    );
    expect((await columnOf(page, 'Line number')).at(-1)).toBe(String(last?.['line_number']));
  });

  it('exports what is seen, every page of it', async () => {
    const page = await open('customerPaymentDetails?$orderby=id');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    const [heading = [], ...lines] = parseCsv(text.replace('\uFEFF', ''));
    const expected = await rowsOf(
      'SELECT line_number, amount, comment FROM customer_payments WHERE company_id = $here ORDER BY id',
    );
    const column = (name: string): (string | undefined)[] => lines.map((line) => line[heading.indexOf(name)]);
    expect(column('lineNumber')).toEqual(expected.map((row) => String(row['line_number'])));
    expect(column('amount').map(Number)).toEqual(expected.map((row) => Number(row['amount'])));
    // Texts arrive as they are, but those that a spreadsheet would run.
    expect(column('comment')).toEqual(
      expected.map(({ comment }) => (comment === null ? '' : String(comment).replace(/^(?=[=+\-@])/, "'"))),
    );
  });
});

describe('writing', () => {
  /** A payment of the journal, and a second hand that changes it. */
  async function payment(
    code: string,
    position: number,
  ): Promise<{ readonly id: string; readonly path: string; readonly line: string; readonly etag: string }> {
    const path = await journal(code);
    const { value } = await service().get(`${path}?$orderby=lineNumber&$top=1&$skip=${String(position)}`);
    const [row = {}] = value;
    return { id: String(row['id']), path, line: String(row['lineNumber']), etag: String(row['@odata.etag']) };
  }

  it('fixes a wrong amount where it stands, by keyboard alone', async () => {
    const { id, path, line } = await payment('GENERAL', 1);
    const page = await open(path);
    await (await cell(page, line, 'Line number')).focus();
    await page.keyboard.press('Home');
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('F2');
    await page.locator('.cell-editor').waitFor();
    expect(await page.locator('.cell-editor').getAttribute('aria-label')).toBe('Amount');
    await page.locator('.cell-editor').fill('-1,234.56789');
    await page.keyboard.press('Enter');
    await page.getByText('\u22121,234.56789').waitFor();
    await settled(page);
    expect(await rowsOf(`SELECT amount::text FROM customer_payments WHERE id = '${id}'`)).toEqual([
      { amount: '-1234.56789' },
    ]);
    // The keyboard went on to the row below.
    const focused = await page.evaluate(() => document.activeElement?.parentElement?.getAttribute('data-index'));
    expect(focused).toBe('2');
  });

  it('tells that someone else changed it, and keeps what is chosen of both', async () => {
    const { id, path, line, etag } = await payment('GENERAL', 3);
    const page = await open(path);
    await (await cell(page, line, 'Document number')).click();
    await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
    await field(page, 'Amount').fill('-900');
    await field(page, 'Comment').fill('Checked with the bank');
    const other = { amount: -850.5, externalDocumentNumber: 'BANK-77', description: 'Changed by the night shift' };
    const headers = { 'if-match': etag, 'content-type': 'application/json' };
    expect((await service().send('PATCH', `${path}(${id})`, headers, JSON.stringify(other))).status).toBe(200);
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog', { name: 'Someone else changed this' });
    await dialog.waitFor();
    await picture(page, 'conflict');
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByRole('radio', { name: 'Amount: theirs' }).check();
    await dialog.getByRole('button', { name: 'Save what is chosen' }).click();
    await dialog.waitFor({ state: 'detached' });
    await settled(page);
    const [row] = await rowsOf(
      `SELECT amount, comment, external_document_number, description FROM customer_payments WHERE id = '${id}'`,
    );
    expect({ ...row, amount: Number(row?.['amount']) }).toEqual({
      amount: -850.5,
      comment: 'Checked with the bank',
      external_document_number: 'BANK-77',
      description: 'Changed by the night shift',
    });
    expect(await field(page, 'External document number').inputValue()).toBe('BANK-77');
  });

  it('leaves all as it was when one goes back from the conflict, or gives up', async () => {
    const { id, path, line, etag } = await payment('GENERAL', 4);
    const page = await open(path);
    await (await cell(page, line, 'Document number')).click();
    await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
    await field(page, 'Comment').fill('mine');
    const headers = { 'if-match': etag, 'content-type': 'application/json' };
    await service().send('PATCH', `${path}(${id})`, headers, JSON.stringify({ comment: 'theirs' }));
    await page.keyboard.press('Control+s');
    await page.getByRole('button', { name: 'Back to editing' }).click();
    expect(await field(page, 'Comment').inputValue()).toBe('mine');
    await page.keyboard.press('Control+s');
    await page.getByRole('button', { name: 'Take theirs' }).click();
    await page.waitForFunction(() => document.querySelector('textarea:last-of-type') !== null);
    await settled(page);
    expect(await rowsOf(`SELECT comment FROM customer_payments WHERE id = '${id}'`)).toEqual([{ comment: 'theirs' }]);
    expect(await field(page, 'Comment').inputValue()).toBe('theirs');
    // What is typed is not thrown away unasked.
    await field(page, 'Comment').fill('never saved');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.locator('#panel').waitFor({ state: 'hidden' });
    expect(await rowsOf(`SELECT comment FROM customer_payments WHERE id = '${id}'`)).toEqual([{ comment: 'theirs' }]);
  });

  it('shows what the service refuses beside its field', async () => {
    const { id, path, line } = await payment('GENERAL', 5);
    const page = await open(path);
    await (await cell(page, line, 'Document number')).click();
    await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
    await field(page, 'Customer number').fill('NOBODY');
    await page.keyboard.press('Tab');
    await field(page, 'Amount').fill('1,5');
    await page.keyboard.press('Control+s');
    await page.getByText("'1,5' is not a number.").waitFor();
    await field(page, 'Amount').fill('1.5');
    await page.keyboard.press('Control+s');
    await page.locator('.field-problem:visible, .form-problem:visible').first().waitFor();
    expect(await page.locator('.panel').textContent()).toContain('does not match to a Customer.');
    expect(
      await rowsOf(`SELECT customer_number FROM customer_payments WHERE id = '${id}' AND customer_number = 'NOBODY'`),
    ).toEqual([]);
  });

  it('shows a name that looks like HTML as the text it is', async () => {
    const name = '<img src=x onerror="document.title=`broken`"><b>bold</b>';
    const created = await service().send(
      'POST',
      'customers',
      { 'content-type': 'application/json' },
      JSON.stringify({ displayName: name, number: 'HTML' }),
    );
    expect(created.status).toBe(201);
    const page = await open("customers?$filter=number eq 'HTML'");
    expect(await columnOf(page, 'Display name')).toEqual([name]);
    await (await cell(page, 'HTML', 'Number')).click();
    await page.getByRole('heading', { name: 'More' }).waitFor();
    expect(await page.locator('main img, .panel img').count()).toBe(0);
    expect(await page.title()).toBe('Customer payments');
  });
});
