/** o.js and @odata/client, as released: what they ask for is compared with the database. */
import { EdmV4, OData } from '@odata/client';
import { o } from 'o.js';
import { startService, type TestService } from '../setup/service';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** The rows of plain SQL in the company that root sets show. */
const rows = (text: string): Promise<readonly Record<string, unknown>[]> =>
  service.sql(text.replaceAll('$here', '(SELECT id FROM companies ORDER BY name LIMIT 1)'));

interface Customer {
  readonly id: string;
  readonly number: string;
  readonly displayName: string;
}

describe('o.js', () => {
  it('reads, filters and pages a set', async () => {
    const found = (await o(service.root).get('customers').query({
      $filter: "startswith(number,'C0000')",
      $orderby: 'number desc',
      $select: 'number',
      $top: 4,
    })) as Customer[];
    const expected = await rows(
      `SELECT number FROM customers WHERE company_id = $here AND starts_with(number, 'C0000') ORDER BY number DESC LIMIT 4`,
    );
    expect(found.map(({ number }) => number)).toEqual(expected.map(({ number }) => number));
    expect(found.length).toBeGreaterThan(0);
  });

  it('creates, changes and deletes a customer', async () => {
    // Without it fetch says text/plain, which any page may send anywhere: the service takes no writes from it.
    const json = { 'Content-Type': 'application/json' };
    const created = (await o(service.root, { headers: json })
      .post('customers', { displayName: 'Kaffehuset Ærø', number: 'OJS-1' })
      .query()) as Customer;
    expect(created.displayName).toBe('Kaffehuset Ærø');
    const headers = { ...json, 'If-Match': '*' };
    await o(service.root, { headers }).patch(`customers(${created.id})`, { displayName: 'Kaffehuset Læsø' }).query();
    expect(await rows(`SELECT display_name FROM customers WHERE number = 'OJS-1'`)).toEqual([
      { display_name: 'Kaffehuset Læsø' },
    ]);
    await o(service.root, { headers }).delete(`customers(${created.id})`).query();
    expect(await rows(`SELECT id FROM customers WHERE number = 'OJS-1'`)).toEqual([]);
  });
});

describe('@odata/client', () => {
  const client = (): ReturnType<typeof OData.New4> => OData.New4({ serviceEndpoint: service.root });

  it('filters by its own builder', async () => {
    const customers = client().getEntitySet<Customer>('customers');
    const filter = client().newFilter().property('displayName').eq('Nordlys Handel A/S');
    const found = await customers.query(client().newParam().filter(filter));
    const expected = await rows(
      `SELECT id FROM customers WHERE company_id = $here AND display_name = 'Nordlys Handel A/S'`,
    );
    expect(found.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
    expect(found.length).toBeGreaterThan(0);
  });

  it('reads by key', async () => {
    const customers = client().getEntitySet<Customer>('customers');
    const [first] = await rows('SELECT id, number FROM customers WHERE company_id = $here ORDER BY number LIMIT 1');
    const found = await customers.retrieve(EdmV4.Guid.from(String(first?.['id'])));
    expect(found.number).toBe(first?.['number']);
  });
});
