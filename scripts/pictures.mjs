/**
 * `npm run pictures`: makes the pictures of docs/images anew, from a service of its own over the sample data. The browser is Debian's chromium,
 * or the one that CHROMIUM names; it also writes the files, as WebP.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installMissing, projectRoot } from './install.mjs';

installMissing();
installMissing('test/clients');
const require = createRequire(join(projectRoot, 'test/clients/package.json'));
const { chromium } = require('playwright-core');

const data = mkdtempSync(join(tmpdir(), 'pictures-'));
const service = spawn(process.execPath, ['scripts/start.mjs'], {
  cwd: projectRoot,
  env: { ...process.env, DATA_DIR: data, PORT: '0', SEED: 'S' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const home = await new Promise((resolve, reject) => {
  let said = '';
  service.stdout.on('data', (chunk) => {
    said += chunk;
    const url = /^Serving (\S+)/m.exec(said)?.[1];
    if (url !== undefined) resolve(`${url}/`);
  });
  service.once('exit', (code) => reject(new Error(`The service ended with ${code}.`)));
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

/** The entities of a collection. */
const read = async (path) => (await (await fetch(`${home}v1.0/${path}`)).json()).value;

/** Opens the page at a fragment, and waits for the rows. */
async function open(fragment, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1100, height: 720 }, ...options });
  const page = await context.newPage();
  await page.goto(home + fragment);
  await settled(page);
  return page;
}

async function settled(page) {
  await page.locator('.grid table:not([aria-busy])').waitFor();
  await page.waitForFunction(() => !document.documentElement.classList.contains('busy'));
}

/** Opens a payment beside the rows. */
async function openPayment(page, document) {
  await page.locator('.grid tbody tr', { hasText: document }).locator('td').nth(1).click();
  await page.getByRole('heading', { name: 'Dimension lines' }).waitFor();
  await settled(page);
}

/** Writes what pages show, side by side, as one file. */
async function write(name, ...pages) {
  const shots = [];
  for (const page of pages) shots.push((await page.screenshot({ animations: 'disabled' })).toString('base64'));
  const page = await browser.newPage();
  const encoded = await page.evaluate(async (all) => {
    const images = await Promise.all(
      all.map(async (one) => createImageBitmap(await (await fetch(`data:image/png;base64,${one}`)).blob())),
    );
    const gap = 24;
    const width = images.reduce((sum, image) => sum + image.width + gap, -gap);
    const canvas = new OffscreenCanvas(width, Math.max(...images.map(({ height }) => height)));
    const drawing = canvas.getContext('2d');
    let left = 0;
    for (const image of images) {
      drawing.drawImage(image, left, 0);
      left += image.width + gap;
    }
    const bytes = new Uint8Array(
      await (await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 })).arrayBuffer(),
    );
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  }, shots);
  const bytes = Buffer.from(encoded, 'base64');
  writeFileSync(join(projectRoot, 'docs/images', `${name}.webp`), bytes);
  console.log(`${name}.webp: ${Math.round(bytes.length / 1000)} kB`);
  for (const one of [...pages, page]) await one.close();
}

try {
  const [journal] = await read("customerPaymentJournals?$filter=code eq 'BANK-DK'&$select=id");
  const payments = `customerPaymentJournals(${journal.id})/customerPayments`;
  const seen = `#f.amount=%3C0/${payments}?$orderby=amount`;
  const [largest] = await read(`${payments}?$orderby=amount&$top=1`);

  const charts = await open(seen.replace('#', '#chart=&'), { viewport: { width: 1280, height: 760 } });
  await charts.locator('.time-chart').waitFor();
  await charts.locator('.group-chart').waitFor();
  await settled(charts);
  await write('page', charts);

  const dark = await open(seen, { colorScheme: 'dark' });
  await openPayment(dark, largest.documentNumber);
  await write('dark', dark);

  const phone = { viewport: { width: 390, height: 720 }, hasTouch: true, isMobile: true };
  const rows = await open(seen, phone);
  const entity = await open(seen, phone);
  await openPayment(entity, largest.documentNumber);
  await write('phone', rows, entity);

  const small = { viewport: { width: 1100, height: 420 } };
  const mistake = await open('#/customers?$filter=balanse gt 1000 and blocked eq %27None%27', small);
  await mistake.locator('.query-problem').waitFor();
  await write('mistake', mistake);

  // As `npm start` serves it.
  const asStarted = (page) =>
    page.locator('dialog pre').evaluateAll((all, from) => {
      for (const one of all) one.textContent = one.textContent.replaceAll(from, 'http://127.0.0.1:3000/');
    }, home);
  const flat = '#/customerPaymentDetails';
  const receipts = `#f.journalCode=%3DCARD&f.amount=%3C0${flat.slice(1)}`;
  const low = { viewport: { width: 1100, height: 560 } };
  await write('excel-table', await open(receipts, low));
  const excel = await open(receipts, { viewport: { width: 1100, height: 620 } });
  await excel.getByRole('button', { name: 'Excel · Power BI' }).click();
  await excel.getByRole('dialog').waitFor();
  await asStarted(excel);
  await write('excel-dialog', excel);
  const folded =
    '$filter=postingDate ge 2025-01-01 and amount lt 0&$select=postingDate,customerNumber,amount&$orderby=amount&$top=2';
  await write('excel-fold', await open(`${flat}?${folded}`, small));
  const sums = '$apply=groupby((customerCountry),aggregate(amount with sum as total))&$orderby=total&$top=2';
  await write('excel-sums', await open(`${flat}?${sums}`, small));

  const conflict = await open(seen);
  await openPayment(conflict, largest.documentNumber);
  const panel = conflict.locator('.panel');
  await panel.getByLabel('Amount', { exact: true }).fill('-6,800.00');
  await panel.getByLabel('Comment', { exact: true }).fill('Agreed by phone');
  await fetch(`${home}v1.0/${payments}(${largest.id})`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json', 'If-Match': largest['@odata.etag'] },
    body: JSON.stringify({ amount: -6810.5, externalDocumentNumber: 'BANK-81B' }),
  });
  await conflict.keyboard.press('Control+s');
  await conflict.getByRole('dialog').waitFor();
  await write('conflict', conflict);
} finally {
  await browser.close();
  service.removeAllListeners('exit');
  const ended = new Promise((resolve) => service.once('exit', resolve));
  service.kill('SIGTERM');
  await ended;
  rmSync(data, { recursive: true, force: true });
}
