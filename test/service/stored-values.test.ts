/** Columns whose values PostgreSQL treats in a way of its own: filled up with spaces, with months, with digits of a second that a type leaves out. */
import 'reflect-metadata';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { EntityType, Property, RuleBook, sessionOptions } from '../../src/odata';
import { emptyDatabase } from '../setup/database';
import { serve, withOptions, type TestService } from '../setup/service';

@EntityType({ name: 'Endless', entitySet: 'Endless' })
@Entity('endless')
class Endless {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'numeric', nullable: true })
  amount!: string | null;

  @Column({ type: 'double precision', nullable: true })
  size!: number | null;

  @Column({ type: 'date', nullable: true })
  day!: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  moment!: string | null;
}

@EntityType({ name: 'Odd', entitySet: 'Odds' })
@Entity('odds')
class Odd {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'char', length: 8, nullable: true })
  padded!: string | null;

  @Column({ type: 'char', length: 3, array: true, default: [] })
  codes!: string[];

  @Column({ type: 'interval', nullable: true })
  span!: string | null;

  @Property({ typeDefinition: { name: 'Second', precision: 0 } })
  @Column({ type: 'time', precision: 0, nullable: true })
  clock!: string | null;
}

const texts = ['x', 'x   y', ' z', '', null];
const codes = [['a', 'b c'], [], ['', 'abc'], [], []];
/** What PostgreSQL is told, and the seconds of it. */
const spans = [
  ['1 mon 1 day', 31 * 86_400],
  ['1 year -1 day', 359 * 86_400],
  ['-13 mons 00:00:01', -390 * 86_400 + 1],
  ['2 days -01:00:00.5', 2 * 86_400 - 3600.5],
  [null, null],
] as const;

const endless = `(1, 'NaN', 'NaN', 'infinity', 'infinity'), (2, 'Infinity', 'Infinity', '-infinity', '-infinity'),
  (3, '-Infinity', '-Infinity', '0044-03-15 BC', '0044-03-15 12:00:00+00 BC'), (4, 1.50, 1.5, '2026-01-02', '2026-01-02 03:04:05+00')`;

let service: TestService;

beforeAll(async () => {
  const database = await emptyDatabase();
  const extra = { options: sessionOptions(20_000) };
  const dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    entities: [Odd, Endless],
    extra,
  }).initialize();
  await dataSource.synchronize();
  for (const [index, text] of texts.entries())
    await dataSource.query(`INSERT INTO odds (id, padded, codes, span, clock) VALUES ($1, $2, $3, $4, '23:59:59')`, [
      index,
      text,
      codes[index],
      spans[index]?.[0],
    ]);
  await dataSource.query(`INSERT INTO endless VALUES ${endless}`);
  service = await serve({
    database,
    config: { dataSource, namespace: 'Odd', rules: new RuleBook(), keepsRequests: false },
    callerFor: () => ({ partition: null }),
  });
});
afterAll(() => service.close());

/** The rows, each as what the request made of it. */
async function asked(options: Readonly<Record<string, string>>): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await service.get(withOptions('Odds', { $orderby: 'id', ...options }));
  if (answer.status !== 200) throw new Error(`${answer.text}\n${service.takeFailures().join('\n')}`);
  return answer.value;
}

const computed = async (expression: string): Promise<unknown[]> =>
  (await asked({ $compute: `${expression} as x`, $select: 'x' })).map(({ x }) => x);

const found = async (filter: string): Promise<unknown[]> =>
  (await asked({ $filter: filter, $select: 'id' })).map(({ id }) => id);

const idsOf = (test: (text: string) => boolean): number[] =>
  texts.flatMap((text, id) => (text !== null && test(text) ? [id] : []));

describe('a char is the text without the spaces that fill it up', () => {
  test('[40, 309] in answers, alone, nested, as a group and at its own URL', async () => {
    expect((await asked({ $select: 'padded,codes' })).map((row) => [row['padded'], row['codes']])).toEqual(
      texts.map((text, id) => [text, codes[id]]),
    );
    const [nest] = (await service.get(withOptions('Odds', { $apply: 'orderby(id)/nest(identity as all)' }))).value;
    expect((nest?.['all'] as readonly Readonly<Record<string, unknown>>[]).map((row) => row['padded'])).toEqual(texts);
    const groups = await service.get(withOptions('Odds', { $apply: 'groupby((padded))', $orderby: 'padded' }));
    expect(groups.value.map((row) => row['padded'])).toEqual([null, '', ' z', 'x', 'x   y']);
    expect((await service.get('Odds(0)/padded')).json['value']).toBe('x');
    expect((await service.get('Odds(0)/padded/$value')).text).toBe('x');
    const paged = await service.all('Odds?$orderby=padded&$select=padded', { Prefer: 'maxpagesize=1' });
    expect(paged.map((row) => row['padded'])).toEqual([null, '', ' z', 'x', 'x   y']);
  });

  test.each<readonly [expression: string, of: (text: string) => unknown]>([
    ['length(padded)', (text) => text.length],
    [`concat(padded,'|')`, (text) => `${text}|`],
    [`indexof(padded,' ')`, (text) => text.indexOf(' ')],
    [`endswith(padded,' ')`, (text) => text.endsWith(' ')],
    [`substring(padded,1)`, (text) => text.slice(1)],
    [`toupper(padded)`, (text) => text.toUpperCase()],
    [`cast(padded,Edm.String)`, (text) => text],
    [`case(true:padded)`, (text) => text],
  ])('[116] %s', async (expression, of) => {
    expect(await computed(expression)).toEqual(texts.map((text) => (text === null ? null : of(text))));
  });

  test.each<readonly [filter: string, of: (text: string) => boolean]>([
    [`padded eq 'x'`, (text) => text === 'x'],
    [`padded eq 'x '`, (text) => text === 'x '],
    [`padded in ('x','x   y')`, (text) => ['x', 'x   y'].includes(text)],
    [`padded gt 'x'`, (text) => text > 'x'],
    [`contains(padded,'x ')`, (text) => text.includes('x ')],
    [`endswith(padded,'x')`, (text) => text.endsWith('x')],
    [`endswith(padded,' ')`, (text) => text.endsWith(' ')],
    [`startswith(padded,'x ')`, (text) => text.startsWith('x ')],
    [`matchesPattern(padded,'x$')`, (text) => /x$/.test(text)],
  ])('[103, 116] $filter=%s', async (filter, of) => {
    expect(await found(filter)).toEqual(idsOf(of));
  });

  test('[139] as an item of a collection', async () => {
    expect(await found(`codes/any(c:c eq 'a')`)).toEqual([0]);
    expect(await found(`codes/any(c:length(c) eq 0)`)).toEqual([2]);
    expect(await found(`codes eq ['a','b c']`)).toEqual([0]);
    expect(await found(`'a' in codes`)).toEqual([0]);
  });
});

describe('a month of a stored duration counts 30 days, everywhere', () => {
  const seconds = spans.map(([, count]) => count);
  const moved = (count: number | null): string | null =>
    count === null
      ? null
      : new Date(Date.UTC(2024, 0, 31) + count * 1000)
          .toISOString()
          .replace(/(\.\d*?)0*Z$/, '$1Z')
          .replace('.Z', 'Z');

  test('[128, 112] in arithmetic as in answers', async () => {
    expect(await computed('totalseconds(span)')).toEqual(seconds);
    expect(await computed('totalseconds(span mul 1)')).toEqual(seconds);
    expect(await computed('totalseconds(cast(cast(span,Edm.String),Edm.Duration))')).toEqual(seconds);
    expect(await computed('2024-01-31T00:00:00Z add span')).toEqual(seconds.map(moved));
    expect(await computed('2024-01-31T00:00:00Z sub (-span)')).toEqual(seconds.map(moved));
    expect(await computed('2024-01-31 add span')).toEqual(seconds.map((count) => moved(count)?.slice(0, 10) ?? null));
    expect(await computed('2024-01-31 sub (-span)')).toEqual(
      seconds.map((count) => moved(count)?.slice(0, 10) ?? null),
    );
  });
});

test('[134] a time of day that is rounded stays within the day', async () => {
  const rounded = async (text: string): Promise<unknown> => (await computed(`cast(${text},Odd.Second)`))[0];
  expect(await rounded('23:59:59.9')).toBe('23:59:59');
  expect(await rounded('12:00:59.5')).toBe('12:01:00');
  expect(await rounded('12:00:59.4')).toBe('12:00:59');
});

describe('numbers, days and moments without end', () => {
  const rows = [
    ['NaN', 'NaN', 'infinity', 'infinity'],
    ['INF', 'INF', '-infinity', '-infinity'],
    ['-INF', '-INF', '-0043-03-15', '-0043-03-15T12:00:00Z'],
    [1.5, 1.5, '2026-01-02', '2026-01-02T03:04:05Z'],
  ] as const;
  const names = ['amount', 'size', 'day', 'moment'];

  test('[309] are texts, as JSON has no others', async () => {
    const read = async (accept: string): Promise<unknown> => {
      const { text } = await service.get('Endless?$orderby=id', { Accept: accept });
      const { value } = JSON.parse(text) as { readonly value: readonly Readonly<Record<string, unknown>>[] };
      return value.map((row) => names.map((name) => row[name]));
    };
    expect(await read('application/json')).toEqual(rows);
    expect(await read('application/json;IEEE754Compatible=true')).toEqual(
      rows.map(([amount, ...others]) => [String(amount), ...others]),
    );
  });

  test.each(rows.flatMap((row, index) => names.map((name, at) => [index + 1, name, row[at]] as const)))(
    '[309] alone, as a group, and by a filter: %i %s',
    async (id, name, value) => {
      const alone = await service.get(`Endless(${id})/${name}`);
      expect((JSON.parse(alone.text) as { readonly value: unknown }).value).toBe(value);
      expect((await service.get(`Endless(${id})/${name}/$value`)).text).toBe(String(value));
      const grouped = await service.get(withOptions('Endless', { $apply: `filter(id eq ${id})/groupby((${name}))` }));
      expect(JSON.parse(grouped.text)).toMatchObject({ value: [{ [name]: value }] });
    },
  );
});
