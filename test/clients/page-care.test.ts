/** What people typed is not lost, where they were they stay, and what they see is what they asked for: paths between the parts of the page. */
import type { Locator, Page } from 'playwright-core';
import { asked, cell, columnOf, field, filter, pageTests, settled, shownAmount } from './support/page';

const { service, open, sql, journal } = pageTests();

/** A payment of a journal that may be changed. */
async function payment(code: string, position: number): Promise<{ readonly path: string; readonly line: string }> {
  const path = await journal(code);
  const { value } = await service().get(`${path}?$orderby=lineNumber&$top=1&$skip=${String(position)}`);
  return { path: `${path}(${String(value[0]?.['id'])})`, line: String(value[0]?.['lineNumber']) };
}

/** What another hand writes meanwhile. */
async function changed(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json', 'if-match': '*' };
  expect((await service().send('PATCH', path, headers, JSON.stringify(body))).status).toBe(200);
}

/** Opens a payment beside its journal, with all that belongs to it. */
async function opened(page: Page, line: string): Promise<void> {
  await (await cell(page, line, 'Document number')).click();
  await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
  await settled(page);
}

const discard = (page: Page): Locator => page.getByRole('dialog', { name: 'Discard what you changed?' });

/** Where the keyboard is: a row of the grid, or the id or element. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement } = document;
    const row = activeElement?.closest('tr[data-index]');
    if (row instanceof HTMLElement) return `row ${row.dataset['index'] ?? ''}`;
    return activeElement?.closest('#panel, dialog')?.id || (activeElement?.localName ?? '');
  });

describe('what is typed', () => {
  it('is not thrown away unasked by a link, another row, a new one or the way back', async () => {
    const { line } = await payment('CARD', 1);
    const page = await open(await journal('BANK-DK'));
    await page.locator('#side a', { hasText: 'CARD' }).click();
    await page.locator('h1', { hasText: 'CARD' }).waitFor();
    await settled(page);
    await opened(page, line);
    await field(page, 'Comment').fill('not saved yet');
    const hash = await page.evaluate(() => location.hash);
    const ways: Record<string, () => Promise<unknown>> = {
      link: () => page.locator('#side a', { hasText: 'Customers' }).click(),
      row: async () => (await cell(page, (await payment('CARD', 2)).line, 'Document number')).click(),
      new: () => page.getByRole('button', { name: 'New customer payment' }).click(),
      back: () => page.evaluate(() => history.go(-1)),
    };
    for (const [way, leave] of Object.entries(ways)) {
      await leave();
      await discard(page).waitFor();
      expect([way, await page.getByRole('dialog').count()]).toEqual([way, 1]);
      await page.keyboard.press('Escape');
      await discard(page).waitFor({ state: 'detached' });
      expect([way, await field(page, 'Comment').inputValue()]).toEqual([way, 'not saved yet']);
      // What the driver knows of the address comes a moment later than the address itself.
      await page.waitForFunction((wanted) => location.hash === wanted, hash);
      expect([way, await page.locator('h1').textContent()]).toEqual([way, expect.stringContaining('CARD') as string]);
    }
    await page.locator('#side a', { hasText: 'Customers' }).click();
    await discard(page).getByRole('button', { name: 'Discard' }).click();
    await asked(page, '/customers?');
    expect(await page.locator('#panel').isHidden()).toBe(true);
    // Back leads to where one was, forth to where one went.
    await page.goBack();
    await page.locator('h1', { hasText: 'CARD' }).waitFor();
    await page.goForward();
    await page.locator('h1', { hasText: 'Customers' }).waitFor();
  });

  it('does not follow into another journal: a new payment is one of the journal that is seen', async () => {
    const page = await open(await journal('CARD'));
    await page.getByRole('button', { name: 'New customer payment' }).click();
    await field(page, 'Amount').fill('-1');
    await page.locator('#side a', { hasText: 'BANK-DK' }).click();
    await discard(page).getByRole('button', { name: 'Discard' }).click();
    await page.locator('h1', { hasText: 'BANK-DK' }).waitFor();
    expect(await page.locator('#panel').isHidden()).toBe(true);
    await page.getByRole('button', { name: 'New customer payment' }).click();
    await page.locator('#side a', { hasText: 'Customers' }).click();
    await page.locator('h1', { hasText: 'Customers' }).waitFor();
    expect(await page.locator('#panel').isHidden()).toBe(true);
    // A choice is something typed, too.
    await page.getByRole('button', { name: 'New customer' }).click();
    await field(page, 'Blocked').selectOption('All');
    await page.locator('#side a', { hasText: 'CARD' }).click();
    await discard(page).waitFor();
  });

  it('before all of an entity is there stays, and does not hide what another hand wrote meanwhile', async () => {
    const { path, line } = await payment('CARD', 3);
    const page = await open(await journal('CARD'));
    let answer = (): void => undefined;
    const may = new Promise<void>((resolve) => (answer = resolve));
    await page.route(/customerPayments\([^)]*\)\?\$expand/, async (route) => {
      await may;
      await route.continue();
    });
    await (await cell(page, line, 'Document number')).click();
    await field(page, 'Comment').fill('mine');
    await changed(path, { comment: 'theirs' });
    answer();
    await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
    expect(await field(page, 'Comment').inputValue()).toBe('mine');
    await page.keyboard.press('Control+s');
    await page.getByRole('button', { name: 'Take theirs' }).click();
    await page.getByText('Their version is shown now.').waitFor();
    expect(await field(page, 'Comment').inputValue()).toBe('theirs');
  });

  it('in a cell or a line stays there when one goes back from a conflict', async () => {
    const { path, line } = await payment('CARD', 4);
    const page = await open(await journal('CARD'));
    await (await cell(page, line, 'Amount')).dblclick();
    await page.locator('.cell-editor').fill('-11');
    await changed(path, { amount: -12 });
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Back to editing' }).click();
    expect(await page.locator('.cell-editor').inputValue()).toBe('-11');
    await page.locator('.cell-editor:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Take theirs' }).click();
    await page.getByText('\u221212.00').first().waitFor();

    const [dimension] = (await service().get(`${path}/dimensionLines`)).value;
    await opened(page, line);
    if (!dimension) {
      await page.getByRole('button', { name: 'Add dimension line' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('combobox').nth(0).fill('DEPARTMENT');
      await dialog.getByRole('combobox').nth(1).fill('SALES');
      await dialog.getByRole('button', { name: 'Add' }).click();
      await dialog.waitFor({ state: 'detached' });
      await settled(page);
    }
    const [own] = (await service().get(`${path}/dimensionLines`)).value;
    const values = (
      await service().get(`dimensions(code='${String(own?.['code'])}')/dimensionValues?$select=code`)
    ).value
      .map(({ code }) => String(code))
      .filter((code) => code !== own?.['valueCode']);
    await page
      .getByRole('button', { name: /^Change / })
      .first()
      .click();
    const dialog = page.getByRole('dialog').first();
    await dialog.getByLabel('Value code').fill(values[0] ?? '');
    await changed(`${path}/dimensionLines(${String(own?.['id'])})`, { valueCode: values[1] });
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Back to editing' }).click();
    expect(await dialog.getByLabel('Value code').inputValue()).toBe(values[0]);
  });
});

describe('what is written', () => {
  it('is written once, however long its key is held', async () => {
    const page = await open(await journal('CARD'));
    let posts = 0;
    await page.route(/customerPayments$/, async (route) => {
      posts += 1;
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.continue();
    });
    await page.getByRole('button', { name: 'New customer payment' }).click();
    await field(page, 'External document number').fill('ONCE');
    for (let press = 0; press < 3; press += 1) await page.keyboard.press('Control+s');
    await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
    await settled(page);
    const made = await sql("SELECT count(*)::int AS n FROM customer_payments WHERE external_document_number = 'ONCE'");
    expect([posts, made]).toEqual([1, [{ n: 1 }]]);
    await field(page, 'Comment').fill('saved once');
    for (let press = 0; press < 3; press += 1) await page.keyboard.press('Control+s');
    await page.getByText('Saved.').first().waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('and left at once does not open where one went: a payment stays in its journal', async () => {
    const page = await open(await journal('CARD'));
    await page.getByRole('button', { name: 'New customer payment' }).click();
    await field(page, 'External document number').fill('LEFT');
    let answer = (): void => undefined;
    const may = new Promise<void>((resolve) => (answer = resolve));
    // It is written, and the rows are not there yet.
    await page.route(/customerPayments\?/, async (route) => {
      await may;
      await route.continue();
    });
    const written = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.keyboard.press('Control+s');
    expect((await written).status()).toBe(201);
    await page.locator('#panel').waitFor({ state: 'hidden' });
    await page.locator('#side a', { hasText: 'BANK-DK' }).click();
    await page.locator('h1', { hasText: 'BANK-DK' }).waitFor();
    const hash = await page.evaluate(() => location.hash);
    answer();
    await settled(page);
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => location.hash)).toBe(hash);
    expect([hash.includes('open='), await page.locator('#panel').isHidden()]).toEqual([false, true]);
  });

  it('in a cell is in the panel, too: one is no stranger to oneself', async () => {
    const { path, line } = await payment('CARD', 5);
    const page = await open(await journal('CARD'));
    await opened(page, line);
    await (await cell(page, line, 'Amount')).dblclick();
    await page.locator('.cell-editor').fill('-21.5');
    await page.keyboard.press('Enter');
    await page.getByText('\u221221.50').first().waitFor();
    await settled(page);
    expect(await field(page, 'Amount').inputValue()).toBe('-21.5');
    await field(page, 'Comment').fill('no conflict');
    await page.keyboard.press('Control+s');
    await page.getByText('Saved.').waitFor();
    expect((await service().get(`${path}?$select=amount,comment`)).json).toMatchObject({
      amount: -21.5,
      comment: 'no conflict',
    });
  });
});

describe('the keyboard', () => {
  it('stays at the row when one is deleted, goes into what is new, and comes back from what is gone', async () => {
    const page = await open(await journal('CARD'));
    const total = Number((await page.locator('.subtitle').textContent())?.split(' ')[0]);
    await (await cell(page, 'CARD-', 'Document number')).focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('row 1');
    await page.keyboard.press('Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).press('Enter');
    await page.getByText(`${String(total - 1)} rows`).waitFor();
    await settled(page);
    expect(await focused(page)).toBe('row 1');

    await page.getByRole('button', { name: 'New customer payment' }).press('Enter');
    await field(page, 'Amount').fill('-3');
    await page.keyboard.press('Control+s');
    await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
    await settled(page);
    expect(await focused(page)).toBe('panel');
    await field(page, 'Comment').focus();
    await page.keyboard.type('kept');
    await page.keyboard.press('Control+s');
    await page.getByText('Saved.').waitFor();
    // The field that was typed into keeps the keyboard.
    await page.keyboard.type(', too');
    expect(await field(page, 'Comment').inputValue()).toBe('kept, too');
    const written = page.waitForResponse((response) => response.request().method() === 'PATCH');
    await page.keyboard.press('Control+s');
    await written;
    await settled(page);
    await page.locator('.panel-foot').getByRole('button', { name: 'Delete' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).press('Enter');
    await page.locator('#panel').waitFor({ state: 'hidden' });
    await page.getByText(`${String(total - 1)} rows`).waitFor();
    await settled(page);
    expect(await focused(page)).toMatch(/^row \d+$/);
  });

  it('is not taken from a field by a cell that is saved because it was left', async () => {
    const { line } = await payment('CARD', 2);
    const page = await open(await journal('CARD'));
    await (await cell(page, line, 'Comment')).dblclick();
    await page.locator('.cell-editor').fill('left by a click');
    const search = page.getByRole('searchbox', { name: 'Search the rows' });
    await search.click();
    await page.getByText('left by a click').first().waitFor();
    await settled(page);
    expect(await search.evaluate((one) => one === document.activeElement)).toBe(true);
  });
});

describe('rows', () => {
  it('that were asked for without their key open all the same, and sums of many do not', async () => {
    const [customer] = await sql(
      'SELECT number, display_name FROM customers WHERE company_id = $here ORDER BY number LIMIT 1',
    );
    const page = await open('customers?$select=number,displayName&$orderby=number');
    await (await cell(page, String(customer?.['number']), 'Number')).click();
    await page.getByRole('heading', { name: 'More' }).waitFor();
    expect(await field(page, 'Display name').inputValue()).toBe(customer?.['display_name']);
    expect(await page.locator('.grid tr[aria-selected="true"]').count()).toBe(1);

    const sums = await open('customers?$apply=groupby((currencyCode),aggregate(balance with sum as total))');
    const statuses: number[] = [];
    sums.on('response', (response) => statuses.push(response.status()));
    await sums.locator('.grid tr[aria-rowindex] td').first().click();
    await sums.waitForTimeout(600);
    expect([statuses, await sums.locator('#panel').isHidden()]).toEqual([[], true]);
  });

  it('come once each, however small the pages are and however it is scrolled', async () => {
    const [all] = await sql('SELECT count(*)::int AS rows FROM customer_payments WHERE company_id = $here');
    const rows = Number(all?.['rows']);
    const page = await open('customers', { viewport: { width: 1200, height: 1000 } });
    // Pages so small that the next one is wanted as soon as one is there.
    await page.route(/customerPaymentDetails\?/, async (route) => {
      if (route.request().url().includes('skiptoken')) await new Promise((resolve) => setTimeout(resolve, 100));
      await route.continue({ headers: { ...route.request().headers(), prefer: 'maxpagesize=15' } });
    });
    await page.evaluate(() => (location.hash = '#/customerPaymentDetails?$orderby=id'));
    await asked(page, 'customerPaymentDetails');
    for (let step = 0; step < 60; step += 1) {
      await page.locator('.grid').evaluate((grid, to) => grid.scrollTo(0, to), step % 2 === 0 ? 100000 : 0);
      await page.waitForTimeout(30);
    }
    await page
      .locator('.subtitle', { hasText: `${String(rows)} rows` })
      .and(page.locator(':not(:has-text("loaded"))'))
      .waitFor();
    expect(await page.locator('.grid table').getAttribute('aria-rowcount')).toBe(String(rows + 1));
  });

  it('of a group whose number is full of signs are all that its bar leads to', async () => {
    const page = await open('#f.amount=%3C0&chart=/customerPaymentDetails');
    const [group] = await sql(
      `SELECT p.customer_number AS number, c.display_name AS name, count(*)::int AS rows FROM customer_payments p JOIN customers c ON c.id = p.customer_id
       WHERE p.company_id = $here AND p.amount < 0 AND p.customer_number LIKE '%&%' GROUP BY 1, 2`,
    );
    await page.locator('.group-chart').waitFor();
    const bar = page.locator('.group-chart').getByRole('button', { name: String(group?.['name']), exact: true });
    if ((await bar.count()) > 0) await bar.click();
    else await filter(page, 'customerNumber').fill(`='${String(group?.['number'])}'`);
    await asked(page, 'customerNumber eq');
    expect(new Set(await columnOf(page, 'Customer number'))).toEqual(new Set([group?.['number']]));
    expect(await page.locator('.subtitle').textContent()).toBe(
      `${String(group?.['rows'])} ${group?.['rows'] === 1 ? 'row' : 'rows'}`,
    );
  });
});

it('previews all lines of a journal, however many fit into an answer', async () => {
  const path = await journal('CARD');
  const [all] = await sql(
    `SELECT count(*)::int AS n, sum(p.amount)::text AS total FROM customer_payments p JOIN customer_payment_journals j ON j.id = p.journal_id
     WHERE j.company_id = $here AND j.code = 'CARD'`,
  );
  const page = await open(path);
  await page.route(/previewPosting/, (route) =>
    route.continue({ headers: { ...route.request().headers(), prefer: 'maxpagesize=5' } }),
  );
  await page.getByRole('button', { name: 'Preview and post' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('tbody tr').first().waitFor();
  expect(await dialog.locator('tbody tr').count()).toBe(all?.['n']);
  expect(await dialog.textContent()).toContain(
    `${String(all?.['n'])} entries, amount ${shownAmount(all?.['total'])} in all.`,
  );
});

it.each([
  ['a desktop', 1366],
  ['a small window', 900],
  ['a phone', 390],
])('has the amount of a line in sight in the preview of a posting, on %s', async (_, width) => {
  const page = await open(await journal('GENERAL'), { viewport: { width, height: 800 } });
  await page.getByRole('button', { name: 'Preview' }).click();
  const lines = page.getByRole('dialog').locator('.scroll');
  await lines.locator('tbody tr').first().waitFor();
  const headings = await lines.locator('thead th').allTextContents();
  expect(headings).toContain('Error');
  const amount = lines.locator('tbody tr').first().locator('td').nth(headings.indexOf('Amount'));
  expect(await amount.textContent()).toMatch(/\d/);
  const [place, box] = await Promise.all([lines.boundingBox(), amount.boundingBox()]);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual((place?.x ?? 0) + (place?.width ?? 0));
});

it('goes on posting when its dialogue is closed, and says what became of it', async () => {
  const page = await open(await journal('CASHRCPT'));
  await page.getByRole('button', { name: 'Preview and post' }).click();
  const dialog = page.getByRole('dialog', { name: 'Post this journal' });
  await dialog.locator('tbody tr').first().waitFor();
  await service().sql('BEGIN');
  await service().sql('LOCK TABLE customer_ledger_entries IN EXCLUSIVE MODE');
  await dialog.getByRole('button', { name: 'Post', exact: true }).click();
  await dialog.getByRole('progressbar').waitFor();
  // Nor does it matter when the service cannot be reached for a moment.
  let cut = 0;
  await page.route(/\$async/, (route) => (cut++ < 2 ? route.abort() : route.continue()));
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.waitForResponse((response) => response.url().includes('$async') && response.status() === 202);
  await service().sql('COMMIT');
  await page.getByText('Post: done.').waitFor();
  await page.locator('.subtitle', { hasText: /^0 rows$/ }).waitFor();
});
