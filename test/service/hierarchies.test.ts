/** Recursive hierarchies: what functions and transformations say of nodes, compared with a walk in JavaScript. Data Aggregation §5.5.2, §6 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  behind,
  only,
  organizationOf,
  organizations,
  projection,
  setOrganization,
  shownDivision,
  Tree,
  withProjection,
  type Deal,
  type Division,
  type Organization,
  type Qualifier,
  type Row,
  type Shown,
} from '../setup/hierarchies';
import { withOptions } from '../setup/service';
import { runTripPin } from '../setup/trip-pin/running';

const { running } = runTripPin();

/** The answer's rows; one statement makes them. */
async function ask(
  path: string,
  options: Readonly<Record<string, string>>,
): Promise<readonly Record<string, unknown>[]> {
  running().takeStatements();
  const answer = await running().get(withOptions(path, options));
  if (answer.status !== 200)
    throw new Error(`${JSON.stringify(options)}: ${answer.text} ${running().takeFailures().join()}`);
  expect(running().takeStatements()).toHaveLength(1);
  return answer.value;
}

const numbers = (rows: readonly Record<string, unknown>[]): readonly number[] =>
  rows.map((row) => Number(row['number'] ?? row['id'])).sort((one, other) => one - other);

/** The rows that every run begins with. */
let all: Organization;
beforeAll(async () => {
  all = await organizationOf(running());
});

const qualifiers: readonly Qualifier[] = ['Organization', 'Matrix'];

describe('[199] functions', () => {
  const call = (name: string, qualifier: string, more: string): string =>
    `Aggregation.${name}(HierarchyNodes=$root/Divisions,HierarchyQualifier='${qualifier}',${more})`;

  describe.each(qualifiers)('of %s', (qualifier) => {
    test.each<readonly [string, string, (tree: Tree, code: string) => boolean]>([
      ['isnode', 'Node=code', () => true],
      ['isroot', 'Node=code', (tree, code) => tree.roots.some((node) => node.code === code)],
      [
        'isleaf',
        'Node=code',
        (tree, code) => tree.children(tree.nodes.find((node) => node.code === code)!).length === 0,
      ],
      ['isancestor', "Node=code,Descendant='Child'", (tree, code) => tree.isRelative(code, 'Child', 'ancestors')],
      [
        'isancestor',
        "Node=code,Descendant='Child',MaxDistance=2,IncludeSelf=true",
        (tree, code) => tree.isRelative(code, 'Child', 'ancestors', { most: 2, self: true }),
      ],
      ['isdescendant', "Node=code,Ancestor='Sales'", (tree, code) => tree.isRelative(code, 'Sales', 'descendants')],
      [
        'isdescendant',
        "Ancestor='Sales',MaxDistance=1,Node=code,IncludeSelf=(1 eq 1)",
        (tree, code) => tree.isRelative(code, 'Sales', 'descendants', { most: 1, self: true }),
      ],
      ['isdescendant', "Node=code,Ancestor='nobody',IncludeSelf=true", () => false],
      ['issibling', "Node=code,Other='US'", (tree, code) => tree.areSiblings(code, 'US')],
      ['issibling', "Node=code,Other='Sales'", (tree, code) => tree.areSiblings(code, 'Sales')],
      [
        'issibling',
        'Node=code,Other=superordinate/code',
        (tree, code) => tree.areSiblings(code, parentCode(tree, code)),
      ],
    ])('%s(%s)', async (name, more, holds) => {
      const tree = new Tree(all.divisions, qualifier);
      const test = call(name, qualifier, more);
      const known = tree.nodes.filter(
        ({ code }) => !more.includes('superordinate') || parentCode(tree, code ?? '') !== null,
      );
      const [yes, no] = [true, false].map((wanted) =>
        known.filter(({ code }) => code !== null && holds(tree, code) === wanted).map(({ number }) => number),
      );
      expect(numbers(await ask('Divisions', { $filter: test }))).toEqual(yes);
      expect(numbers(await ask('Divisions', { $filter: `not ${test}` }))).toEqual(no);
      const computed = await ask('Divisions', { $compute: `${test} as t`, $select: 'number,t', $orderby: 'number' });
      expect(computed.map((row) => row['t'])).toEqual(
        all.divisions.map((division) =>
          known.includes(division) && division.code !== null ? holds(tree, division.code) : null,
        ),
      );
    });

    const parentCode = (_: Tree, code: string): string | null => {
      const of = all.divisions.find((division) => division.code === code);
      return all.divisions.find(({ number }) => number === of?.superordinate)?.code ?? null;
    };
  });

  test('nodes of other rows, of a part of the set, by the name of the namespace, and by aliases', async () => {
    const tree = new Tree(
      all.divisions.filter(({ number }) => number > 1),
      'Organization',
    );
    const codeOf = (number: number | null): string | null =>
      all.divisions.find((division) => division.number === number)?.code ?? null;
    const found = await ask('Deals', {
      $filter:
        "Org.OData.Aggregation.V1.isdescendant(HierarchyNodes=@nodes,HierarchyQualifier=@q,Node=division/code,Ancestor='US')",
      '@nodes': '$root/Divisions/$filter(number gt 1)',
      '@q': "'Organization'",
    });
    expect(numbers(found)).toEqual(
      all.deals.filter(({ division }) => tree.isRelative(codeOf(division), 'US', 'descendants')).map(({ id }) => id),
    );
    const roots = await ask('Divisions', {
      $filter:
        "Aggregation.isroot(HierarchyNodes=$root/Divisions/$filter(number gt 1),HierarchyQualifier='Organization',Node=code)",
    });
    expect(numbers(roots)).toEqual(tree.roots.map(({ number }) => number));
    const below = await ask('Divisions', {
      $filter:
        "Aggregation.isroot(HierarchyNodes=$root/Divisions(2)/subordinates,HierarchyQualifier='Matrix',Node=code)",
    });
    expect(numbers(below)).toEqual([4, 5]);
    const [none] = await ask('Divisions', {
      $compute: `${call('isnode', 'Organization', 'Node=null')} as t`,
      $top: '1',
    });
    expect(none?.['t']).toBeNull();
  });

  test.each([
    ["Aggregation.isnode(HierarchyNodes=$root/Divisions,HierarchyQualifier='No',Node=code)", 400, 'InvalidValue'],
    ["Aggregation.isnode(HierarchyNodes=$root/Deals,HierarchyQualifier='Matrix',Node=region)", 400, 'InvalidValue'],
    ["Aggregation.isnode(HierarchyNodes=subordinates,HierarchyQualifier='Matrix',Node=code)", 400, 'TypeMismatch'],
    [
      "Aggregation.isnode(HierarchyNodes=$root/Divisions(1),HierarchyQualifier='Matrix',Node=code)",
      400,
      'TypeMismatch',
    ],
    ['Aggregation.isnode(HierarchyNodes=$root/Divisions,HierarchyQualifier=name,Node=code)', 400, 'TypeMismatch'],
    ["Aggregation.isnode(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix',Node=number)", 400, 'TypeMismatch'],
    [
      "Aggregation.isnode(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix')",
      400,
      'BadRequest_RequiredParamNotProvided',
    ],
    [
      "Aggregation.isnode(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix',Node=code,Ancestor='x')",
      400,
      'BadRequest_RequiredParamNotProvided',
    ],
    [
      "Aggregation.isdescendant(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix',Node=code,Ancestor='x',MaxDistance=0)",
      400,
      'InvalidValue',
    ],
    [
      "Aggregation.isdescendant(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix',Node=code,Ancestor='x',MaxDistance=32768)",
      400,
      'InvalidValue',
    ],
    [
      "Aggregation.isdescendant(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix',Node=code,Ancestor='x',MaxDistance=null)",
      400,
      'TypeMismatch',
    ],
    [
      "Aggregation.isdescendant(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix',Node=code,Ancestor='x',IncludeSelf=1)",
      400,
      'TypeMismatch',
    ],
    [
      "Aggregation.isother(HierarchyNodes=$root/Divisions,HierarchyQualifier='Matrix',Node=code)",
      400,
      'UnknownFunction',
    ],
  ])('%s is %d', async ($filter, status, code) => {
    const answer = await running().get(withOptions('Divisions', { $filter }));
    expect([answer.status, answer.error.code, answer.error.target]).toEqual([status, code, '$filter']);
  });
});

test('[199] $metadata tells the hierarchies, and what can be done with them', async () => {
  const { text } = await running().get('$metadata', { accept: 'application/xml' });
  const flat = text.replace(/>\s+</g, '><');
  expect(flat).toContain(
    '<Annotation Term="Aggregation.RecursiveHierarchy" Qualifier="Matrix"><Record><PropertyValue Property="NodeProperty" PropertyPath="code"/><PropertyValue Property="ParentNavigationProperty" NavigationPropertyPath="bosses"/></Record></Annotation>',
  );
  expect(flat).toContain('<String>ancestors</String><String>descendants</String>');
  expect(flat).toContain(
    '<edmx:Reference Uri="https://sap.github.io/odata-vocabularies/vocabularies/Hierarchy.xml"><edmx:Include Namespace="com.sap.vocabularies.Hierarchy.v1" Alias="Hierarchy"/></edmx:Reference>',
  );
  expect(flat).toContain(
    '<Annotation Term="Hierarchy.RecursiveHierarchy" Qualifier="Matrix"><Record><PropertyValue Property="DrillState" Path="drillState"/>',
  );
  expect(flat).toContain('<String>Aggregation.isdescendant</String>');
  const { json } = await running().get('$metadata', { accept: 'application/json' });
  const schema = json['Trip.Pin'] as Record<string, Record<string, unknown>>;
  expect(schema['Division']?.['@Aggregation.RecursiveHierarchy#Organization']).toEqual({
    NodeProperty: 'code',
    ParentNavigationProperty: 'superordinate',
  });
  expect(schema['Division']?.['@Hierarchy.RecursiveHierarchy#Organization']).toEqual({
    DrillState: { $Path: 'drillState' },
    DistanceFromRoot: { $Path: 'distanceFromRoot' },
    LimitedDescendantCount: { $Path: 'limitedDescendantCount' },
    LimitedRank: { $Path: 'limitedRank' },
  });
  expect(schema['Division']?.['limitedRank']).toMatchObject({
    $Type: 'Edm.Int64',
    $Nullable: true,
    '@Core.Computed': true,
  });
  const { Divisions } = schema['Container'] as Record<string, Record<string, unknown>>;
  expect(Divisions?.['@Capabilities.FilterRestrictions']).toMatchObject({
    NonFilterableProperties: ['drillState', 'distanceFromRoot', 'limitedDescendantCount', 'limitedRank'],
  });
});

/** What a transformation of `ancestors` or `descendants` is made of. */
interface Relatives {
  readonly direction: 'ancestors' | 'descendants';
  readonly qualifier: Qualifier;
  readonly of: 'Divisions' | 'Deals' | 'through deals' | 'through values' | 'of values';
  readonly starts: readonly number[];
  readonly nodes: readonly number[] | undefined;
  readonly distance: number | undefined;
  readonly self: boolean;
}

const among = (name: string, values: readonly number[]): string => `${name} in (${values.join()})`;

const identifiersOf: Readonly<Record<Relatives['of'], string>> = {
  Divisions: 'code',
  Deals: 'division/code',
  'through deals': 'deals/region',
  'through values': 'deals/regions',
  'of values': 'regions',
};

const isOfDeals = (of: Relatives['of']): boolean => of === 'Deals' || of === 'of values';

const textOf = ({ direction, qualifier, of, starts, nodes, distance, self }: Relatives): string =>
  `${direction}(${[
    `$root/Divisions${nodes ? `/$filter(${among('number', nodes)})` : ''}`,
    qualifier,
    identifiersOf[of],
    `filter(${among(isOfDeals(of) ? 'id' : 'number', starts)})`,
    ...(distance === undefined ? [] : [String(distance)]),
    ...(self ? ['keep start'] : []),
  ].join()})`;

const keyOf = (row: Row): number => ('id' in row ? row.id : row.number);

/** The rows that are left, by their keys: what the standard's union of filters says. */
function left({ divisions, deals }: Organization, relatives: Relatives): readonly number[] {
  const { direction, qualifier, of, starts, nodes, distance, self } = relatives;
  const tree = new Tree(
    divisions.filter(({ number }) => !nodes || nodes.includes(number)),
    qualifier,
  );
  const all: readonly Row[] = isOfDeals(of) ? deals : divisions;
  const rows = all.map((row) => ({
    key: keyOf(row),
    codes: behind({ divisions, deals }, row, identifiersOf[of].split('/')) as readonly string[],
  }));
  const from = rows.filter(({ key }) => starts.includes(key)).flatMap(({ codes }) => codes);
  const options = { self, ...(distance === undefined ? {} : { most: distance }) };
  return rows
    .filter(({ codes }) => codes.some((code) => from.some((start) => tree.isRelative(code, start, direction, options))))
    .map(({ key }) => key);
}

const some = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });

const relatives: fc.Arbitrary<Relatives> = fc.record({
  direction: fc.constantFrom('ancestors' as const, 'descendants' as const),
  qualifier: fc.constantFrom(...qualifiers),
  of: fc.constantFrom(...(Object.keys(identifiersOf) as readonly Relatives['of'][])),
  starts: some,
  nodes: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { minLength: 3 }), { nil: undefined, freq: 3 }),
  // A walk round in circles ends, however far it may go.
  distance: fc.option(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(10 ** 15)), { nil: undefined }),
  self: fc.boolean(),
});

/** What concat makes copies of rows with: sequences within one another, some of which give the row names, or the entity `s` that it leads to. */
type Copies = readonly number[] | Names | { readonly s: Names } | { readonly each: readonly Copies[] };
interface Names {
  readonly x?: number | undefined;
  readonly y?: number | undefined;
}

const given = (xs: readonly number[]): fc.Arbitrary<Names> => {
  const [x, y] = [fc.constantFrom(...xs), fc.constant(3)];
  return fc.oneof(fc.record({ x }), fc.record({ y }), fc.record({ x, y }));
};

/** Representations contradict one another in no more than one name. */
const copiesWith = (xs: readonly number[], ofS: readonly number[]): fc.Arbitrary<Copies> =>
  fc.letrec<{ copies: Copies }>((tie) => ({
    copies: fc.oneof(
      { maxDepth: 2 },
      some,
      given(xs),
      fc.record({ s: given(ofS) }),
      fc.record({ each: fc.array(tie('copies'), { minLength: 2, maxLength: 3 }) }),
    ),
  })).copies;

const copies = fc.oneof(copiesWith([1, 2], [1]), copiesWith([1], [1, 2]));

const computed = (names: Names): string =>
  `compute(${Object.entries(names)
    .map(([name, value]) => `${String(value)} as ${name}`)
    .join()})`;

function copiesText(one: Copies, key: string): string {
  if ('each' in one) return `concat(${one.each.map((each) => copiesText(each, key)).join()})`;
  if ('s' in one) return `addnested(${key === 'id' ? 'division' : 'superordinate'},${computed(one.s)} as s)`;
  return 'length' in one ? `filter(${among(key, one)})/orderby(${key} desc)` : computed(one);
}

/** A representation of an entity: its key, and names that were given to it, one of which is another entity. */
interface Representation extends Names {
  readonly key: number;
  readonly s?: Representation | null;
}

/** `to` is the entity that one leads to. */
const copiesOf = (
  one: Copies,
  keys: readonly number[],
  to: (key: number) => number | null,
): readonly Representation[] => {
  if ('each' in one) return one.each.flatMap((each) => copiesOf(each, keys, to));
  if ('length' in one) return keys.filter((key) => one.includes(key)).map((key) => ({ key }));
  if (!('s' in one)) return keys.map((key) => ({ key, ...one }));
  return keys.map((key) => {
    const s = to(key);
    return { key, s: s === null ? null : { key: s, ...one.s } };
  });
};

/**
 * "Both are instances of the same entity type with the same entity-id and the structural and navigation properties contained in both have the same
 * values": then they are complementary representations, of which one exists that has what both have. Data Aggregation §3.1.2
 */
const areSame = (one: unknown, other: unknown): boolean =>
  one === other ||
  (isRepresentation(one) &&
    isRepresentation(other) &&
    Object.entries(one).every(([name, value]) => !(name in other) || areSame(value, other[name as 'key'])));

const isRepresentation = (one: unknown): one is Representation => typeof one === 'object' && one !== null;

const merged = (all: readonly Representation[]): Representation =>
  all.reduce((one, other) => {
    const s = one.s && other.s ? { s: merged([one.s, other.s]) } : {};
    return { ...one, ...other, ...s };
  });

/**
 * The union, "from which duplicates have been removed" (§6): none of the representations that come out is the same as another, and each is of as many
 * as are the same as one another.
 */
function withoutDuplicates(rows: readonly Representation[]): readonly Representation[] {
  const each = rows.filter((row, index) => !rows.slice(0, index).some((one) => isDeepStrictEqual(one, row)));
  const alike = each.reduce<readonly (readonly Representation[])[]>(
    (all, row) => [...all, ...all.filter((one) => one.every((of) => areSame(of, row))).map((one) => [...one, row])],
    [[]],
  );
  const isMost = (one: readonly Representation[]): boolean =>
    each.every((row) => one.includes(row) || !one.every((of) => areSame(of, row)));
  return alike.filter((one) => one.length > 0 && isMost(one)).map(merged);
}

const inText = ({ key, x, y, s }: Representation): string =>
  JSON.stringify({ key, x, y, s: s ? { key: s.key, x: s.x, y: s.y } : s });

describe('[199] ancestors and descendants', () => {
  const setOf = ({ of }: Relatives): string => (isOfDeals(of) ? 'Deals' : 'Divisions');

  test.each([false, true])('are those of a walk in JavaScript; the parents go round in circles: %s', async (cycles) => {
    const worlds = fc.sample(organizations(cycles), { numRuns: 12, seed: 199 });
    for (const world of worlds) {
      await setOrganization(running(), world);
      for (const one of fc.sample(relatives, { numRuns: 25, seed: world.deals.length })) {
        const $apply = textOf(one);
        expect([$apply, numbers(await ask(setOf(one), { $apply }))]).toEqual([$apply, left(world, one)]);
      }
    }
  });

  // RELATIVES_RUNS and RELATIVES_SEED ask for more.
  test('leave rows once that are the same, whatever sequences left them', async () => {
    const [numRuns, seed] = [Number(process.env['RELATIVES_RUNS'] ?? 8), Number(process.env['RELATIVES_SEED'] ?? 3)];
    for (const [index, world] of fc.sample(organizations(false), { numRuns, seed }).entries()) {
      await setOrganization(running(), world);
      for (const [before, one] of fc.sample(fc.tuple(copies, relatives), { numRuns: 12, seed: seed + index })) {
        const isOfDeal = isOfDeals(one.of);
        const key = isOfDeal ? 'id' : 'number';
        const $apply = `${copiesText(before, key)}/${textOf(one)}`;
        const keys = isOfDeal ? world.deals.map(({ id }) => id) : world.divisions.map(({ number }) => number);
        const rows = copiesOf(before, keys, (of) =>
          isOfDeal
            ? (world.deals.find(({ id }) => id === of)?.division ?? null)
            : (world.divisions.find(({ number }) => number === of)?.superordinate ?? null),
        );
        const among = new Set(rows.map(({ key: of }) => of));
        const seen = isOfDeal
          ? left({ ...world, deals: world.deals.filter(({ id }) => among.has(id)) }, one)
          : left(world, { ...one, starts: one.starts.filter((start) => among.has(start)) });
        const expected = withoutDuplicates(rows.filter(({ key: of }) => seen.includes(of))).map(inText);
        const found = (await ask(setOf(one), { $apply })).map((row) => {
          const { s, ...names } = row as Shown & { readonly s?: (Shown & { readonly number: number }) | null };
          const of = s ? { ...s, key: s.number } : s;
          return inText({ ...names, key: Number(row[key]), ...(of !== undefined && { s: of }) });
        });
        expect([$apply, found.sort()]).toEqual([$apply, [...expected].sort()]);
      }
    }
  });

  test.each([
    ['Divisions', 'concat(groupby((code)),groupby((code)))', 'code', 2],
    [
      'Divisions',
      'concat(groupby((code),aggregate($count as n)),groupby((code),aggregate(number with sum as n)))',
      'code',
      3,
    ],
    ['Divisions', 'concat(join(deals as d),join(deals as d))', 'code', 1],
    ['Divisions', 'concat(outerjoin(deals as d),outerjoin(deals as d,compute(1 as x)))', 'code', 2],
    ['Divisions', 'concat(identity,outerjoin(deals as d),outerjoin(subordinates as e,compute(1 as x)))', 'code', 5],
    ['Divisions', 'concat(identity,compute(1 as x),groupby((code)))', 'code', 4],
    ['Divisions', 'concat(compute(2 as x),groupby((code)),compute(1 as x),identity)', 'code', 6],
    ['Divisions', 'join(deals as d,concat(identity,compute(1 as x)))', 'code', 1],
    ['Divisions', 'join(deals as d,concat(compute(2 as x),identity,compute(1 as x)))', 'code', 2],
    ['Divisions', 'join(deals as d,concat(compute(2 as y),identity,compute(1 as x)))', 'code', 1],
    ['Divisions', 'concat(outerjoin(deals as d),outerjoin(subordinates as d))', 'code', 7],
    ['Divisions', 'join(deals as d,concat(identity,identity))', 'code', 1],
    ['Divisions', 'addnested(deals,filter(amount gt 3) as d)/concat(identity,identity)', 'code', 2],
    ['Divisions', 'concat(addnested(deals,filter(id gt 3) as d),addnested(deals,filter(id gt 5) as d))', 'code', 2],
    ['Divisions', 'concat(addnested(deals,filter(id gt 3) as d),addnested(deals,filter(id gt 15) as d))', 'code', 3],
    ['Divisions', 'groupby((code),nest(identity as all))/concat(identity,identity)', 'code', 2],
    ['Deals', 'groupby((division),aggregate($count as n))/concat(identity,identity)', 'division/code', 1],
    ['$crossjoin(Divisions,Deals)', 'concat(identity,identity)/filter(Deals/id lt 4)', 'Divisions/code', 6],
    [
      'Deals',
      'groupby((division/name,division/code))/addnested(division,compute(1 as x) as z)/concat(identity,identity)',
      'division/code',
      1,
    ],
    [
      'Deals',
      'groupby((division/name,division/code))/concat(addnested(division,compute(name as x) as z),addnested(division,compute(code as x) as z))',
      'division/code',
      1,
    ],
    [
      'Deals',
      "groupby((division/name,division/code))/concat(addnested(division,compute(name as x) as z),addnested(division,compute(concat(name,'!') as x) as z))",
      'division/code',
      2,
    ],
    [
      'Deals',
      'groupby((division/superordinate/name,division/code))/traverse($root/Divisions,Matrix,division/code,preorder)/concat(identity,identity)',
      'division/code',
      1,
    ],
  ])('of %s behind %s leave rows once that are the same', async (path, before, node, count) => {
    await setOrganization(running(), all);
    const $apply = `${before}/ancestors($root/Divisions,Organization,${node},filter(${node} eq 'US'),keep start)`;
    expect(await ask(path, { $apply })).toHaveLength(count);
  });

  test('follow collections that rows of several structures have, and such as the request added', async () => {
    await setOrganization(running(), all);
    const relatives = (path: string): string =>
      `ancestors($root/Divisions,Organization,${path},filter(number lt 5),keep start)`;
    const plain = numbers(await ask('Divisions', { $apply: relatives('deals/region') }));
    expect(plain.length).toBeGreaterThan(2);
    for (const before of ['concat(identity,compute(1 as x))', 'concat(identity,groupby((code)))'])
      expect(
        numbers(
          (await ask('Divisions', { $apply: `${before}/${relatives('deals/region')}` })).filter(
            (row) => 'number' in row,
          ),
        ),
      ).toEqual(plain);
    for (const before of ['addnested(deals,identity as d)', 'join(deals as d)/addnested(deals,identity as e)'])
      expect([
        ...new Set(
          numbers(
            await ask('Divisions', {
              $apply: `${before}/${relatives(before.startsWith('join') ? 'e/region' : 'd/region')}`,
            }),
          ),
        ),
      ]).toEqual(plain);
  });

  test('stay within the groups that a groupby keeps apart', async () => {
    const world = all;
    await setOrganization(running(), world);
    const one: Relatives = {
      direction: 'ancestors',
      qualifier: 'Matrix',
      of: 'Deals',
      starts: world.deals.map(({ id }) => id).filter((id) => id % 2 === 0),
      nodes: undefined,
      distance: undefined,
      self: true,
    };
    const found = await ask('Deals', { $apply: `groupby((product,region),${textOf(one)})` });
    const groups = new Set(world.deals.map(({ product, region }) => JSON.stringify([product, region])));
    const expected = [...groups].flatMap((group) =>
      left(
        { ...world, deals: world.deals.filter(({ product, region }) => JSON.stringify([product, region]) === group) },
        one,
      ),
    );
    expect(numbers(found)).toEqual([...expected].sort((a, b) => a - b));
  });

  test('a sequence goes on behind them, page by page, and within them', async () => {
    const chained = {
      $apply:
        'descendants($root/Divisions,Matrix,code,filter(number lt 3)/top(2),keep start)/ancestors($root/Divisions,Matrix,code,topcount(2,number),1)/aggregate($count as n)',
    };
    expect(await ask('Divisions', chained)).toHaveLength(1);
    const paged = withOptions('Divisions', {
      $apply: 'descendants($root/Divisions,Matrix,code,identity,keep start)',
      $expand: 'superordinate/$ref',
      $orderby: 'name',
      $count: 'true',
    });
    const pages = await running().all(paged, { Prefer: 'odata.maxpagesize=2' });
    expect(pages).toHaveLength((await ask('Divisions', { $filter: 'code ne null' })).length);
  });

  test.each([
    ['ancestors($root/Divisions,No,code,identity)', 'InvalidValue'],
    ['ancestors($it/subordinates,Matrix,code,identity)', 'TypeMismatch'],
    ['ancestors($root/Divisions,Matrix,number,identity)', 'TypeMismatch'],
    ['ancestors($root/Divisions,Matrix,subordinates,identity)', 'TypeMismatch'],
    ['ancestors($root/Divisions,Matrix,code,groupby((code)))', 'TypeMismatch'],
    ['ancestors($root/Divisions,Matrix,code,identity,0)', 'InvalidValue'],
  ])('%s is 400', async ($apply, code) => {
    const answer = await running().get(withOptions('Divisions', { $apply }));
    expect([answer.status, answer.error.code, answer.error.target]).toEqual([400, code, '$apply']);
  });
});

/** A transformation `traverse`. */
interface Walk {
  readonly qualifier: Qualifier;
  readonly of: 'code' | 'division/code' | 'region';
  readonly order: 'preorder' | 'postorder';
  readonly starts: readonly number[] | undefined;
  readonly nodes: readonly number[] | undefined;
  readonly byName: 'name' | 'name desc' | undefined;
}

const walks: fc.Arbitrary<Walk> = fc.record({
  qualifier: fc.constantFrom(...qualifiers),
  of: fc.constantFrom('code' as const, 'division/code' as const, 'region' as const),
  order: fc.constantFrom('preorder' as const, 'postorder' as const),
  starts: fc.option(some, { nil: undefined }),
  nodes: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { minLength: 3 }), { nil: undefined, freq: 3 }),
  byName: fc.constantFrom('name' as const, 'name desc' as const, undefined),
});

const walkText = ({ qualifier, of, order, starts, nodes, byName }: Walk): string =>
  `traverse(${[
    `$root/Divisions${nodes ? `/$filter(${among('number', nodes)})` : ''}`,
    qualifier,
    of,
    order,
    ...(starts ? [`filter(${among('number', starts)})`] : []),
    ...(byName ? [byName] : []),
  ].join()})`;

const textOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** The places of the walk. */
function placesOf(
  { divisions }: Organization,
  { qualifier, order, starts, nodes, byName }: Walk,
): ReturnType<Tree['walk']> {
  const seen = divisions.filter(({ number }) => !nodes || nodes.includes(number));
  const direction = byName === 'name desc' ? -1 : 1;
  const inOrder = seen.toSorted(
    (one, other) => direction * ((byName ? textOrder(one.name, other.name) : 0) || one.number - other.number),
  );
  const first = starts && inOrder.filter(({ number }) => starts.includes(number));
  return new Tree(seen, qualifier).walk(first, order, inOrder);
}

describe('[199] traverse', () => {
  test.each([false, true])(
    'has the order of a walk in JavaScript; the parents go round in circles: %s',
    async (cycles) => {
      for (const world of fc.sample(organizations(cycles), { numRuns: 12, seed: 1990 })) {
        await setOrganization(running(), world);
        for (const one of fc.sample(walks, { numRuns: 20, seed: world.deals.length })) {
          const text = walkText(one);
          const codeOf = (number: number | null): string | null =>
            world.divisions.find((division) => division.number === number)?.code ?? null;
          const isTold = one.qualifier === 'Matrix' || one.starts !== undefined;
          const name = `@Aggregation.UpPath#${one.qualifier}`;
          const found = await ask(one.of === 'code' ? 'Divisions' : 'Deals', { $apply: text });
          const expected = placesOf(world, one).flatMap(({ node, up }): readonly object[] => {
            const told = isTold ? { [name]: up } : {};
            if (one.of === 'code') return [{ number: node.number, ...told }];
            const related = world.deals.filter(
              ({ region, division }) => (one.of === 'region' ? region : codeOf(division)) === node.code,
            );
            return related.map(({ id }) =>
              one.of === 'region' ? { id, ...told } : { id, division: { number: node.number, ...told } },
            );
          });
          const told = (row: Record<string, unknown>): object => (isTold ? { [name]: row[name] } : {});
          const shown = found.map((row) => {
            if (one.of === 'code') return { number: row['number'], ...told(row) };
            if (one.of === 'region') return { id: row['id'], ...told(row) };
            const division = row['division'] as Record<string, unknown>;
            return { id: row['id'], division: { number: division['number'], ...told(division) } };
          });
          expect([text, shown]).toEqual([text, expected]);
        }
      }
    },
  );

  test('keeps the order that rows had among those of one node, and what follows keeps its own', async () => {
    const world = all;
    await setOrganization(running(), world);
    const one: Walk = {
      qualifier: 'Matrix',
      of: 'division/code',
      order: 'postorder',
      starts: undefined,
      nodes: undefined,
      byName: undefined,
    };
    const places = placesOf(world, one);
    const $apply = `orderby(product desc,id desc)/${walkText(one)}`;
    const expected = places.flatMap(({ node }) =>
      world.deals
        .filter(({ division }) => division === node.number)
        .toSorted((a, b) => -textOrder(a.product, b.product) || b.id - a.id),
    );
    const ids = (rows: readonly Record<string, unknown>[]): readonly unknown[] => rows.map(({ id }) => id);
    expect(ids(await ask('Deals', { $apply, $select: 'id' }))).toEqual(expected.map(({ id }) => id));
    const paged = withOptions('Deals', { $apply, $count: 'true' });
    expect(ids(await running().all(paged, { Prefer: 'odata.maxpagesize=2' }))).toEqual(expected.map(({ id }) => id));
    const [, second, third] = expected;
    const cut = await running().get(withOptions('Deals', { $apply: `${$apply}/skip(1)/top(2)`, $count: 'true' }));
    expect([ids(cut.value), cut.json['@odata.count']]).toEqual([[second?.id, third?.id], 2]);
    const rest = await running().get(withOptions('Deals', { $apply, $count: 'true', $skip: '1', $top: '2' }));
    expect([ids(rest.value), rest.json['@odata.count']]).toEqual([[second?.id, third?.id], expected.length]);
    const counted = await running().get(withOptions('Deals/$count', { $apply }));
    expect(counted.text).toBe(String(expected.length));
    const sum = await ask('Deals', { $apply: `${$apply}/aggregate($count as n)` });
    expect(Number(sum[0]?.['n'])).toBe(expected.length);
  });

  test.each([
    ['Divisions', 'traverse($root/Divisions/$filter(number gt $it/number),Matrix,code,preorder)', 400],
    ['Divisions', 'traverse($root/Divisions,Matrix,code,preorder,compute(1 as x))', 400],
  ])('of %s by %s is %d', async (path, $apply, status) => {
    const answer = await running().get(withOptions(path, { $apply }));
    expect([answer.status, answer.error.target]).toEqual([status, '$apply']);
  });

  test('puts the node into rows of each structure', async () => {
    for (const world of fc.sample(organizations(false), { numRuns: 8, seed: 6 })) {
      await setOrganization(running(), world);
      const codeOf = (number: number | null): string | null =>
        world.divisions.find((division) => division.number === number)?.code ?? null;
      for (const [one, kept] of fc.sample(fc.tuple(walks, some), { numRuns: 10, seed: 6 })) {
        const key = one.of === 'code' ? 'number' : 'id';
        const $apply = `concat(filter(${among(key, kept)})/orderby(${key}),concat(groupby((${one.of}),aggregate($count as n)),groupby((${one.of}))))/${walkText(one)}`;
        const rows =
          one.of === 'code'
            ? world.divisions.map(({ number, code }) => ({ key: number, code }))
            : world.deals.map(({ id, region, division }) => ({
                key: id,
                code: one.of === 'region' ? region : codeOf(division),
              }));
        const isTold = one.qualifier === 'Matrix' || one.starts !== undefined;
        const expected = placesOf(world, one).flatMap(({ node: { code, name }, up }): readonly object[] => {
          const related = rows.filter((row) => row.code === code);
          const whole = { code, name: one.of === 'region' ? undefined : name, up: isTold ? up : undefined };
          const left = related.flatMap((row) =>
            kept.includes(row.key) ? [{ key: row.key, n: undefined, ...whole }] : [],
          );
          const of = one.of === 'code' ? { key: related[0]?.key } : { key: undefined };
          const groups = [
            { ...of, n: related.length, ...whole },
            { ...of, n: undefined, ...whole },
          ];
          return related.length > 0 ? [...left, ...groups] : [];
        });
        const shown = (await ask(one.of === 'code' ? 'Divisions' : 'Deals', { $apply })).map((row) => {
          const node = one.of === 'division/code' ? (row['division'] as Record<string, unknown>) : row;
          const up = node[`@Aggregation.UpPath#${one.qualifier}`];
          const n = row['n'] === undefined ? undefined : Number(row['n']);
          return { key: row[key], n, code: node[one.of === 'region' ? 'region' : 'code'], name: node['name'], up };
        });
        expect([$apply, shown]).toEqual([$apply, expected]);
      }
    }
  });

  test('has rows of several structures once, however many entities are no nodes', async () => {
    const division = { name: '', bosses: [], superordinate: null };
    const codes = ['A', null, null];
    await setOrganization(running(), {
      divisions: codes.map((code, index) => ({ ...division, number: index + 1, code })),
      deals: [],
    });
    const rows = await ask('Divisions', {
      $apply: `concat(filter(number gt 0),groupby((code),aggregate($count as n)))/traverse($root/Divisions,Organization,code,preorder)`,
    });
    expect(rows.map(({ number, n }) => [number, n])).toEqual([
      [1, undefined],
      [1, 1],
    ]);
  });

  test('puts the whole node into groups of its identifier', async () => {
    const world = all;
    await setOrganization(running(), world);
    for (const qualifier of qualifiers) {
      const one: Walk = {
        qualifier,
        of: 'code',
        order: 'preorder',
        starts: undefined,
        nodes: undefined,
        byName: undefined,
      };
      const places = placesOf(world, one);
      const grouped = await ask('Divisions', {
        $apply: `groupby((code),aggregate($count as n))/${walkText(one)}`,
        $filter: 'n eq 1',
        $expand: 'superordinate/$ref',
      });
      expect(grouped.map(({ number, name, n }) => [number, name, Number(n)])).toEqual(
        places.map(({ node: { number, name } }) => [number, name, 1]),
      );
      for (const path of ['division', 'division/code']) {
        const related = await ask('Deals', {
          $apply: `groupby((${path}),aggregate($count as n))/${walkText({ ...one, of: 'division/code' })}`,
        });
        const counts = places.flatMap(({ node }) => {
          const n = world.deals.filter(({ division }) => division === node.number).length;
          return n > 0 ? [[node.name, n]] : [];
        });
        expect(related.map(({ division, n }) => [(division as { name: string }).name, Number(n)])).toEqual(counts);
      }
    }
  });
});

/** A groupby with rolluprecursive over deals. */
interface Rollup {
  readonly qualifier: Qualifier;
  readonly of: 'division/code' | 'region';
  readonly nodes: readonly number[] | undefined;
  readonly starts: readonly number[] | undefined;
  /** Another group: before the nodes, behind them, around the whole, or none. */
  readonly product: 'before' | 'behind' | 'around' | undefined;
  readonly own: boolean;
}

const rollups: fc.Arbitrary<Rollup> = fc.record({
  qualifier: fc.constantFrom(...qualifiers),
  of: fc.constantFrom('division/code' as const, 'region' as const),
  nodes: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { minLength: 3 }), { nil: undefined, freq: 3 }),
  starts: fc.option(some, { nil: undefined }),
  product: fc.constantFrom('before' as const, 'behind' as const, 'around' as const, undefined),
  own: fc.boolean(),
});

function rollupText({ qualifier, of, nodes, starts, product, own }: Rollup): string {
  const hierarchy = [`$root/Divisions${nodes ? `/$filter(${among('number', nodes)})` : ''}`, qualifier, of];
  const recursive = `rolluprecursive(${[...hierarchy, ...(starts ? [`filter(${among('number', starts)})`] : [])].join()})`;
  const only = `compute(case(${of === 'region' ? 'region' : 'division/code'} eq Aggregation.rollupnode()/code:amount) as ownAmount)/`;
  const aggregated = `${own ? only : ''}aggregate($count as n,${own ? 'ownAmount' : 'amount'} with sum as s)`;
  const grouping = {
    before: `product,${recursive}`,
    behind: `${recursive},product`,
    around: recursive,
    none: recursive,
  };
  const text = `groupby((${grouping[product ?? 'none']}),${aggregated})`;
  return product === 'around' ? `groupby((product),${text})` : text;
}

/** A row of the rollup: the node, the product, how many deals there are, and the sum of their amounts. */
type RolledUp = readonly [string, string | null, number, number | null];

const inTextOrder = (rows: readonly RolledUp[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

function rolledUp(
  { divisions, deals }: Organization,
  { qualifier, of, nodes, starts, product, own }: Rollup,
): readonly RolledUp[] {
  const tree = new Tree(
    divisions.filter(({ number }) => !nodes || nodes.includes(number)),
    qualifier,
  );
  const codeOf = (deal: Deal): string | null =>
    of === 'region' ? deal.region : (divisions.find(({ number }) => number === deal.division)?.code ?? null);
  const products = product ? [...new Set(deals.map((deal) => deal.product))] : [null];
  return tree.nodes
    .filter(({ number }) => !starts || starts.includes(number))
    .flatMap((node) =>
      products.flatMap((wanted): readonly RolledUp[] => {
        const below = deals.filter(
          (deal) =>
            (wanted === null || deal.product === wanted) &&
            tree.isRelative(codeOf(deal), node.code, 'descendants', { self: true }),
        );
        if (below.length === 0 && (product === 'before' || product === 'behind')) return [];
        const summed = below.filter((deal) => !own || codeOf(deal) === node.code).map(({ amount }) => amount);
        const there = summed.filter((amount) => amount !== null);
        const sum = there.length > 0 ? there.reduce((one, other) => one + other, 0) : null;
        return [[node.code ?? '', wanted, below.length, sum]];
      }),
    );
}

describe('[199] rolluprecursive', () => {
  test.each([false, true])(
    'makes the groups of a walk in JavaScript; the parents go round in circles: %s',
    async (cycles) => {
      for (const world of fc.sample(organizations(cycles), { numRuns: 10, seed: 19 })) {
        await setOrganization(running(), world);
        for (const one of fc.sample(rollups, { numRuns: 20, seed: world.deals.length })) {
          const $apply = rollupText(one);
          const found = (await ask('Deals', { $apply })).map((row): RolledUp => {
            const node = one.of === 'region' ? row['region'] : (row['division'] as Record<string, unknown>)['code'];
            const sum = row['s'] === null ? null : Number(row['s']);
            return [String(node), one.product ? String(row['product']) : null, Number(row['n']), sum];
          });
          expect([$apply, inTextOrder(found)]).toEqual([$apply, inTextOrder(rolledUp(world, one))]);
        }
      }
    },
  );

  test('has a group for each place of a walk, in its order', async () => {
    for (const world of fc.sample(organizations(false), { numRuns: 8, seed: 8 })) {
      await setOrganization(running(), world);
      const codeOf = ({ division }: Deal): string | null =>
        world.divisions.find(({ number }) => number === division)?.code ?? null;
      const shapes = fc.record({
        of: fc.constantFrom('division/code', 'region'),
        qualifier: fc.constantFrom(...qualifiers),
        kept: fc.boolean(),
      });
      for (const [walk, { of, qualifier, kept }] of fc.sample(fc.tuple(walks, shapes), { numRuns: 10, seed: 8 })) {
        const one = { ...walk, of: 'code' as const, nodes: undefined };
        const recursive = `rolluprecursive($root/Divisions,${qualifier},${of},${walkText(one)})`;
        const $apply = `groupby((${recursive}),${kept ? 'filter(id gt 2)' : 'aggregate($count as n)'})`;
        const tree = new Tree(world.divisions, qualifier);
        const isTold = one.qualifier === 'Matrix' || one.starts !== undefined;
        const expected = placesOf(world, one).flatMap(({ node, up }) => {
          const below = world.deals.filter((deal) =>
            tree.isRelative(of === 'region' ? deal.region : codeOf(deal), node.code, 'descendants', { self: true }),
          );
          const rows = kept ? below.flatMap(({ id }) => (id > 2 ? [{ id }] : [])) : [{ n: below.length }];
          return rows.map((row) => ({ ...row, node: node.code, up: isTold ? up : undefined }));
        });
        const found = (await ask('Deals', { $apply })).map((row) => {
          const division = of === 'region' ? row : (row['division'] as Record<string, unknown>);
          const node = division[of === 'region' ? 'region' : 'code'];
          const up = division[`@Aggregation.UpPath#${one.qualifier}`];
          return kept ? { id: row['id'], node, up } : { n: Number(row['n']), node, up };
        });
        expect([$apply, found]).toEqual([$apply, expected]);
      }
    }
  });

  test.each([
    ['Divisions', 'code', ['aggregate($count as n)', 'aggregate(number with max as m)']],
    ['Divisions', 'code', ['filter(number lt 6)', 'aggregate($count as n)', 'groupby((name),aggregate($count as c))']],
    ['Deals', 'division/code', ['topcount(1,amount)', 'aggregate($count as n)', 'groupby((product))']],
    [
      'Deals',
      'region',
      ['aggregate($count as n)', 'filter(id lt 3)', 'compute(2 as x)/concat(identity,aggregate(x with sum as s))'],
    ],
  ])('of %s by %s puts the node into rows of each structure', async (path, of, sequences) => {
    await setOrganization(running(), all);
    for (const sequence of ['', ',filter(number gt 1)', ',traverse($root/Divisions,Matrix,code,preorder)']) {
      const recursive = `groupby((rolluprecursive($root/Divisions,Matrix,${of}${sequence}))`;
      const each = await Promise.all(
        sequences.map(
          async (one) => (await running().get(withOptions(path, { $apply: `${recursive},${one})` }))).value,
        ),
      );
      running().takeStatements();
      const found = await ask(path, { $apply: `${recursive},concat(${sequences.join()}))` });
      const texts = (rows: readonly Record<string, unknown>[]): readonly string[] =>
        rows.map((row) => JSON.stringify(Object.entries(row).sort(([one], [other]) => textOrder(one, other)))).sort();
      expect(found.length).toBeGreaterThan(10);
      expect(texts(found)).toEqual(texts(each.flat()));
    }
  });

  // What rows are grouped by beside a node, or around, is put into them behind it: §6.3 groups by it what has the node.
  test.each([
    ['region', 'region'],
    ['region', 'division/superordinate/name'],
    ['division/code', 'division/name'],
    ['division/code', 'division'],
    ['division/code', 'division/code'],
    ['division/code', 'division/superordinate/name'],
    ['division/code', 'division/superordinate'],
    ['division/code', 'division/superordinate/superordinate/name'],
    ['division/code', 'division/superordinate/superordinate'],
    ['division/superordinate/code', 'division/name'],
    ['division/superordinate/code', 'division/superordinate/name'],
    ['division/superordinate/code', 'division'],
    ['division/superordinate/code', 'division/superordinate'],
    ['division/superordinate/code', 'division/superordinate/superordinate/name'],
    ['division/superordinate/code', 'division/superordinate/superordinate'],
  ])('of %s beside groups by %s, and within them', async (of, by) => {
    const paths = [by.split('/')];
    const way = of === 'region' ? [of] : of.split('/').slice(0, -1);
    for (const world of fc.sample(organizations(false), { numRuns: 5, seed: 5 })) {
      await setOrganization(running(), world);
      const tree = new Tree(world.divisions, 'Organization');
      const kept = tree.nodes.flatMap((node) =>
        world.deals.flatMap((deal) => {
          const [code] = behind(world, deal, of.split('/')) as readonly string[];
          if (!tree.isRelative(code ?? null, node.code, 'descendants', { self: true })) return [];
          const own = projection(world, deal, paths);
          const ofNode = only(way, of === 'region' ? node.code : shownDivision(node));
          return [
            {
              deal,
              row: withProjection(withProjection({}, ofNode, [way]), own, paths),
              group: JSON.stringify([node.code, own]),
            },
          ];
        }),
      );
      const counted = [...new Set(kept.map(({ group }) => group))].map((group) => {
        const rows = kept.filter((one) => one.group === group);
        return { ...rows[0]?.row, n: rows.length };
      });
      const recursive = `rolluprecursive($root/Divisions,Organization,${of})`;
      const expected = inTexts(counted, ['n']);
      const flat = await ask('Deals', { $apply: `groupby((${by},${recursive}),aggregate($count as n))` });
      expect([by, of, inTexts(flat, ['n'])]).toEqual([by, of, expected]);
      const nested = await ask('Deals', {
        $apply: `groupby((${by}),groupby((${recursive}),aggregate($count as n)))/filter(n gt 0)`,
      });
      expect([by, of, inTexts(nested, ['n'])]).toEqual([by, of, expected]);
      const several = await ask('Deals', {
        $apply: `groupby((${by}),groupby((${recursive}),concat(aggregate($count as n),aggregate($count as m))))/filter(n gt 0)`,
      });
      expect([by, of, inTexts(several, ['n'])]).toEqual([by, of, expected]);
      const rolled = await ask('Deals', {
        $apply: `groupby((rollup(${by},product),${recursive}),aggregate($count as n))`,
      });
      const coarse = rolled.filter((row) => !('product' in row));
      expect([by, of, inTexts(coarse, ['n'])]).toEqual([by, of, expected]);
      // What is grouped by goes out with rows that are kept, and so does the node.
      for (const $apply of [
        `groupby((${by},${recursive}),identity)`,
        `groupby((${by}),groupby((${recursive}),filter(id gt 0)))`,
      ]) {
        const names = (row: Shown): string => JSON.stringify([row['id'], shownOf(valueOf(row, by))]);
        const found = await ask('Deals', { $apply });
        expect([$apply, found.map(names).sort()]).toEqual([
          $apply,
          kept.map(({ row, deal }) => names({ ...row, id: deal.id })).sort(),
        ]);
      }
      const total = await ask('Deals', {
        $apply: `groupby((${by}),groupby((${recursive}),aggregate($count as n))/aggregate(n with sum as s))`,
      });
      const sum = total.reduce((before, row) => before + Number(row['s']), 0);
      expect([by, of, sum]).toEqual([by, of, kept.length]);
    }
  });

  /** What an answer tells of divisions, in an order of names. */
  const shownOf = (value: unknown): unknown =>
    value === null || typeof value !== 'object'
      ? value
      : Object.fromEntries(
          ['number', 'code', 'name', 'superordinate'].flatMap((name) =>
            name in value ? [[name, shownOf((value as Shown)[name])]] : [],
          ),
        );

  /** Rows by what they tell of divisions, and by these names. */
  const inTexts = (rows: readonly Shown[], names: readonly string[]): readonly string[] =>
    rows
      .map((row) =>
        JSON.stringify([...names.map((name) => row[name]), row['region'] ?? null, shownOf(row['division'] ?? null)]),
      )
      .sort();

  const rollupCases = fc.record({
    nodes: fc.array(
      fc.record({
        of: fc.constantFrom('division/code', 'division/superordinate/code', 'region'),
        qualifier: fc.constantFrom(...qualifiers),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    by: fc.subarray(
      [
        ...['region', 'division/name', 'division/code', 'division', 'division/superordinate'],
        ...['division/superordinate/name', 'division/superordinate/code', 'division/superordinate/superordinate'],
        ...['division/superordinate/superordinate/name', 'division/superordinate/superordinate/code'],
      ],
      { maxLength: 3 },
    ),
  });
  type RollupCase = typeof rollupCases extends fc.Arbitrary<infer T> ? T : never;

  /** The rows of §6.3: for each combination of nodes those of each group, with the nodes and then the group in them. */
  function rolledUpBeside(world: Organization, { nodes, by }: RollupCase): readonly Shown[] {
    const paths = by.map((path) => path.split('/'));
    const combinations = nodes.reduce<readonly (readonly Division[])[]>(
      (before, { qualifier }) =>
        before.flatMap((all) => new Tree(world.divisions, qualifier).nodes.map((node) => [...all, node])),
      [[]],
    );
    return combinations.flatMap((combination) => {
      const isBelow = (deal: Deal): boolean =>
        nodes.every(({ of, qualifier }, index) => {
          const [code] = behind(world, deal, of.split('/')) as readonly string[];
          const node = combination[index]?.code ?? null;
          return new Tree(world.divisions, qualifier).isRelative(code ?? null, node, 'descendants', { self: true });
        });
      const told = nodes.reduce<Shown>((row, { of }, index) => {
        const node = combination[index];
        if (!node) return row;
        const way = of === 'region' ? [of] : of.split('/').slice(0, -1);
        return withProjection(row, only(way, of === 'region' ? node.code : shownDivision(node)), [way]);
      }, {});
      const own = world.deals.filter(isBelow).map((deal) => projection(world, deal, paths));
      const texts = own.map((one) => JSON.stringify(one));
      if (by.length === 0) return [{ ...told, n: own.length }];
      return own.flatMap((group, index) =>
        texts.indexOf(texts[index] ?? '') === index
          ? [{ ...withProjection(told, group, paths), n: texts.filter((text) => text === texts[index]).length }]
          : [],
      );
    });
  }

  // ROLLUP_RUNS and ROLLUP_SEED ask for more.
  test('of any nodes beside groups by any paths, as values, too', async () => {
    const [numRuns, seed] = [Number(process.env['ROLLUP_RUNS'] ?? 6), Number(process.env['ROLLUP_SEED'] ?? 63)];
    for (const [index, world] of fc.sample(organizations(false), { numRuns, seed }).entries()) {
      await setOrganization(running(), world);
      for (const one of fc.sample(rollupCases, { numRuns: 10, seed: seed + index })) {
        const { nodes, by } = one;
        const recursive = nodes.map(({ of, qualifier }) => `rolluprecursive($root/Divisions,${qualifier},${of})`);
        const $apply = `groupby((${[...by, ...recursive].join()}),aggregate($count as n))`;
        const expected = rolledUpBeside(world, one);
        const found = await ask('Deals', { $apply });
        expect([$apply, inTexts(found, ['n'])]).toEqual([$apply, inTexts(expected, ['n'])]);
        const isEntity = nodes.some(({ of }) => of === 'division/code') || by.includes('division');
        const isLeft = by.some((path) => path.startsWith('division'));
        if (isEntity || !isLeft) continue;
        const divisions = expected.map(({ division }) => JSON.stringify(shownOf(division ?? null)));
        const values = await ask('Deals', { $apply: `${$apply}/compute(division as y)/filter(y eq division)` });
        expect([$apply, values.map(({ y }) => JSON.stringify(shownOf(y))).sort()]).toEqual([$apply, divisions.sort()]);
        const [distinct] = await ask('Deals', { $apply: `${$apply}/aggregate(division with countdistinct as k)` });
        expect([$apply, distinct?.['k']]).toEqual([$apply, new Set(divisions.filter((text) => text !== 'null')).size]);
      }
    }
  }, 600_000);

  const valueOf = (row: Record<string, unknown>, path: string): unknown =>
    path.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown> | null)?.[name] ?? null, row);

  test('of several places beside groups by its identifier tells the nodes above all the same', async () => {
    await setOrganization(running(), all);
    const walk = 'traverse($root/Divisions,Matrix,code,preorder)';
    const rows = await ask('Deals', {
      $apply: `groupby((region,rolluprecursive($root/Divisions,Matrix,region,${walk})),aggregate($count as n))`,
    });
    const tree = new Tree(all.divisions, 'Matrix');
    const expected = tree.walk(undefined, 'preorder', all.divisions).flatMap(({ node, up }) => {
      const below = all.deals.filter(({ region }) => tree.isRelative(region, node.code, 'descendants', { self: true }));
      const regions = [...new Set(below.map(({ region }) => region))];
      return regions.map((region) => [region, up, below.filter((deal) => deal.region === region).length]);
    });
    const texts = (list: readonly unknown[]): readonly string[] => list.map((one) => JSON.stringify(one)).sort();
    expect(texts(rows.map((row) => [row['region'], row['@Aggregation.UpPath#Matrix'], row['n']]))).toEqual(
      texts(expected),
    );
  });

  test('has no node in rows that its sequence made, until it is done', async () => {
    await setOrganization(running(), all);
    for (const path of ['region', 'division/code'])
      for (const sequence of [
        'aggregate($count as n)',
        'groupby((product),aggregate($count as n))',
        'groupby((amount))',
      ]) {
        const recursive = `rolluprecursive($root/Divisions,Organization,${path})`;
        const rows = await ask('Deals', { $apply: `groupby((${recursive}),${sequence}/compute(${path} as x))` });
        expect(rows.length).toBeGreaterThan(5);
        expect(rows.filter(({ x }) => x !== null)).toEqual([]);
        const left = await ask('Deals', { $apply: `groupby((${recursive}),${sequence}/filter(${path} ne null))` });
        expect(left).toEqual([]);
      }
  });

  test('of the nodes themselves puts them whole into the rows', async () => {
    await setOrganization(running(), all);
    const tree = new Tree(all.divisions, 'Matrix');
    const rows = await ask('Divisions', {
      $apply:
        'groupby((rolluprecursive($root/Divisions,Matrix,code)),aggregate($count as all)/compute(all sub 1 as below))/traverse($root/Divisions,Matrix,code,preorder,name)',
      $select: 'number,name,below',
      $expand: 'superordinate($select=code)',
    });
    const inOrder = all.divisions.toSorted(
      (one, other) => textOrder(one.name, other.name) || one.number - other.number,
    );
    expect(rows.map(({ number, name, below }) => [number, name, Number(below)])).toEqual(
      tree
        .walk(undefined, 'preorder', inOrder)
        .map(({ node }) => [node.number, node.name, tree.reached(node, 'descendants').size]),
    );
    expect(rows[0]).toHaveProperty('superordinate');
  });

  test.each(['division/code', 'division/superordinate/code'])('puts nodes whole into groups of %s', async (path) => {
    await setOrganization(running(), all);
    const recursive = `groupby((rolluprecursive($root/Divisions,Organization,${path}))`;
    const shown = (rows: readonly Record<string, unknown>[]): readonly string[] =>
      rows.map(({ division, n }) => JSON.stringify([division, Number(n)])).sort();
    const rows = await ask('Deals', { $apply: `${recursive},aggregate($count as n))` });
    expect(JSON.stringify(rows)).toContain('Corporate Sales');
    for (const first of [path, `product,${path}`]) {
      const $apply = `groupby((${first}),aggregate($count as k))/${recursive},aggregate(k with sum as n))`;
      expect(shown(await ask('Deals', { $apply }))).toEqual(shown(rows));
    }
  });

  test('keeps rows, with the node in place of their own', async () => {
    await setOrganization(running(), all);
    const tree = new Tree(all.divisions, 'Organization');
    const codeOf = (number: number | null): string | null =>
      all.divisions.find((one) => one.number === number)?.code ?? null;
    const largest = (code: string | null): readonly Deal[] =>
      all.deals
        .filter(({ division }) => tree.isRelative(codeOf(division), code, 'descendants', { self: true }))
        .toSorted((one, other) => (other.amount ?? -1) - (one.amount ?? -1) || other.id - one.id)
        .slice(0, 1);
    const rows = await ask('Deals', {
      $apply: 'groupby((rolluprecursive($root/Divisions,Organization,division/code)),topcount(1,amount))',
    });
    const shown = rows.map(({ id, division }) => `${String((division as { code: string }).code)} ${String(id)}`);
    expect(shown.sort()).toEqual(
      tree.nodes.flatMap(({ code }) => largest(code).map(({ id }) => `${String(code)} ${id}`)).sort(),
    );
    const regions = await ask('Deals', {
      $apply: 'groupby((rolluprecursive($root/Divisions,Organization,region)),filter(id eq 1))',
    });
    expect(regions.map(({ id, region }) => `${String(id)} ${String(region)}`).sort()).toEqual(['1 Sales', '1 US']);
  });

  test('goes along with rollup, another hierarchy, and the whole of a node', async () => {
    await setOrganization(running(), all);
    const rolled = await ask('Deals', {
      $apply:
        'groupby((rolluprecursive($root/Divisions,Organization,division/code),rollup(product,region)),aggregate($count as n))',
    });
    const byProduct = await ask('Deals', {
      $apply: 'groupby((rolluprecursive($root/Divisions,Organization,division/code),product),aggregate($count as n))',
    });
    const coarse = rolled.filter((row) => !('region' in row));
    const shown = (rows: readonly Record<string, unknown>[]): readonly string[] =>
      rows.map(({ division, product, n }) => JSON.stringify([(division as { code: string }).code, product, n])).sort();
    expect(shown(coarse)).toEqual(shown(byProduct));
    const crossed = await ask('Deals', {
      $apply:
        'groupby((rolluprecursive($root/Divisions,Organization,division/code),rolluprecursive($root/Divisions,Matrix,region)),aggregate($count as n))',
    });
    const [one, two] = [new Tree(all.divisions, 'Organization'), new Tree(all.divisions, 'Matrix')];
    const codeOf = (number: number | null): string | null =>
      all.divisions.find((each) => each.number === number)?.code ?? null;
    const self = { self: true };
    const expected = one.nodes.flatMap((first) =>
      two.nodes.map((second) => {
        const n = all.deals.filter(
          ({ division, region }) =>
            one.isRelative(codeOf(division), first.code, 'descendants', self) &&
            two.isRelative(region, second.code, 'descendants', self),
        ).length;
        return JSON.stringify([first.code, second.code, n]);
      }),
    );
    const found = crossed.map(({ division, region, n }) =>
      JSON.stringify([(division as { code: string }).code, region, Number(n)]),
    );
    expect(found.sort()).toEqual(expected.sort());
    const whole = await ask('Deals', {
      $apply:
        'groupby((rolluprecursive($root/Divisions,Organization,division/code)),filter(division eq Aggregation.rollupnode())/aggregate($count as n))',
      $filter: "division/name eq 'US West'",
    });
    expect(whole.map(({ n }) => Number(n))).toEqual([3]);
  });

  test.each([
    ['Deals', 'filter(id eq Aggregation.rollupnode()/number)', 400],
    [
      'Deals',
      'groupby((rolluprecursive($root/Divisions,Matrix,region)),filter(id eq Aggregation.rollupnode(Position=2)/number))',
      400,
    ],
    ['Deals', 'groupby((rolluprecursive($root/Divisions,No,region)),aggregate($count as n))', 400],
  ])('of %s by %s is %d', async (path, $apply, status) => {
    const answer = await running().get(withOptions(path, { $apply }));
    expect([answer.status, answer.error.target]).toEqual([status, '$apply']);
  });
});

/** Paths of identifiers, and of which set they are. Those that end in `code` lead to the whole of a node. */
const paths = [
  ...['division/code', 'region', 'regions', 'division/superordinate/code', 'division/bosses/code'].map(
    (path) => ['Deals', path] as const,
  ),
  ...['division/deals/region', 'division/name'].map((path) => ['Deals', path] as const),
  ...['code', 'superordinate/code', 'bosses/code', 'deals/region', 'deals/regions', 'deals/division/code'].map(
    (path) => ['Divisions', path] as const,
  ),
  ...['subordinates/deals/division/superordinate/code', 'superordinate/deals/regions'].map(
    (path) => ['Divisions', path] as const,
  ),
] as const;

/** What a row of the answer says of the node that it is told. */
interface ToldNode {
  readonly code: unknown;
  readonly name?: unknown;
  readonly up: unknown;
}

/** What stands where a path ends: collections have one member. */
function toldAt(row: Record<string, unknown>, path: string, qualifier: Qualifier): ToldNode {
  const names = path.split('/');
  const one = (value: unknown): unknown => {
    if (!Array.isArray(value)) return value;
    expect(value).toHaveLength(1);
    return value[0];
  };
  const holder = names
    .slice(0, -1)
    .reduce<Record<string, unknown>>((of, name) => one(of[name]) as Record<string, unknown>, row);
  const last = names.at(-1) ?? '';
  const isWhole = last === 'code';
  return {
    code: one(holder[last]),
    ...(isWhole && { name: holder['name'] }),
    up: holder[`@Aggregation.UpPath#${qualifier}`],
  };
}

const toldOf = ({ code, name }: Division, path: string, up: readonly string[] | undefined): ToldNode => ({
  code,
  ...(path.endsWith('code') && { name }),
  up,
});

/** Each node, or each place of a walk. */
interface SomeNodes {
  readonly walk: Walk | undefined;
  readonly starts: readonly number[] | undefined;
}

const someNodes: fc.Arbitrary<SomeNodes> = fc.record({
  walk: fc.option(walks, { nil: undefined }),
  starts: fc.option(some, { nil: undefined }),
});

const isToldUp = ({ qualifier, starts }: Walk): boolean => qualifier === 'Matrix' || starts !== undefined;

describe('[199] paths of identifiers', () => {
  const rowsOf = (world: Organization, set: 'Deals' | 'Divisions'): readonly Row[] =>
    set === 'Deals' ? world.deals : world.divisions;
  const isRelated = (world: Organization, row: Row, path: string, holds: (code: string) => boolean): boolean =>
    behind(world, row, path.split('/')).some((code) => holds(code as string));

  test('traverse follows all of them', async () => {
    for (const world of fc.sample(organizations(false), { numRuns: 4, seed: 12 })) {
      await setOrganization(running(), world);
      for (const [set, path] of paths)
        for (const one of fc.sample(walks, { numRuns: 3, seed: world.deals.length })) {
          const $apply = walkText({ ...one, of: path as Walk['of'] });
          const expected = placesOf(world, one).flatMap(({ node, up }) =>
            rowsOf(world, set)
              .filter((row) => isRelated(world, row, path, (code) => code === node.code))
              .map((row) => ({
                key: path === 'code' ? node.number : keyOf(row),
                ...toldOf(node, path, isToldUp(one) ? up : undefined),
              })),
          );
          const found = (await ask(set, { $apply })).map((row) => ({
            key: row['id'] ?? row['number'],
            ...toldAt(row, path, one.qualifier),
          }));
          expect([set, $apply, found]).toEqual([set, $apply, expected]);
        }
    }
  });

  /** What is done to the rows of each node, by a key of the rows. */
  const sequences: readonly (readonly [
    string,
    (key: string) => string,
    (rows: readonly Row[]) => readonly object[],
  ])[] = [
    ['counts', () => 'aggregate($count as n)', (rows) => [{ n: rows.length }]],
    [
      'keeps',
      (key) => `filter(${key} gt 2)`,
      (rows) => rows.flatMap((row) => (keyOf(row) > 2 ? [{ key: keyOf(row) }] : [])),
    ],
  ];

  test.each(sequences)('rolluprecursive follows all of them and %s rows', async (kind, sequenceOf, done) => {
    for (const world of fc.sample(organizations(false), { numRuns: 3, seed: 21 })) {
      await setOrganization(running(), world);
      for (const [set, path] of paths) {
        const key = set === 'Deals' ? 'id' : 'number';
        const cases = fc.tuple(
          someNodes,
          fc.constantFrom(...qualifiers),
          fc.constantFrom('', `concat(identity,filter(${key} gt 1)/compute(1 as x))/`),
          fc.constantFrom([], ['product'], ['rollup(product,region)']),
        );
        for (const [{ walk, starts }, qualifier, before, more] of fc.sample(cases, {
          numRuns: 4,
          seed: world.deals.length,
        })) {
          const beside = set === 'Deals' && path !== 'region' ? more : [];
          const one = walk && { ...walk, of: 'code' as const, nodes: undefined };
          const narrowing = one ? [walkText(one)] : starts ? [`filter(${among('number', starts)})`] : [];
          const recursive = `rolluprecursive(${['$root/Divisions', qualifier, path, ...narrowing].join()})`;
          const $apply = `${before}groupby((${[recursive, ...beside].join()}),${sequenceOf(key)})`;
          const tree = new Tree(world.divisions, qualifier);
          const places = one
            ? placesOf(world, one).map(({ node, up }) => ({ node, up: isToldUp(one) ? up : undefined }))
            : tree.nodes
                .filter(({ number }) => starts?.includes(number) ?? true)
                .map((node) => ({ node, up: undefined }));
          const all = rowsOf(world, set);
          const rows = before ? [...all, ...all.filter((row) => keyOf(row) > 1)] : all;
          const levels = beside[0]?.startsWith('rollup') ? [['product', 'region'], ['product']] : [beside];
          const expected = places.flatMap(({ node, up }) => {
            const below = rows.filter((row) =>
              isRelated(world, row, path, (code) => tree.isRelative(code, node.code, 'descendants', { self: true })),
            );
            return levels.flatMap((names) => {
              const groupOf = (row: Row): string => JSON.stringify(names.map((name) => valueIn(row, name)));
              const groups = names.length === 0 ? ['[]'] : [...new Set(below.map(groupOf))];
              return groups.flatMap((group) =>
                done(below.filter((row) => groupOf(row) === group)).map((result) => ({
                  ...result,
                  ...(kind === 'keeps' && path === 'code' && { key: node.number }),
                  ...(kind === 'counts' && { group }),
                  ...toldOf(node, path, up),
                })),
              );
            });
          });
          const found = (await ask(set, { $apply })).map((row) => ({
            ...(kind === 'counts'
              ? {
                  n: Number(row['n']),
                  group: JSON.stringify(
                    ['product', 'region'].flatMap((name) =>
                      name in row && beside[0]?.includes(name) ? [row[name]] : [],
                    ),
                  ),
                }
              : { key: row[key] }),
            ...toldAt(row, path, one?.qualifier ?? qualifier),
          }));
          const sorted = (list: readonly object[]): readonly string[] => list.map(inNames).sort();
          expect([set, $apply, sorted(found)]).toEqual([set, $apply, sorted(expected)]);
          const inPlaces = (list: readonly ToldNode[]): readonly string[] =>
            list
              .map(({ code, up }) => JSON.stringify([code, up]))
              .filter((text, index, texts) => text !== texts[index - 1]);
          if (one) expect([set, $apply, inPlaces(found)]).toEqual([set, $apply, inPlaces(expected)]);
        }
      }
    }
  });

  const valueIn = (row: Row, name: string): unknown => (row as unknown as Record<string, unknown>)[name];
  const inNames = (one: object): string =>
    JSON.stringify(Object.entries(one).sort(([name], [other]) => textOrder(name, other)));

  test('lead through complex values', async () => {
    const division = { name: '', bosses: [] };
    await setOrganization(running(), {
      divisions: [
        { ...division, number: 1, code: 'Boise', superordinate: null },
        { ...division, number: 2, code: 'Ulm', superordinate: 1 },
      ],
      deals: [],
    });
    const rows = await ask('People', {
      $apply: 'groupby((rolluprecursive($root/Divisions,Organization,home/name)),aggregate($count as n))',
    });
    expect(rows.map(({ home, n }) => [home, Number(n)])).toEqual([
      [{ name: 'Boise' }, 2],
      [{ name: 'Ulm' }, 1],
    ]);
  });

  /** What is told of a node by the path: all else that stands on the way stays. */
  const withNode = (row: unknown, [name = '', ...further]: readonly string[], node: unknown): object => {
    const of = row as Readonly<Record<string, unknown>>;
    return { ...of, [name]: further.length > 0 ? withNode(of[name], further, node) : node };
  };

  const valueAt = (row: unknown, path: string): unknown =>
    path.split('/').reduce<unknown>((of, name) => (of as Record<string, unknown> | null)?.[name], row);

  /** Objects by their names, without what tells their types. */
  const inOrder = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([name]) => !/@odata.(type|context)$/.test(name))
            .sort(([one], [other]) => textOrder(one, other)),
        )
      : value;

  const cities = ['Boise', 'Ulm', 'Bonn', 'Seattle', 'Rome'];

  /** Divisions that are called by cities. */
  const ofCities = (parents: readonly number[]): Organization => ({
    divisions: cities.map((code, index) => ({
      ...{ number: index + 1, code, name: `${code}!`, bosses: [] },
      superordinate: parents[index] || null,
    })),
    deals: [],
  });

  /** Does something with two trees of cities. */
  const inTrees = async (visit: (tree: Tree, world: Organization) => Promise<void>): Promise<void> => {
    for (const parents of [
      [0, 1, 2, 2, 1],
      [2, 0, 0, 3, 3],
    ]) {
      const world = ofCities(parents);
      await setOrganization(running(), world);
      await visit(new Tree(world.divisions, 'Organization'), world);
    }
  };

  /** Those of some rows that a path leads from to a city or to one below it. */
  const below = (tree: Tree, rows: readonly Shown[], path: string, code: string): readonly Shown[] =>
    rows.filter((row) => tree.isRelative(valueAt(row, path) as string | null, code, 'descendants', { self: true }));

  /** Such rows of all cities, told of them. */
  const toldBelow = (tree: Tree, rows: readonly Shown[], path: string): readonly object[] =>
    cities.flatMap((code) => below(tree, rows, path, code).map((row) => withNode(row, path.split('/'), code)));

  const sorted = (rows: readonly object[]): readonly string[] => rows.map((row) => JSON.stringify(row, inOrder)).sort();

  test.each([
    ['People', 'home/name', 'userName'],
    ['People', 'work/name', 'userName'],
    ['Venues', 'place/city/name', 'code'],
    ['Venues', 'former/city/name', 'code'],
  ])('of %s lead through the complex values %s, which have all else that they had', async (set, path, key) => {
    const plain = await ask(set, { $orderby: key });
    await inTrees(async (tree, world) => {
      const recursive = `rolluprecursive($root/Divisions,Organization,${path})`;
      const related = (of: string): readonly Shown[] => below(tree, plain, path, of);
      const expected = toldBelow(tree, plain, path);
      const group = path.split('/').slice(0, -1).join('/');
      expect(sorted(await ask(set, { $apply: `groupby((${recursive}),identity)` }))).toEqual(sorted(expected));
      expect(
        sorted(await ask(set, { $apply: `groupby((${key}),groupby((${recursive}),topcount(3,${key})))` })),
      ).toEqual(sorted(expected));
      const narrowed = {
        $filter: `${path} ne 'Ulm'`,
        $orderby: `${path} desc,${key}`,
        $top: '2',
        $select: `${key},${group}`,
      };
      const left = expected
        .filter((row) => valueAt(row, path) !== 'Ulm')
        .sort(
          (one, other) =>
            textOrder(String(valueAt(other, path)), String(valueAt(one, path))) ||
            textOrder(String(valueAt(one, key)), String(valueAt(other, key))),
        );
      const shown = await ask(set, { $apply: `groupby((${recursive}),identity)`, ...narrowed });
      expect(shown.map((row) => [row[key], valueAt(row, group)])).toEqual(
        left.slice(0, 2).map((row) => [valueAt(row, key), valueAt(row, group)]),
      );
      const counted = await ask(set, {
        $apply: `groupby((${recursive}),identity)/groupby((${path}),aggregate($count as n))`,
      });
      expect(counted.map((row) => `${String(valueAt(row, path))} ${String(row['n'])}`).sort()).toEqual(
        cities.flatMap((code) => (related(code).length > 0 ? [`${code} ${related(code).length}`] : [])).sort(),
      );
      const places = `rolluprecursive($root/Divisions,Organization,${path},traverse($root/Divisions,Organization,code,preorder,filter(number le 2)))`;
      const told = await ask(set, { $apply: `groupby((${places}),identity)` });
      const starts = world.divisions.slice(0, 2);
      expect(
        told
          .map((row) => [row[key], valueAt(row, path), valueAt(row, `${group}/@Aggregation.UpPath#Organization`)])
          .map((one) => JSON.stringify(one))
          .sort(),
      ).toEqual(
        tree
          .walk(starts, 'preorder', world.divisions)
          .flatMap(({ node: { code }, up }) =>
            related(code ?? '').map((row) => JSON.stringify([valueAt(row, key), code, up])),
          )
          .sort(),
      );
      const both = await ask(set, {
        $apply: `groupby((${recursive}),concat(filter(${key} ne null),aggregate($count as n)))`,
      });
      expect(sorted(both.filter((row) => !('n' in row)))).toEqual(sorted(expected));
      const walk = `traverse($root/Divisions,Organization,${path},preorder)`;
      const walked = await ask(set, { $apply: `groupby((${recursive}),identity)/${walk}` });
      expect(walked.map((row) => valueAt(row, path))).toEqual(
        tree
          .walk(undefined, 'preorder', world.divisions)
          .flatMap(({ node }) => related(node.code ?? '').map(() => node.code)),
      );
    });
  });

  test.each([
    ['compute(home as h)', 'h/name'],
    ["filter(home ne null)/addnested(home,compute(concat(name,'!') as x) as h)", 'h/name'],
    ['compute(case(age gt 0:home,true:work) as h)', 'h/name'],
    ['compute({"@type":"#Trip.Pin.City","name":home/name,"region":"X"} as h)', 'h/name'],
    ['groupby((home,gender),aggregate($count as n))', 'home/name'],
    ['groupby((home/name,home/region,gender))', 'home/name'],
    ['groupby((home/name,gender),aggregate($count as n))', 'home/name'],
    ['concat(identity,groupby((home)))', 'home/name'],
    ['concat(filter(age gt 0)/compute(home as h),groupby((home),aggregate($count as n))/compute(home as h))', 'h/name'],
  ])('behind %s lead through complex values', async (before, path) => {
    const plain = await ask('People', { $apply: before });
    await inTrees(async (tree) => {
      const expected = toldBelow(tree, plain, path);
      const $apply = `${before}/groupby((rolluprecursive($root/Divisions,Organization,${path})),identity)`;
      expect(expected.length).toBeGreaterThan(2);
      expect([$apply, sorted(await ask('People', { $apply }))]).toEqual([$apply, sorted(expected)]);
    });
  });

  /** Groups of deals by parts of their divisions. */
  const parted = (): readonly (readonly [string, string, (deal: Deal) => object])[] => {
    const divisionOf = (number: number | null | undefined): Division | undefined =>
      all.divisions.find((division) => division.number === number);
    const parentOf = ({ division }: Deal): Division | undefined => divisionOf(divisionOf(division)?.superordinate);
    const codeOf = (division: Division | undefined): object | null => (division ? { code: division.code } : null);
    const named = (deal: Deal, more: object): object => {
      const division = divisionOf(deal.division);
      return { division: division ? { name: division.name, ...more } : null };
    };
    return [
      [
        'division/name,division/superordinate/code',
        'division/superordinate/code',
        (deal) => named(deal, { superordinate: codeOf(parentOf(deal)) }),
      ],
      [
        'division/name,division/superordinate/code,product',
        'division/superordinate/code',
        (deal) => ({ ...named(deal, { superordinate: codeOf(parentOf(deal)) }), product: deal.product }),
      ],
      [
        'division/name,division/superordinate/superordinate/code,division/superordinate/name',
        'division/superordinate/superordinate/code',
        (deal) => {
          const parent = parentOf(deal);
          const above = divisionOf(parent?.superordinate);
          return named(deal, { superordinate: parent ? { name: parent.name, superordinate: codeOf(above) } : null });
        },
      ],
    ];
  };

  test.each(qualifiers)('lead through what rows were grouped by in parts, in %s', async (qualifier) => {
    await setOrganization(running(), all);
    const tree = new Tree(all.divisions, qualifier);
    const nodeOf = ({ number, code, name }: Division, up: readonly string[] | undefined): object => ({
      ...{ number, code, name },
      ...(up && { up }),
    });
    const shown = (rows: readonly object[], [name = '', ...further]: readonly string[]): readonly string[] =>
      rows.map((row) => {
        const pick = (of: unknown, names: readonly string[]): unknown => {
          if (of === null || typeof of !== 'object') return of;
          const [next, ...rest] = names;
          if (next === undefined) {
            const {
              number,
              code,
              name: called,
              up = (of as Record<string, unknown>)[`@Aggregation.UpPath#${qualifier}`],
            } = of as Record<string, unknown>;
            return { number, code, name: called, up };
          }
          return Object.fromEntries(
            Object.entries(of)
              .filter(([key]) => !key.includes('@'))
              .map(([key, value]) => [key, key === next ? pick(value, rest) : value]),
          );
        };
        return JSON.stringify(pick(row, [name, ...further]), inOrder);
      });
    for (const [by, path, groupOf] of parted()) {
      const groups = [...new Set(all.deals.map((deal) => JSON.stringify(groupOf(deal))))].map(
        (text) => JSON.parse(text) as object,
      );
      const names = path.split('/').slice(0, -1);
      for (const starts of [undefined, [1, 3]]) {
        const first = starts ? `,filter(${among('number', starts)})` : '';
        const isTold = qualifier === 'Matrix' || starts !== undefined;
        const places = tree.walk(
          starts && all.divisions.filter(({ number }) => starts.includes(number)),
          'preorder',
          all.divisions,
        );
        const walk = `traverse($root/Divisions,${qualifier},${path},preorder${first})`;
        const expected = places.flatMap(({ node, up }) =>
          groups
            .filter((group) => valueAt(group, path) === node.code)
            .map((group) => withNode(group, names, nodeOf(node, isTold ? up : undefined))),
        );
        const found = await ask('Deals', { $apply: `groupby((${by}))/${walk}` });
        expect(found.length).toBeGreaterThan(2);
        expect([by, walk, shown(found, names).toSorted()]).toEqual([by, walk, shown(expected, names).toSorted()]);
        expect(found.map((row) => valueAt(row, path))).toEqual(expected.map((row) => valueAt(row, path)));
        const together = await ask('Deals', {
          $apply: `concat(groupby((${by}))/${walk},aggregate($count as n))/filter(n eq null and ${names.join('/')}/name ne 'US')`,
        });
        expect(shown(together, names).toSorted()).toEqual(
          shown(
            expected.filter((row) => valueAt(row, [...names, 'name'].join('/')) !== 'US'),
            names,
          ).toSorted(),
        );
        const counted = await ask('Deals', {
          $apply: `groupby((${by}))/${walk}/groupby((${names.join('/')}/name),aggregate($count as n))`,
        });
        expect(counted.map((row) => Number(row['n'])).reduce((one, other) => one + other)).toBe(expected.length);
        const recursive = `rolluprecursive($root/Divisions,${qualifier},${path}${starts ? `,${walk.replace(path, 'code')}` : ''})`;
        const nodes = starts ? places : tree.nodes.map((node) => ({ node, up: undefined }));
        const kept = nodes.flatMap(({ node, up }) =>
          groups
            .filter((group) =>
              tree.isRelative(valueAt(group, path) as string | null, node.code, 'descendants', { self: true }),
            )
            .map((group) => withNode(group, names, nodeOf(node, up))),
        );
        const rolled = await ask('Deals', { $apply: `groupby((${by}))/groupby((${recursive}),identity)` });
        expect([recursive, shown(rolled, names).toSorted()]).toEqual([recursive, shown(kept, names).toSorted()]);
        const wholeOf = (row: object, of = 'division'): string =>
          JSON.stringify(valueAt(row, of), ['number', 'code', 'name', 'superordinate']);
        const wholes = await ask('Deals', {
          $apply: `groupby((${by}))/groupby((${recursive}),identity)/groupby((division),aggregate($count as n))`,
        });
        const counts = [...new Set(kept.map((row) => wholeOf(row)))].map((whole) => [
          whole,
          kept.filter((row) => wholeOf(row) === whole).length,
        ]);
        expect(wholes.map((row) => JSON.stringify([wholeOf(row), row['n']])).sort()).toEqual(
          counts.map((one) => JSON.stringify(one)).sort(),
        );
        // As values they have the node, too.
        const each = `groupby((${by}))/groupby((${recursive}),identity)`;
        const values = await ask('Deals', { $apply: `${each}/compute(division as y)` });
        expect(values.map((row) => wholeOf(row, 'y')).sort()).toEqual(kept.map((row) => wholeOf(row)).sort());
        const regrouped = await ask('Deals', {
          $apply: `${each}/compute(division as y)/filter(y eq division)/groupby((y),aggregate($count as n))`,
        });
        expect(regrouped.map((row) => JSON.stringify([wholeOf(row, 'y'), row['n']])).sort()).toEqual(
          counts.map((one) => JSON.stringify(one)).sort(),
        );
        for (const before of [each, `concat(${each},${each}/filter(division ne null))`]) {
          const [distinct] = await ask('Deals', { $apply: `${before}/aggregate(division with countdistinct as n)` });
          expect([before, distinct?.['n']]).toEqual([before, counts.length]);
        }
      }
    }
  });

  test.each([
    ['identity', 'rooms/name'],
    ['identity', 'rooms/seen/name'],
    ['identity', 'rooms/tags'],
    ['compute(rooms as r)', 'r/name'],
    ['addnested(rooms,filter(beds lt 3) as r)', 'r/tags'],
    ['concat(identity,groupby((code),aggregate($count as n)))', 'rooms/name'],
    ['concat(identity,compute(1 as x))', 'rooms/seen/name'],
  ])('behind %s lead through the items %s', async (before, path) => {
    const codes = ['bare', 'Attic', 'Ulm', 'sea', 'O\'Hara "1"'];
    const { divisions } = ofCities([0, 1, 2, 1, 3]);
    const world = { divisions: divisions.map((one, index) => ({ ...one, code: codes[index] ?? '' })), deals: [] };
    const plain = await ask('Hotels', { $apply: before });
    await setOrganization(running(), world);
    const tree = new Tree(world.divisions, 'Organization');
    const [first = '', ...further] = path.split('/');
    const related = (row: Record<string, unknown>, holds: (code: string) => boolean): boolean =>
      [row[first] ?? []]
        .flat()
        .some((item) =>
          [valueAt(item, further.join('/'))].flat().some((code) => typeof code === 'string' && holds(code)),
        );
    const told = (row: object, code: string): object => ({
      ...row,
      [first]: [withNode({}, further, path.endsWith('tags') ? [code] : code)],
    });
    const walk = `traverse($root/Divisions,Organization,${path},preorder)`;
    const walked = tree
      .walk(undefined, 'preorder', world.divisions)
      .flatMap(({ node: { code } }) =>
        plain.filter((row) => related(row, (one) => one === code)).map((row) => told(row, code ?? '')),
      );
    expect(walked.length).toBeGreaterThan(0);
    const found = await ask('Hotels', { $apply: `${before}/${walk}` });
    expect(sorted(found)).toEqual(sorted(walked));
    const nodeOf = (row: object): unknown =>
      valueAt((row as Record<string, readonly unknown[]>)[first]?.[0], further.join('/'));
    expect(found.map(nodeOf)).toEqual(walked.map(nodeOf));
    const recursive = `rolluprecursive($root/Divisions,Organization,${path})`;
    const below = (code: string): readonly Record<string, unknown>[] =>
      plain.filter((row) => related(row, (one) => tree.isRelative(one, code, 'descendants', { self: true })));
    const rolled = await ask('Hotels', { $apply: `${before}/groupby((${recursive}),filter(code ne 'nobody'))` });
    expect(sorted(rolled)).toEqual(sorted(codes.flatMap((code) => below(code).map((row) => told(row, code)))));
    const counted = await ask('Hotels', {
      $apply: `${before}/groupby((${recursive}),aggregate($count as n))/filter(n gt 0)`,
    });
    expect(counted.map((row) => JSON.stringify([nodeOf(row), row['n']])).sort()).toEqual(
      codes
        .flatMap((code) =>
          below(code).length > 0 ? [JSON.stringify([path.endsWith('tags') ? [code] : code, below(code).length])] : [],
        )
        .sort(),
    );
    const lambda = path.endsWith('tags')
      ? `${first}/any(r:r/tags/any(t:t eq 'sea'))`
      : `${first}/any(r:r/${further.join('/')} eq 'bare')`;
    const left = walked.filter((row) => [nodeOf(row)].flat()[0] === (path.endsWith('tags') ? 'sea' : 'bare'));
    expect(sorted(await ask('Hotels', { $apply: `${before}/${walk}/filter(${lambda})`, $orderby: 'code' }))).toEqual(
      sorted(left),
    );
    const [sums] = await ask('Hotels', { $apply: `${before}/${walk}/aggregate(${first}/$count as c,$count as n)` });
    expect([sums?.['c'], sums?.['n']]).toEqual([walked.length, walked.length]);
    const pages = await running().all(
      withOptions('Hotels', { $apply: `${before}/${walk}`, $select: `code,${first}` }),
      { Prefer: 'odata.maxpagesize=2' },
    );
    expect(pages.map(nodeOf)).toEqual(walked.map(nodeOf));
  });

  /** Rows of several structures: what makes them, and the deals of a division that they lead to by `d`. */
  const elsewhere: readonly (readonly (readonly [string, (id: number) => boolean, boolean])[])[] = [
    [
      ['addnested(deals,filter(id gt 3) as d)', (id) => id > 3, false],
      ['addnested(deals,filter(id lt 6) as d)', (id) => id < 6, false],
    ],
    [
      ['addnested(deals,filter(id gt 3) as d)', (id) => id > 3, false],
      ['join(deals as d)', () => true, true],
      ['compute(1 as x)', () => false, false],
    ],
    [
      ['join(deals as d,filter(id lt 6))', (id) => id < 6, true],
      ['addnested(deals,topcount(2,id) as d)/compute(2 as x)', () => true, false],
    ],
  ];

  test.each(['d/region', 'd/regions', 'd/division/code', 'd/division/bosses/code'])(
    'lead through %s, which rows of several structures have from elsewhere',
    async (path) => {
      const [, ...names] = path.split('/');
      for (const world of fc.sample(organizations(false), { numRuns: 3, seed: 28 })) {
        await setOrganization(running(), world);
        for (const structures of elsewhere) {
          const before = `concat(${structures.map(([text]) => text).join()})`;
          // Rows that contradict one another stay apart.
          const apart = `concat(${structures.map(([text], index) => `${text}/compute(${index} as k)`).join()})`;
          const rows = structures.flatMap(([text, holds, isJoin], index) =>
            world.divisions.flatMap((row) => {
              const all = world.deals.filter(({ id, division }) => division === row.number && holds(id));
              const deals = text.includes('topcount') ? all.slice(-2) : all;
              const each = isJoin ? deals.map((deal) => [deal]) : [deals];
              return each.map((some) => ({
                ...{ row, key: `${row.number} ${index} ${isJoin ? String(some[0]?.id) : ''}` },
                codes: some.flatMap((deal) => behind(world, deal, names)) as readonly string[],
              }));
            }),
          );
          const isOne = (row: Record<string, unknown>): boolean => !Array.isArray(row['d']) && row['x'] !== 1;
          // What tells the structure of a row that a walk left: whether it leads to one deal, and its x.
          const kindOf = (row: Record<string, unknown>): string => `${String(row['x'])} ${isOne(row)}`;
          const kinds = structures.map(
            ([text, , isJoin]) => `${/compute.(\d)/.exec(text)?.[1] ?? 'undefined'} ${isJoin}`,
          );
          const indexOf = (key: string): number => Number(key.split(' ')[1]);
          const shown = (row: Record<string, unknown>): string => `${String(row['number'])} ${kindOf(row)}`;
          const expectedOf = (key: string): string => `${key.split(' ')[0] ?? ''} ${kinds[indexOf(key)] ?? ''}`;
          for (const qualifier of qualifiers) {
            const tree = new Tree(world.divisions, qualifier);
            const hierarchy = `$root/Divisions,${qualifier},${path}`;
            const walk = {
              qualifier,
              of: 'code',
              order: 'preorder',
              starts: undefined,
              nodes: undefined,
              byName: 'name',
            } as const;
            const walked = await ask('Divisions', {
              $apply: `${before}/traverse(${hierarchy},preorder,name)`,
            });
            const expected = placesOf(world, walk).flatMap(({ node }) =>
              rows.flatMap(({ key, codes }) => (codes.includes(node.code ?? '') ? [[node.code, expectedOf(key)]] : [])),
            );
            const nodeOf = (row: Record<string, unknown>): unknown => {
              return ['d', ...names].reduce<unknown>(
                (of, name) => [(of as Record<string, unknown>)[name]].flat()[0],
                row,
              );
            };
            expect([before, hierarchy, walked.map(nodeOf)]).toEqual([
              before,
              hierarchy,
              expected.map(([code]) => code),
            ]);
            const texts = (list: readonly (readonly unknown[])[]): readonly string[] =>
              list.map((one) => JSON.stringify(one)).sort();
            expect(texts(walked.map((row) => [nodeOf(row), shown(row)]))).toEqual(texts(expected));
            for (const direction of ['ancestors', 'descendants'] as const) {
              const starts = rows.filter(({ row }) => row.number <= 3).flatMap(({ codes }) => codes);
              const found = await ask('Divisions', {
                $apply: `${apart}/${direction}(${hierarchy},filter(number le 3),2,keep start)`,
              });
              const left = rows.filter(({ codes }) =>
                codes.some((code) =>
                  starts.some((start) => tree.isRelative(code, start, direction, { most: 2, self: true })),
                ),
              );
              expect([direction, found.map(shown).sort()]).toEqual([
                direction,
                left.map(({ key }) => expectedOf(key)).sort(),
              ]);
            }
            const rolled = await ask('Divisions', {
              $apply: `${before}/groupby((rolluprecursive(${hierarchy})),aggregate($count as n))`,
            });
            const kept = await ask('Divisions', {
              $apply: `${before}/groupby((rolluprecursive(${hierarchy})),filter(number gt 0))`,
            });
            const below = tree.nodes.map(({ code }) => ({
              code,
              rows: rows.filter(({ codes }) =>
                codes.some((one) => tree.isRelative(one, code, 'descendants', { self: true })),
              ),
            }));
            expect(texts(rolled.map((row) => [nodeOf(row), Number(row['n'])]))).toEqual(
              texts(below.map((one) => [one.code, one.rows.length])),
            );
            expect(texts(kept.map((row) => [nodeOf(row), shown(row)]))).toEqual(
              texts(below.flatMap((one) => one.rows.map(({ key }) => [one.code, expectedOf(key)]))),
            );
          }
        }
      }
    },
  );

  test('keep rows apart that lead to several nodes, until nothing tells that', async () => {
    await setOrganization(running(), all);
    const tree = new Tree(all.divisions, 'Organization');
    const related = (path: string, code: string | null): readonly Row[] =>
      all.divisions.filter((row) => isRelated(all, row, path, (one) => one === code));
    // US leads to one node, and US West to two.
    const walk = 'traverse($root/Divisions,Organization,deals/region,preorder)';
    const above = 'ancestors($root/Divisions,Organization,code,filter(number eq 4),keep start)';
    const rows = await ask('Divisions', { $apply: `${walk}/${above}` });
    const shown = rows.map(({ number, deals }) => `${String(number)} ${(deals as readonly Deal[])[0]?.region ?? ''}`);
    const expected = tree.nodes.flatMap(({ code }) =>
      related('deals/region', code).flatMap((row) =>
        ['Sales', 'US', 'US West'].includes((row as Division).code ?? '') ? [`${keyOf(row)} ${code ?? ''}`] : [],
      ),
    );
    expect(shown.sort()).toEqual(expected.toSorted());
    expect(shown).toHaveLength(3);
    // Two rows of one node in a walk that only says which nodes there are.
    const places = `rolluprecursive($root/Divisions,Organization,division/code,traverse($root/Divisions,Organization,bosses/code,preorder)/filter(number gt 0))`;
    const groups = await ask('Deals', { $apply: `groupby((${places}),aggregate($count as n))` });
    const codes = groups.map(({ division }) => (division as Division).code);
    expect(codes.sort()).toEqual(
      tree.nodes
        .flatMap(({ code }) => related('bosses/code', code).flatMap((row) => (row as Division).code ?? []))
        .sort(),
    );
    // Deals that two hierarchies brought under one node are the same.
    const one = 'rolluprecursive($root/Divisions,Organization,division/code)';
    const count = 'ancestors($root/Divisions,Organization,division/code,identity,keep start)/aggregate($count as n)';
    const [once] = await ask('Deals', { $apply: `groupby((${one}),identity)/${count}` });
    const [both] = await ask('Deals', { $apply: `groupby((${one},${one}),identity)/${count}` });
    expect(both?.['n']).toEqual(once?.['n']);
  });

  test('by one name is told of the last hierarchy', async () => {
    await setOrganization(running(), all);
    const [one, two] = [new Tree(all.divisions, 'Organization'), new Tree(all.divisions, 'Matrix')];
    const rows = await ask('Deals', {
      $apply:
        'groupby((rolluprecursive($root/Divisions,Organization,division/code),rolluprecursive($root/Divisions,Matrix,division/code)),aggregate($count as n))',
    });
    const expected = one.nodes.flatMap((first) =>
      two.nodes.map((second) => {
        const n = all.deals.filter((deal) =>
          isRelated(all, deal, 'division/code', (code) =>
            [
              one.isRelative(code, first.code, 'descendants', { self: true }),
              two.isRelative(code, second.code, 'descendants', { self: true }),
            ].every(Boolean),
          ),
        ).length;
        return `${String(second.code)} ${n}`;
      }),
    );
    const found = rows.map(({ division, n }) => `${String((division as Division).code)} ${Number(n)}`);
    expect(found.sort()).toEqual(expected.sort());
  });

  test.each<readonly [string, string, (rows: readonly Record<string, unknown>[]) => unknown, unknown]>([
    [
      'is all that the collection has',
      'compute(deals/$count as c)/aggregate(c with sum as c,deals/$count as all,deals/amount with sum as s)',
      ([row]) => [Number(row?.['c']), Number(row?.['all']), row?.['s']],
      [6, 5, null],
    ],
    [
      'is asked for as any member is',
      "filter(deals/any(d:d/division/name eq 'US West' and d/amount eq null))",
      (rows) => rows.map(({ number }) => number),
      [4],
    ],
    [
      'is what a join finds',
      'join(deals as e)/groupby((number,e/division/name))',
      (rows) => rows.map(({ number, e }) => [number, (e as { division: Division }).division.name]),
      [
        [2, 'US'],
        [4, 'US West'],
        [5, 'US East'],
        [6, 'EMEA Central'],
        [10, 'Atlantis'],
      ],
    ],
    [
      'is what another hierarchy follows',
      'groupby((rolluprecursive($root/Divisions,Organization,deals/division/code)),aggregate($count as n))/filter(n gt 0)',
      (rows) => rows.map(({ deals, n }) => `${(deals as readonly Deal[])[0]?.id ?? ''}${Number(n)}`).sort(),
      // Atlantis has no node above it here, and the walk came to it twice.
      ['1', '1', '1', '1', '2', '3', '4'],
    ],
    [
      'is what addnested copies',
      "addnested(deals,filter(division/name eq 'US West') as e)",
      (rows) => rows.map(({ e }) => (e as readonly unknown[]).length),
      [0, 0, 0, 0, 0, 1],
    ],
  ])('the one member %s', async (_, then, read, expected) => {
    await setOrganization(running(), all);
    const walk = 'traverse($root/Divisions,Matrix,deals/division/code,preorder,name asc)';
    expect(read(await ask('Divisions', { $apply: `${walk}/${then}` }))).toEqual(expected);
  });
});

describe('[199] sequences', () => {
  const codeIn =
    ({ divisions }: Organization) =>
    (number: number | null): string | null =>
      divisions.find((division) => division.number === number)?.code ?? null;

  test('at random have the rows and the order of the same done in JavaScript', async () => {
    for (const world of fc.sample(organizations(false), { numRuns: 10, seed: 7 })) {
      await setOrganization(running(), world);
      const codeOf = codeIn(world);
      const step = fc.oneof(
        relatives.map((one) => ({ ...one, of: 'Deals' as const })),
        walks.map((one) => ({
          ...one,
          of: 'division/code' as const,
          qualifier: 'Organization' as const,
          starts: undefined,
        })),
        some.map((ids) => ids),
      );
      for (const steps of fc.sample(fc.array(step, { minLength: 2, maxLength: 4 }), {
        numRuns: 15,
        seed: world.deals.length,
      })) {
        const texts = steps.map((one) =>
          'direction' in one ? textOf(one) : 'order' in one ? walkText(one) : `filter(${among('id', one)})`,
        );
        const expected = steps.reduce<readonly Deal[]>((deals, one) => {
          if ('direction' in one) {
            const kept = left({ ...world, deals }, one);
            return deals.filter(({ id }) => kept.includes(id));
          }
          if ('order' in one)
            return placesOf(world, one).flatMap(({ node }) =>
              deals.filter(({ division }) => codeOf(division) === node.code),
            );
          return deals.filter(({ id }) => one.includes(id));
        }, world.deals);
        const $apply = texts.join('/');
        const found = await ask('Deals', { $apply, $select: 'id' });
        expect([$apply, found.map(({ id }) => id)]).toEqual([$apply, expected.map(({ id }) => id)]);
      }
    }
  });

  test('have a row once behind a walk that came to it on several ways', async () => {
    await setOrganization(running(), all);
    const tree = new Tree(all.divisions, 'Matrix');
    const places = tree.walk(undefined, 'preorder', all.divisions);
    expect(places.length).toBeGreaterThan(tree.nodes.length);
    const walk = 'traverse($root/Divisions,Matrix,code,preorder)';
    const below = "descendants($root/Divisions,Matrix,code,filter(code eq 'Sales'),keep start)";
    const found = await ask('Divisions', { $apply: `${walk}/${below}` });
    const kept = places.filter(({ node }) => tree.isRelative(node.code, 'Sales', 'descendants', { self: true }));
    expect(found.map(({ number }) => number)).toEqual([...new Set(kept.map(({ node }) => node.number))]);
    const belowUS = below.replace('Sales', 'US');
    const joined = await ask('Divisions', { $apply: `join(deals as d)/${walk}/${belowUS}/aggregate($count as n)` });
    const codeOf = codeIn(all);
    const deals = all.deals.filter(({ division }) =>
      tree.isRelative(codeOf(division), 'US', 'descendants', { self: true }),
    );
    expect(deals.length).toBeGreaterThan(5);
    expect(Number(joined[0]?.['n'])).toBe(deals.length);
  });

  test('stand within $expand, joins, addnested, concat and combinations', async () => {
    await setOrganization(running(), all);
    const codeOf = codeIn(all);
    const tree = new Tree(all.divisions, 'Organization');
    const below = 'descendants($root/Divisions,Organization,region,filter(id le 3),keep start)';
    const kept = (of: number): readonly number[] => {
      const own = all.deals.filter(({ division }) => division === of);
      const from = own.filter(({ id }) => id <= 3).map(({ region }) => region);
      const isBelow = ({ region }: Deal): boolean =>
        from.some((start) => tree.isRelative(region, start, 'descendants', { self: true }));
      return own.filter(isBelow).map(({ id }) => id);
    };
    const expanded = await ask('Divisions', { $expand: `deals($apply=${below};$select=id)`, $orderby: 'number' });
    const idsOf = (value: unknown): readonly number[] => numbers(value as readonly Record<string, unknown>[]);
    expect(expanded.map(({ deals }) => idsOf(deals))).toEqual(all.divisions.map(({ number }) => kept(number)));
    const added = await ask('Divisions', { $apply: `addnested(deals,${below} as d)`, $orderby: 'number' });
    expect(added.map(({ d }) => idsOf(d))).toEqual(all.divisions.map(({ number }) => kept(number)));
    const joined = await ask('Divisions', { $apply: `join(deals as d,${below})/aggregate($count as n)` });
    expect(Number(joined[0]?.['n'])).toBe(all.divisions.flatMap(({ number }) => kept(number)).length);
    const walk = 'traverse($root/Divisions,Organization,division/code,preorder)';
    const both = await ask('Deals', {
      $apply: `concat(${walk},ancestors($root/Divisions,Matrix,division/code,identity))`,
    });
    expect(both.length).toBeGreaterThan(all.deals.length / 2);
    const crossed = await ask('$crossjoin(Divisions,Deals)', {
      $filter:
        "Aggregation.isdescendant(HierarchyNodes=$root/Divisions,HierarchyQualifier='Organization',Node=Deals/division/code,Ancestor=Divisions/code)",
    });
    expect(crossed).toHaveLength(
      all.divisions.flatMap(({ code }) =>
        all.deals.filter(({ division }) => tree.isRelative(codeOf(division), code, 'descendants')),
      ).length,
    );
  });

  test('go on with copies of the node, which keep what is told of it', async () => {
    await setOrganization(running(), all);
    const copied = 'addnested(division,compute(1 as x) as d)';
    const plain = await ask('Deals', { $apply: 'traverse($root/Divisions,Matrix,division/code,preorder)' });
    const walked = await ask('Deals', { $apply: `traverse($root/Divisions,Matrix,division/code,preorder)/${copied}` });
    expect(walked).toEqual(
      plain.map((row) => ({
        ...row,
        d: {
          '@odata.context': '#Divisions(*,x)/$entity',
          ...(row['division'] as object),
          'x@odata.type': '#Int64',
          x: 1,
        },
      })),
    );
    const recursive = 'groupby((rolluprecursive($root/Divisions,Organization,division/code)),filter(id lt 4))';
    const rolled = await ask('Deals', { $apply: `${recursive}/${copied}` });
    expect(rolled.length).toBeGreaterThan(3);
    for (const { division, d } of rolled) expect(d).toMatchObject({ ...(division as object), x: 1 });
  });

  test('tell the nodes above in every format', async () => {
    const $apply = "traverse($root/Divisions,Matrix,division/code,preorder,filter(code eq 'EMEA'))";
    const asked = withOptions('Deals', { $apply, $top: '1' });
    for (const metadata of ['none', 'minimal', 'full']) {
      const answer = await running().get(asked, { Accept: `application/json;odata.metadata=${metadata}` });
      const division = answer.value[0]?.['division'] as Record<string, unknown>;
      expect(division['@Aggregation.UpPath#Matrix']).toEqual(['EMEA']);
      expect(running().takeFailures()).toEqual([]);
    }
    const behindMany = 'traverse($root/Divisions,Organization,deals/division/code,preorder)';
    const whole = await running().get(withOptions('Divisions', { $apply: behindMany, $top: '1' }), {
      Accept: 'application/json;odata.metadata=full',
    });
    const [deal] = whole.value[0]?.['deals'] as readonly Record<string, unknown>[];
    expect(Object.keys(deal ?? {})).toEqual(['@odata.id', 'division']);
    const later = await running().get(asked, { 'OData-Version': '4.01', Accept: 'application/json;metadata=full' });
    expect(later.value[0]?.['division']).toHaveProperty(['@Aggregation.UpPath#Matrix'], ['EMEA']);
  });
});

/** Each with what the standard shows of its answer, by the data of the standard: the order matters where there is a traverse. */
describe('[199] the examples of the standard', () => {
  const below = 'descendants($root/Divisions,Organization';
  const recursive = 'rolluprecursive($root/Divisions,Organization';
  const walk = 'traverse($root/Divisions,Organization';
  const usTotals = `groupby((${recursive},division/code,${below},code,filter(code eq 'US'),keep start))),compute(case(division eq Aggregation.rollupnode():amount) as own)/aggregate(amount with sum as incl,own with sum as excl))`;
  const east = "ancestors($root/Divisions,Organization,code,filter(code eq 'US East'),keep start)";
  const totals = 'aggregate(amount with sum as total)';
  // The standard begins with sales of US itself: its data has none.
  const withUS = ', with a deal of US';
  const emea = [
    ['EMEA', 5],
    ['EMEA Central', 5],
  ];

  test.each<readonly [string, string, string, readonly string[], readonly unknown[]]>([
    [
      '6.2.1',
      'Divisions',
      "ancestors($root/Divisions,Organization,code,filter(contains(name,'East') or contains(name,'Central')))",
      ['code'],
      ['EMEA', 'Sales', 'US'],
    ],
    ['6.2.1', 'Divisions', `${below},code,filter(name eq 'US'),keep start)`, ['code'], ['US', 'US East', 'US West']],
    [
      '6.2.1',
      'Deals',
      "ancestors($root/Divisions,Organization,division/code,filter(contains(division/name,'East') or contains(division/name,'Central')),keep start)",
      ['id'],
      [4, 5, 6, 7, 8],
    ],
    [
      '6.2.2.1',
      'Divisions',
      `${below},code,filter(name eq 'US'),keep start)/ancestors($root/Divisions,Organization,code,filter(contains(name,'East')),keep start)/${walk},code,preorder)`,
      ['code'],
      ['US', 'US East'],
    ],
    [
      '6.3',
      'Divisions',
      `groupby((${recursive},code)),aggregate($count as n)/compute(n sub 1 as subs))`,
      ['code', 'subs'],
      [
        ['EMEA', 1],
        ['EMEA Central', 0],
        ['Sales', 5],
        ['US', 2],
        ['US East', 0],
        ['US West', 0],
      ],
    ],
    [
      '6.3',
      'Deals',
      usTotals,
      ['division/code', 'incl', 'excl'],
      [
        ['US', 19, null],
        ['US East', 12, 12],
        ['US West', 7, 7],
      ],
    ],
    [
      '6.3, actual',
      'Deals',
      `groupby((${recursive},division/code,${east})),${totals})`,
      ['division/code', 'total'],
      [
        ['Sales', 24],
        ['US', 19],
        ['US East', 12],
      ],
    ],
    [
      '6.3, visual',
      'Deals',
      `ancestors($root/Divisions,Organization,division/code,filter(division/code eq 'US East'),keep start)/groupby((${recursive},division/code,${east})),${totals})`,
      ['division/code', 'total'],
      [
        ['Sales', 12],
        ['US', 12],
        ['US East', 12],
      ],
    ],
    [
      '6.3',
      'Deals',
      `groupby((${recursive},product)),${totals})`,
      ['product', 'total'],
      ['EMEA', 'EMEA Central', 'Sales', 'US', 'US East', 'US West'].map((code) => [code, null]),
    ],
    [
      '7.9',
      'Deals',
      `filter(product eq 'Paper')/groupby((${recursive},division/code)),aggregate($count as n))`,
      ['division/code', 'n'],
      [
        ['EMEA', 2],
        ['EMEA Central', 2],
        ['Sales', 4],
        ['US', 2],
        ['US East', 1],
        ['US West', 1],
      ],
    ],
    [
      `7.9${withUS}`,
      'Deals',
      `${below},division/code,filter(division/name eq 'US'),keep start)/groupby((${recursive},division/code)),${totals})/filter(division/code in ('US','US East','US West'))`,
      ['division/code', 'total'],
      [
        ['US', 26],
        ['US East', 12],
        ['US West', 7],
      ],
    ],
    [
      `7.9${withUS}`,
      'Deals',
      `${below},division/code,filter(division/name eq 'US'),keep start)/${totals}`,
      ['total'],
      [26],
    ],
    [
      '7.9',
      'Divisions',
      `${below},code,filter(name eq 'US'),keep start)/aggregate(deals/amount with sum as total)`,
      ['total'],
      [19],
    ],
    [
      '7.9',
      'Deals',
      `groupby((${recursive},division/code)),${totals})/filter(Aggregation.isdescendant(HierarchyNodes=$root/Divisions,HierarchyQualifier='Organization',Node=division/code,Ancestor='EMEA',MaxDistance=2,IncludeSelf=true))/orderby(division/name)/${walk},division/code,preorder)`,
      ['division/code', 'total'],
      emea,
    ],
    [
      '7.9',
      'Deals',
      `groupby((${recursive},division/code,${below},code,filter(code eq 'EMEA'),2,keep start))),${totals})/orderby(division/name)/${walk},division/code,preorder)`,
      ['division/code', 'total'],
      emea,
    ],
    [
      '7.9',
      'Deals',
      `${usTotals}/${walk},division/code,preorder,name asc)`,
      ['division/code', 'incl', 'excl'],
      [
        ['US', 19, null],
        ['US East', 12, 12],
        ['US West', 7, 7],
      ],
    ],
    // The nodes that others lead to: here the bosses of divisions, in place of categories.
    [
      '7.9',
      'Deals',
      `groupby((${recursive},division/code,ancestors($root/Divisions,Organization,code,traverse($root/Divisions,Matrix,bosses/code,preorder,filter(name eq 'EMEA')),keep start))),${totals})`,
      ['division/code', 'total'],
      [
        ['EMEA', 5],
        ['EMEA Central', 5],
        ['Sales', 24],
      ],
    ],
    // The standard shows products of nodes above as well, which its own F(x) leaves out: those of which there is a sale are the same.
    [
      '7.9, example 112',
      'Products',
      `${walk},deals/division/code,preorder,name asc)`,
      ['deals/0/division/code', 'name'],
      [
        ['EMEA Central', 'Paper'],
        ['EMEA Central', 'Sugar'],
        ['US East', 'Coffee'],
        ['US East', 'Paper'],
        ['US West', 'Coffee'],
        ['US West', 'Paper'],
        ['US West', 'Sugar'],
      ],
    ],
    [
      '7.9, example 113, the products in place of the custom aggregate',
      'Products',
      `groupby((${recursive},deals/division/code)),identity)`,
      ['deals/0/division/code', 'name'],
      [
        ...['Coffee', 'Paper', 'Sugar'].map((name) => ['Sales', name]),
        ...['Paper', 'Sugar'].flatMap((name) => ['EMEA', 'EMEA Central'].map((code) => [code, name])),
        ...['Coffee', 'Paper', 'Sugar'].flatMap((name) => ['US', 'US West'].map((code) => [code, name])),
        ...['Coffee', 'Paper'].map((name) => ['US East', name]),
      ],
    ],
    [
      '7.10, a count in place of the custom aggregate',
      'Deals',
      'groupby((rolluprecursive($root/Divisions,Matrix,division/code,traverse($root/Divisions,Matrix,code,preorder,name))),aggregate($count as n))',
      ['division/code', 'n'],
      [
        ['Sales', 8],
        ['EMEA', 3],
        ['EMEA Central', 3],
        ['US', 5],
        ['US East', 2],
        ['US West', 3],
      ],
    ],
  ])('of %s: %s by %s', async (where, path, $apply, names, expected) => {
    await setOrganization(running(), {
      divisions: all.divisions.filter(({ number }) => number <= 6),
      deals: all.deals.filter(({ id }) => id <= 8 || (id === 12 && where.endsWith(withUS))),
    });
    const valueOf = (row: Record<string, unknown>, name: string): unknown =>
      name.split('/').reduce<unknown>((of, part) => (of as Record<string, unknown>)[part], row);
    const shown = (await ask(path, { $apply })).map((row) => {
      const values = names.map((name) => valueOf(row, name));
      return values.length === 1 ? values[0] : values;
    });
    const isOrdered = /(^|[/])traverse/.test($apply) || where.startsWith('7.10');
    const inOrder = (rows: readonly unknown[]): readonly unknown[] =>
      isOrdered ? rows : rows.toSorted((one, other) => textOrder(JSON.stringify(one), JSON.stringify(other)));
    expect(inOrder(shown)).toEqual(inOrder(expected));
  });
});
