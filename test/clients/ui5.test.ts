/** OpenUI5's ODataModel v4, unchanged, in Chromium, on another origin than the service: what its tables and forms do. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { organizationOf, Tree, type Division } from '../setup/hierarchies';
import { startService, type TestService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';
import { startBrowser } from './support/browser';
import { packageFolder, startPageServer, type PageServer } from './support/page-server';

const html = `<!doctype html><meta charset="utf-8"><title>UI5</title>
<script src="/resources/ui5loader.js"></script>
<script src="/resources/ui5loader-autoconfig.js"></script>`;

/** What the scripts in the page have at hand; they run in the browser, where UI5's own types are not known. */
interface Ui5Window {
  ui5: {
    model(options?: object): Ui5;
    Filter: new (...parameters: unknown[]) => Ui5;
    Sorter: new (...parameters: unknown[]) => Ui5;
    messages(): { message: string; target: string; code: string }[];
  };
}
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Ui5 = any;
declare const window: Ui5Window & Window;

let service: TestService;
/** The service of the second model, which has a hierarchy. */
let nodes: TestService;
let pages: PageServer;
let browser: Browser;
let page: Page;
let requests: string[] = [];

beforeAll(async () => {
  service = await startService();
  nodes = await startTripPin();
  pages = await startPageServer({ '/resources': join(packageFolder('@openui5/sap.ui.core'), 'src') }, html);
  browser = await startBrowser();
  page = await browser.newPage();
  page.on('request', (request) => {
    const { root } = [service, nodes].find((one) => request.url().startsWith(one.root)) ?? {};
    if (root === undefined || request.method() === 'OPTIONS') return;
    const body = request.postData();
    requests.push(decodeURIComponent(`${request.method()} ${request.url().slice(root.length)}\n${body ?? ''}`));
  });
  await page.goto(pages.origin);
  await page.evaluate(
    (root) =>
      new Promise<void>((resolve, reject) => {
        const { sap } = window as unknown as { sap: Ui5 };
        sap.ui.require(
          [
            'sap/ui/model/odata/v4/ODataModel',
            'sap/ui/model/Filter',
            'sap/ui/model/Sorter',
            'sap/ui/core/Messaging',
            'sap/ui/model/FilterOperator',
          ],
          (ODataModel: Ui5, Filter: Ui5, Sorter: Ui5, Messaging: Ui5) => {
            window.ui5 = {
              model: (options = {}) =>
                new ODataModel({ serviceUrl: root, autoExpandSelect: true, operationMode: 'Server', ...options }),
              Filter,
              Sorter,
              messages: () =>
                Messaging.getMessageModel()
                  .getData()
                  .map((each: Ui5) => ({
                    message: each.getMessage(),
                    target: each.getTargets()[0] ?? '',
                    code: each.getCode(),
                  })),
            };
            resolve();
          },
          reject,
        );
      }),
    service.root,
  );
});
beforeEach(() => {
  requests = [];
});
afterAll(async () => {
  await browser.close();
  await pages.close();
  await service.close();
  await nodes.close();
});

const rows = (text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> =>
  service.sql(text.replaceAll('$here', '(SELECT id FROM companies ORDER BY name LIMIT 1)'), values);

const largestJournal = async (): Promise<string> => {
  const [journal] = await rows(
    'SELECT journal_id AS id FROM customer_payments WHERE company_id = $here GROUP BY 1 ORDER BY count(*) DESC LIMIT 1',
  );
  return String(journal?.['id']);
};

describe.each(['$direct', '$auto'])('in the group %s', (groupId) => {
  it('reads a list with filter, sorter, count and an expanded property', async () => {
    const found = await page.evaluate(async (group) => {
      const { ui5 } = window;
      const list = ui5
        .model({ groupId: group })
        .bindList(
          '/salesInvoices',
          null,
          [new ui5.Sorter('totalAmountIncludingTax', true)],
          [new ui5.Filter('customer/displayName', 'Contains', 'a')],
          {
            // Its filters write no literals of enumerations.
            $filter: "status eq 'Open'",
            $count: true,
            $select: 'number,totalAmountIncludingTax',
            $expand: { customer: { $select: 'displayName' } },
          },
        );
      const contexts = await list.requestContexts(0, 3);
      return { count: list.getCount(), rows: contexts.map((each: Ui5) => each.getObject()) };
    }, groupId);
    const expected = await rows(
      `SELECT i.number, i.total_amount_including_tax::text AS amount, c.display_name AS name FROM sales_invoices i
       JOIN customers c ON c.id = i.customer_id WHERE i.company_id = $here AND i.status = 'Open' AND c.display_name LIKE '%a%'
       ORDER BY i.total_amount_including_tax DESC, i.id DESC`,
    );
    expect(found.count).toBe(expected.length);
    expect(
      found.rows.map((row: Ui5) => ({
        number: row.number,
        amount: Number(row.totalAmountIncludingTax),
        name: row.customer.displayName,
      })),
    ).toEqual(
      expected.slice(0, 3).map((row) => ({ number: row['number'], amount: Number(row['amount']), name: row['name'] })),
    );
  });

  it('pages through a contained list to its end', async () => {
    const journal = await largestJournal();
    const ids = await page.evaluate(
      async ([group, id]) => {
        const list = window.ui5
          .model({ groupId: group })
          .bindList(`/customerPaymentJournals(${id})/customerPayments`, null, [], [], { $select: 'id' });
        const all: string[] = [];
        for (let start = 0; ; start += 10) {
          const contexts = await list.requestContexts(start, 10);
          all.push(...contexts.map((each: Ui5) => each.getProperty('id')));
          if (contexts.length < 10) return all;
        }
      },
      [groupId, journal] as const,
    );
    const expected = await rows('SELECT id FROM customer_payments WHERE journal_id = $1 ORDER BY line_number', [
      journal,
    ]);
    expect(ids).toEqual(expected.map(({ id }) => id));
  });
});

it('creates a payment with dimension lines in one request, then changes it with its ETag', async () => {
  const journal = await largestJournal();
  const made = await page.evaluate(async (id) => {
    const model = window.ui5.model({ groupId: '$auto' });
    const list = model.bindList(`/customerPaymentJournals(${id})/customerPayments`, null, [], [], {
      $$updateGroupId: '$auto',
    });
    await list.requestContexts(0, 1);
    const context = list.create({
      customerNumber: 'C00002',
      amount: '-12.50',
      externalDocumentNumber: 'UI5-1',
      dimensionLines: [{ code: 'DEPARTMENT', valueCode: 'SALES' }],
    });
    await context.created();
    await context.setProperty('amount', '-13.75');
    return { id: context.getProperty('id') as string, messages: window.ui5.messages() };
  }, journal);
  expect(made.messages).toEqual([]);
  expect(
    await rows(
      `SELECT p.amount::text, p.version, (SELECT count(*)::int FROM dimension_lines d WHERE d.payment_id = p.id) AS lines
       FROM customer_payments p WHERE p.id = $1`,
      [made.id],
    ),
  ).toEqual([{ amount: '-13.75000', version: 2, lines: 1 }]);
});

it('shows the messages of a refused change', async () => {
  const [customer] = await rows('SELECT id FROM customers WHERE company_id = $here ORDER BY number LIMIT 1');
  const messages = await page.evaluate(async (id) => {
    const model = window.ui5.model({ groupId: '$auto', updateGroupId: '$auto' });
    const binding = model.bindContext(`/customers(${id})`, null, { $select: 'displayName' });
    await binding.requestObject();
    await binding
      .getBoundContext()
      .setProperty('displayName', 'x'.repeat(101))
      .catch(() => undefined);
    return window.ui5.messages();
  }, String(customer?.['id']));
  expect(messages.map(({ message }) => message).join()).toContain('must not be more than 100 characters');
});

it('aggregates with grand totals and groups', async () => {
  const found = await page.evaluate(async () => {
    const list = window.ui5.model({ groupId: '$direct' }).bindList('/customers', null, [], [], {
      $count: true,
      $$aggregation: {
        aggregate: { balance: { grandTotal: true, subtotals: true } },
        group: { currencyCode: {} },
        groupLevels: ['currencyCode'],
      },
    });
    const contexts = await list.requestContexts(0, 10);
    return contexts.map((each: Ui5) => ({
      currency: each.getProperty('currencyCode'),
      balance: each.getProperty('balance'),
    }));
  });
  const expected = await rows(
    `SELECT c.currency_code AS currency, sum(coalesce((SELECT sum(i.remaining_amount) FROM sales_invoices i
       WHERE i.customer_id = c.id AND i.status = 'Open'), 0))::text AS balance FROM customers c WHERE c.company_id = $here GROUP BY 1 ORDER BY 1`,
  );
  const total = expected.reduce((sum, { balance }) => sum + Number(balance), 0);
  const [first, ...groups] = found as { currency: string | null; balance: string }[];
  expect(Number(first?.balance)).toBeCloseTo(total, 5);
  expect(groups.map(({ currency, balance }) => [currency, Number(balance)]).sort()).toEqual(
    expected.map(({ currency, balance }) => [currency, Number(balance)]).sort(),
  );
});

it('invokes a bound action', async () => {
  const [empty] = await rows(
    'SELECT j.id FROM customer_payment_journals j WHERE j.company_id = $here AND NOT EXISTS (SELECT FROM customer_payments p WHERE p.journal_id = j.id) LIMIT 1',
  );
  const message = await page.evaluate(async (id) => {
    const model = window.ui5.model({ groupId: '$auto' });
    return model
      .bindContext(`/customerPaymentJournals(${id})/Microsoft.NAV.post(...)`)
      .invoke()
      .then(
        () => 'posted',
        (error: Error) => error.message,
      );
  }, String(empty?.['id']));
  expect(message).toContain('There is nothing to post.');
  expect(requests.join()).toContain('Microsoft.NAV.post');
});

describe('a tree', () => {
  /** What a row of the table says of its node: level, from 1, and whether it is expanded; undefined for a leaf. */
  type Shown = readonly [code: string, level: number, isExpanded: boolean | undefined];

  /** The rows that a tree table shows: `open` says which nodes are expanded. */
  async function shown(open: (code: string, level: number) => boolean, kept?: readonly string[]): Promise<Shown[]> {
    const { divisions } = await organizationOf(nodes);
    const tree = new Tree(
      divisions.filter(({ code }) => !kept || kept.includes(code ?? '')),
      'Organization',
    );
    const byName = (some: readonly Division[]): readonly Division[] =>
      [...some].sort((one, other) => (one.name < other.name ? -1 : 1));
    const visit = (node: Division, level: number): Shown[] => {
      const code = node.code ?? '';
      const children = byName(tree.children(node));
      const isOpen = children.length === 0 ? undefined : open(code, level);
      return [[code, level, isOpen], ...(isOpen ? children.flatMap((child) => visit(child, level + 1)) : [])];
    };
    return byName(tree.roots).flatMap((node) => visit(node, 1));
  }

  /** Binds a list, does something with it by its nodes' codes, and says what is shown each time. */
  const act = (
    aggregation: object,
    steps: readonly (readonly ['expand' | 'expandAll' | 'collapse' | 'filter' | 'refresh', string?])[],
  ): Promise<Shown[][]> =>
    page.evaluate(
      async ([root, $$aggregation, todo]) => {
        const { ui5 } = window;
        const list = ui5
          .model({ serviceUrl: root, groupId: '$auto' })
          .bindList('/Divisions', null, [new ui5.Sorter('name')], [], {
            $count: true,
            $select: 'number,code,name',
            $$aggregation: { hierarchyQualifier: 'Organization', ...$$aggregation },
          });
        // As a table does.
        const show = (): void => void list.getContexts(0, 100);
        list.attachChange(show);
        list.attachRefresh(show);
        list.initialize();
        show();
        const contexts = (): Promise<Ui5[]> => list.requestContexts(0, 100);
        const seen = async (): Promise<[string, number, boolean | undefined][]> =>
          (await contexts()).map((one) => [
            one.getProperty('code'),
            one.getProperty('@$ui5.node.level'),
            one.getProperty('@$ui5.node.isExpanded'),
          ]);
        const all = [await seen()];
        for (const [step, of] of todo) {
          const node = (await contexts()).find((one) => one.getProperty('code') === of);
          if (step === 'expand') await node.expand();
          if (step === 'expandAll') await node.expand(true);
          if (step === 'collapse') node.collapse();
          if (step === 'filter') list.filter(new ui5.Filter('name', 'Contains', of));
          if (step === 'refresh') await list.getHeaderContext().requestSideEffects(['']);
          all.push(await seen());
        }
        return all;
      },
      [nodes.root, aggregation, steps] as const,
    );

  it('expands and collapses nodes, and shows them so again', async () => {
    const found = await act({}, [
      ['expand', 'Sales'],
      ['expand', 'US'],
      ['collapse', 'Sales'],
      ['expand', 'Sales'],
      ['expand', 'Mars'],
      ['refresh'],
    ]);
    const states = [[], ['Sales'], ['Sales', 'US'], ['US'], ['Sales', 'US'], ['Sales', 'US', 'Mars']];
    const expected = await Promise.all(states.map((open) => shown((code) => open.includes(code))));
    expect(found).toEqual([...expected, expected.at(-1)]);
    expect(requests.join()).toContain(
      'descendants($root/Divisions,Organization,code,filter(number eq 1),1)/orderby(name)',
    );
    expect(requests.join()).toContain(
      ',Levels=1,ExpandLevels=[{"NodeID":"US","Levels":1},{"NodeID":"Sales","Levels":1},{"NodeID":"Mars","Levels":1}])',
    );
  });

  it('shows two levels, all below a node, and what a filter leaves', async () => {
    const found = await act({ expandTo: 2 }, [
      ['collapse', 'Sales'],
      ['refresh'],
      ['expandAll', 'Sales'],
      ['filter', 'East'],
    ]);
    const first = (_: string, level: number): boolean => level < 2;
    const closed = await shown((code, level) => first(code, level) && code !== 'Sales');
    const open = (code: string, level: number): boolean => first(code, level) || ['US', 'EMEA'].includes(code);
    expect(found).toEqual([
      await shown(first),
      closed,
      closed,
      await shown(open),
      await shown(open, ['Sales', 'US', 'US East']),
    ]);
    expect(requests.join()).toContain('"NodeID":"Sales","Levels":null');
    expect(requests.join()).toContain(
      "ancestors($root/Divisions,Organization,code,filter(contains(name,'East')),keep start)/",
    );
  });
});
