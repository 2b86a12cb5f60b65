/** Options, resource paths and whole requests. */
import { parseRequest, parseUrl, splitUrl } from '../../../src/odata/url';
import { Cursor } from '../../../src/odata/url/cursor';
import { parseExpression } from '../../../src/odata/url/expression';
import { parseSearchOption } from '../../../src/odata/url/search';
import { shapeOf } from '../../../src/odata/url/shape';
import { parseApply, parseCompute, parseExpand, parseOrderby, parseSearch, parseSelect } from './parse';
import { growthOfText } from '../../setup/growth';
import * as print from './printer';
import { caught, withoutPlaces } from './nodes';

const request = (target: string) => parseUrl(splitUrl(target));
const error = (code: string, more: object = {}) => ({ code, ...more });
const name = (text: string) => ({ kind: 'name', name: text });

describe('splitUrl: split first, then decode once', () => {
  test.each([
    ['', [], false, []],
    ['/', [], true, []],
    ['/customers/', ['customers'], true, []],
    ['customers//x', ['customers', 'x'], false, []],
    [
      "customers('a%2Fb')?a=%26&b=%253D&c",
      ["customers('a/b')"],
      false,
      [
        ['a', '&'],
        ['b', '%3D'],
        ['c', ''],
      ],
    ],
    ['x?%24filter=a%20eq%20%27A%26B%27', ['x'], false, [['$filter', "a eq 'A&B'"]]],
    ['x?&&a=b=c&', ['x'], false, [['a', 'b=c']]],
    ['x/$filter(a/b%20eq%20(1))/$count', ['x', '$filter(a/b eq (1))', '$count'], false, []],
    ['x?$filter=a%20gt%202021-02-03T00:00:00+01:00', ['x'], false, [['$filter', 'a gt 2021-02-03T00:00:00+01:00']]],
    ['x?$filter=a+eq+%27C%2B%2B+x%27', ['x'], false, [['$filter', "a eq 'C++ x'"]]],
    [
      'x?$filter=a+gt+2021-02-03T00%3A00%3A00.5+01%3A00+and+b+gt+1e+5',
      ['x'],
      false,
      [['$filter', 'a gt 2021-02-03T00:00:00.5+01:00 and b gt 1e+5']],
    ],
    ['x+y?a=1', ['x+y'], false, [['a', '1']]],
  ])('%s', (target, segments, trailingSlash, options) => {
    const parts = splitUrl(target);
    expect([parts.segments, parts.trailingSlash, parts.options.map(({ name: key, value }) => [key, value])]).toEqual([
      segments,
      trailingSlash,
      options,
    ]);
  });

  test.each(['x?a=%', 'x?a=%zz', 'x?%c3=1', "customers('%ff')", 'x?a=#b'])('refuses %s', (target) =>
    expect(caught(() => splitUrl(target))).toMatchObject(error('SyntaxError')),
  );
});

describe('option names', () => {
  test('in any case, with or without $', () => {
    expect(Object.keys(request('x?FILTER=a&$TOP=1&skip=2&$Count=TRUE').options)).toEqual([
      '$filter',
      '$top',
      '$skip',
      '$count',
    ]);
  });
  test('custom options and implicit parameters are kept', () => {
    const { custom, options } = request('x?foo=1&count=3&@p=5%20add%203&@q=["a"]');
    expect(custom.map(({ name: key, value }) => [key, value])).toEqual([
      ['foo', '1'],
      ['count', '3'],
    ]);
    expect([...(options.aliases ?? [])].map(([key, value]) => [key, print.expression(value)])).toEqual([
      ['p', '5 add 3'],
      ['q', '["a"]'],
    ]);
  });
  test.each([
    ['x?$expand=a($top=1;top=2)', 'RepeatedOption', '$expand'],
    ['x?$fitler=a', 'UnknownOption', '$fitler'],
    ['x?@1=a', 'UnknownOption', '@1'],
    ['x?$expand=a(foo=1)', 'UnknownOption', '$expand'],
    ['x?$expand=a/$ref($select=b)', 'OptionNotApplicable', '$expand'],
    ['x?$top=-1', 'SyntaxError', '$top'],
    ['x?$top=abc', 'SyntaxError', '$top'],
    ['x?$count=yes', 'SyntaxError', '$count'],
    ['x?$skiptoken=', 'SyntaxError', '$skiptoken'],
    ['x?$schemaversion=a b', 'SyntaxError', '$schemaversion'],
    ['x?$filter=(', 'SyntaxError', '$filter'],
    ['$entity?$format=json', 'SyntaxError', '$id'],
    ['$entity?$id=x&$select=a', 'OptionNotApplicable', '$select'],
  ])('%s is a %s', (target, code, option) =>
    expect(caught(() => request(target))).toMatchObject(error(code, { status: 400, target: option })),
  );
  test('an option given twice is grammar, but no request', () => {
    const repeated = ['x?$top=1&top=1', 'x?$Format=json&a=1&a=1&format=atom&$format=xml', 'x?@a=1&@a=2'];
    expect(repeated.map((target) => request(target).repeated)).toEqual([['$top'], ['$format', '$format'], ['@a']]);
    expect(repeated.map((target) => caught(() => parseRequest(splitUrl(target))))).toMatchObject(
      ['$top', '$format', '@a'].map((target) => error('RepeatedOption', { status: 400, target })),
    );
  });
  test('what $entity needs for $select', () =>
    expect(() => request('$entity?$id=x&$select=a')).toThrow('$entity without a type ($entity/Namespace.Type)'));
  test('the hint', () => expect(() => request('x?$fitler=a')).toThrow("Did you mean '$filter'?"));
});

describe('resource paths', () => {
  const guid = '1b2c3d4e-1111-2222-3333-444455556666';
  const literal = (type: string, raw: string, text = raw) => ({ kind: 'literal', type, raw, text });
  test.each([
    ['customers', [name('customers')]],
    [`customers(${guid})`, [{ ...name('customers'), arguments: [{ value: literal('guid', guid) }] }]],
    [
      "lines(parentId='a',id=@k)",
      [
        {
          ...name('lines'),
          arguments: [
            { name: 'parentId', value: literal('string', "'a'", 'a') },
            { name: 'id', value: { kind: 'alias', name: 'k' } },
          ],
        },
      ],
    ],
    [
      'f(c=2)(3)',
      [
        {
          ...name('f'),
          arguments: [{ name: 'c', value: literal('integer', '2') }],
          key: [{ value: literal('integer', '3') }],
        },
      ],
    ],
    ['f()/$query', [{ ...name('f'), arguments: [] }, { kind: '$query' }]],
    [`customers/${guid}/x`, [name('customers'), { ...name(guid), literal: literal('guid', guid) }, name('x')]],
    ["people/O'Neil/-1/a%2Fb%20(c)", [name('people'), name("O'Neil"), name('-1'), name('a/b (c)')]],
    ['a/5%E2%82%AC/x%E2%82%AC', [name('a'), name('5€'), name('x€')]],
    ['a/Microsoft.NAV.post', [name('a'), name('Microsoft.NAV.post')]],
    [
      'a/$filter(@f)/$filter(b/c%20gt%201)/$each/NS.do',
      [
        name('a'),
        { kind: '$filter', predicate: { kind: 'alias', name: 'f' } },
        expect.objectContaining({ kind: '$filter' }),
        { kind: '$each' },
        name('NS.do'),
      ],
    ],
    ['$crossjoin(a,b)', [{ kind: '$crossjoin', sets: [name('a'), name('b')] }]],
    ['$all/NS.T', [{ kind: '$all' }, name('NS.T')]],
    ['$metadata', [{ kind: '$metadata' }]],
    ['a/b/$value', [name('a'), name('b'), { kind: '$value' }]],
  ])('%s', (target, path) => expect(withoutPlaces(request(target).path)).toEqual(path));

  test.each([
    ["customers('x", 'path/0'],
    ['customers(id=wrong)', 'path/0'],
    ["lines(a=1;b='c')", 'path/0'],
    ['customers(1)x', 'path/0'],
    ['1customers', 'path/0'],
    ['$count', 'path/0'],
    ['a/$metadata', 'path/1'],
    ['a/$count/b', 'path/2'],
    ['a/$ref/$count', 'path/2'],
    ['a/$each/$count', 'path/2'],
    ['a/$cuont', 'path/1'],
    ['a/$filter(', 'path/1'],
    ['a/b(c', 'path/1'],
  ])('refuses %s', (target, source) =>
    expect(caught(() => request(target))).toMatchObject(error('SyntaxError', { target: source })),
  );
});

describe('$select, $expand, $orderby, $compute', () => {
  const options = (text: string) => text;
  test.each([
    ['id,number', 'id,number'],
    ['*', '*'],
    ['NS.*, id', 'NS.*,id'],
    ['address/NS.T/city', 'address/NS.T/city'],
    ['NS.f(a,b)', 'NS.f(a=a,b=b)'],
    [
      'tags($filter=$this eq 1;top=5;$orderby=$this desc;@c=1)',
      options('tags($filter=$this eq 1;$orderby=$this desc;$top=5;@c=1)'),
    ],
    ['@Core.Messages($top=5)', '@Core.Messages($top=5)'],
  ])('$select=%s', (text, expected) => expect(print.select(parseSelect(text, '$select'))).toBe(expected));

  test.each([
    ['items', 'items'],
    [
      'items/$ref,a/$count($filter=b;$search=c),*/$ref,*($levels=2),$value',
      'items/$ref,a/$count($filter=b;$search=c),*/$ref,*($levels=2),$value',
    ],
    [
      "items($filter=a eq ';)' ; $expand=b($select=c;$top=1);count=true;levels=max)",
      "items($filter=a eq ';)';$expand=b($select=c;$top=1);$count=true;$levels=max)",
    ],
    ['NS.T/a/NS.U($apply=aggregate(x with sum as y))', 'NS.T/a/NS.U($apply=aggregate(x with sum as y))'],
    ['a/*,@NS.Term($top=2)', 'a/*,@NS.Term($top=2)'],
    ['Manager($search=a;b;$top=1)', 'Manager($search=a;b;$top=1)'],
  ])('$expand=%s', (text, expected) => {
    const sorted = (given: string) => given.split(/[;()]/).sort();
    expect(sorted(print.expand(parseExpand(text, '$expand')))).toEqual(sorted(expected));
  });
  test.each(['', 'a,', 'a(', 'a()', 'a($levels=0)', 'a/$value', '*/a', 'a b', '/a', 'a/$ref/b', 'a($filter=b'])(
    'refuses $expand=%s',
    (text) => expect(caught(() => parseExpand(text, '$expand'))).toMatchObject(error('SyntaxError')),
  );
  test.each(['', 'a/*', 'a,,b', 'a($expand=b)', '1a', 'a(1)'])('refuses $select=%s', (text) =>
    expect(caught(() => parseSelect(text, '$select'))).toMatchObject({ status: 400 }),
  );

  test.each([
    ['a', 'a asc'],
    ['a DESC, b/c asc ,d/$count', 'a desc,b/c asc,d/$count asc'],
    ['asc asc', 'asc asc'],
    ['a ge b desc', 'a ge b desc'],
  ])('$orderby=%s', (text, expected) => expect(print.orderby(parseOrderby(text, '$orderby'))).toBe(expected));
  test('refuses another direction', () =>
    expect(() => parseOrderby('a up', '$orderby')).toThrow(
      "Expected an operator, 'asc', 'desc', ',' or the end, but found 'up'.",
    ));

  test('$compute', () =>
    expect(print.compute(parseCompute('a mul 2 as b, case(x:1) AS c', '$compute'))).toBe(
      'a mul 2 as b,case(x : 1) as c',
    ));
  test.each(['a', 'a as', 'a as 1', 'a as b.c', 'a b'])('refuses $compute=%s', (text) =>
    expect(caught(() => parseCompute(text, '$compute'))).toMatchObject(error('SyntaxError')),
  );
});

describe('$search', () => {
  test.each([
    ['blue', 'blue'],
    ['blue green', 'blue AND green'],
    ['a OR b AND NOT c', 'a OR (b AND NOT c)'],
    ['a b OR c d', '(a AND b) OR (c AND d)'],
    ['(a OR b) c', '(a OR b) AND c'],
    ['NOT NOT', 'NOT NOT'],
    ['AND OR NOT', 'AND OR NOT'],
    ['OR AND', 'OR AND AND'],
    ['a and b', '(a AND and) AND b'],
    ['"a  OR (b" c', '"a  OR (b" AND c'],
    ["'\"unfinished'", "'\"unfinished'"],
    ["Daniel's", "Daniel's"],
    ['a;b', 'a;b'],
    ['NOT(a)', 'NOT a'],
  ])('%s', (text, expected) => expect(print.search(parseSearch(text, '$search'))).toBe(expected));
  test.each([
    ['x?$search=a;b', '$search', 1],
    ['x?x=;&SEARCH=%C3%A9%22;%22%20;c', '$search', 5],
    ['x?%24search="a"b;', '$search', 4],
    ['x?$search=a;b=1', '$search', 1],
    ['x?$apply=search(a;b)', '$apply', 8],
    ["x?$apply=filter(a eq ';')/search%28%22;%22 a%3Bb;c=1)", '$apply', 31],
    ['x?$expand=y($search=a;b)', '$expand', 11],
    ["x?$expand=y($filter=a eq 'search(b;c)';$search=(a;b);$top=1)", '$expand', 39],
    ['x?select=y($top=1;search=é;)', '$select', 17],
    ['x?$expand=y/$count($search=a;b)', '$expand', 18],
    ['x?$expand=y($apply=search(a;$top=1))', '$expand', 17],
    ['x?$filter=y/$count($search=a;b) gt 1', '$filter', 18],
    ['x?$filter=@a&@a=y/$count($search=a;b) gt 1', '@a', 18],
    ['x/$filter(y/$count($search=a;b) gt 1)', 'path/1', 26],
  ])('a semicolon that is not percent-encoded is refused at its place in %s', (target, source, position) =>
    expect(caught(() => request(target))).toMatchObject(error('SyntaxError', { target: source, position })),
  );
  const searchOf = (target: string): string => {
    const { $search, $apply, $expand } = request(target).options;
    const first = $apply?.[0];
    const found = $search ?? (first?.kind === 'search' ? first.search : $expand?.[0]?.options.$search);
    return found ? print.search(found) : '';
  };
  test.each([
    ['$search=a%3Bb', 'a;b'],
    ['$search=a%3bb%20"c;d"', 'a;b AND "c;d"'],
    ["$search=%20'a;b'", "'a;b'"],
    ['search=%22;%22', '";"'],
    ['$search=a%3Bb=1', 'a;b=1'],
    ['$search=a OR %3B$top=1', 'a OR ;$top=1'],
    ['$search=NOT %3Bb', 'NOT ;b'],
    ['$apply=search(a%3Bb=1 %3B)', 'a;b=1 AND ;'],
    ['$apply=search("a;b")', '"a;b"'],
    ['$expand=y($search=a%3Bb)', 'a;b'],
    ['$expand=y($top=1;$search="a;b=1" c;$skip=2)', '"a;b=1" AND c'],
    ['$expand=y($search=%3B %3Ba;$top=1)', '; AND ;a'],
    ['$expand=y($search=a%3B$top=1)', 'a'],
  ])('a semicolon stands in a word as %3B, in quotes as itself, and between options: %s', (query, expected) =>
    expect(searchOf(`x?${query}`)).toBe(expected),
  );
  test.each(['', '"a', '""', '(a', 'a)', "'a", '()', "'a' b"])('refuses %s', (text) =>
    expect(caught(() => parseSearch(text, '$search'))).toMatchObject(error('SyntaxError')),
  );
});

describe('$apply', () => {
  test.each([
    'identity',
    'filter(a gt 1)/groupby((b,c/d),aggregate(e with sum as f,$count as g))/filter(f gt 2)',
    'concat(aggregate(a with sum as a),groupby((b),aggregate(a with sum as a))/concat(aggregate($count as UI5__count),top(20)))',
    'groupby((rollup(a/b,a/c),rollup(H),rollup($all,d,e)))',
    'aggregate(a with sum from b,c with average from d with max as e,Forecast from x as f,Budget,g/$count as h)',
    'topcount($these/$count div 10,a)/bottompercent(50,a)',
    'join(items as i,filter(a eq 1))/outerjoin(lines as l)',
    'nest(groupby((a)) as b,identity as c)/addnested(d/e,filter(a) as f)',
    'compute(a mul 2 as b)/orderby(b desc)/skip(2)/top(3)/search(x)',
    'ancestors($root/N,H,id,filter(a),2,keep start)/descendants($root/N,H,id,identity)',
    'traverse($root/N,H,id,preorder,filter(a),b desc)/traverse($root/N,H,id,postorder)',
    'groupby((rolluprecursive($root/N,H,o/id,descendants($root/N,H,id,filter(a)))))',
    "NS.custom(a=1,b='x')",
  ])('%s', (text) => expect(print.apply(parseApply(text, '$apply')).replaceAll(' asc', '')).toBe(text));
  test('in any case, with spaces', () =>
    expect(print.apply(parseApply('GroupBy( ( a , b ) , Aggregate( c WITH sum AS d ) )', '$apply'))).toBe(
      'groupby((a,b),aggregate(c with sum as d))',
    ));
  test.each([
    'aggregate()',
    'aggregate(a with sum)',
    'aggregate(a mul 2 as b)',
    'aggregate($count with sum as b)',
    'aggregate(a with sum from b as c)',
    'aggregate(a from b)',
    'aggregate(a($count as b))',
    'groupby(a)',
    'groupby((a/@NS.T))',
    'concat(identity)',
    'nest(identity)',
    'join(a)',
    'top(-1)',
    'top(x)',
    'fliter(a)',
    'filter(a)/',
    'ancestors($root/N,H,a(1)/id,identity)',
    'ancestors(N,H,id,identity)',
    'traverse($root/N,H,id,inorder)',
  ])('refuses %s', (text) =>
    expect(caught(() => parseApply(text, '$apply'))).toMatchObject(error('SyntaxError', { target: '$apply' })),
  );
  test('names a similar transformation', () =>
    expect(() => parseApply('fliter(a)', '$apply')).toThrow("Did you mean 'filter'?"));
});

describe('work grows with the length, not faster', () => {
  const steps = (text: string, parse: (cursor: Cursor) => unknown): number => {
    const cursor = new Cursor(text, '$filter', { length: 1e6, depth: 1e6, nodes: 1e6 });
    try {
      parse(cursor);
    } catch {
      // How much was tried is what counts.
    }
    return cursor.steps;
  };
  test.each<[string, (size: number) => string, (cursor: Cursor) => unknown]>([
    ['parentheses', (size) => '('.repeat(size / 10) + 'a', parseExpression],
    ['in lists', (size) => `a in (${'1,'.repeat(size)}b)`, parseExpression],
    ['groups behind in', (size) => 'a in ('.repeat(size / 10) + 'b', parseExpression],
    ['spaces', (size) => `${'a '.repeat(size)}`, parseExpression],
    ['and', (size) => `a${' and a'.repeat(size)}`, parseExpression],
    ['not a literal', (size) => `a in (${'b '.repeat(size)}`, parseExpression],
    ['search words', (size) => 'NOT AND OR '.repeat(size), parseSearchOption],
    ['search groups', (size) => '(a '.repeat(size / 10), parseSearchOption],
    ['semicolons', (size) => ';a'.repeat(size), parseSearchOption],
  ])('%s', (_, text, parse) => {
    const [once, twice] = [1_000, 2_000].map((size) => steps(text(size), parse));
    expect(twice).toBeLessThanOrEqual(2.1 * (once ?? 0) + 20);
  });

  test.each<[string, (size: number) => string]>([
    ['quotes', (size) => "'".repeat(2 * size + 1)],
    ['double quotes', (size) => '"\\'.repeat(size)],
    ['words', (size) => 'a'.repeat(size)],
    ['words and dots', (size) => 'a.'.repeat(size)],
    ['digits', (size) => `${'1'.repeat(size)}x`],
    ['dates', (size) => '2024-01-01-'.repeat(size / 10)],
    ['hexadecimal', (size) => 'deadbeef-'.repeat(size / 10)],
    ['search', (size) => '(search=(a'.repeat(size / 10)],
    ['spaces', (size) => `{"a"${' '.repeat(size)}`],
  ])('the shape of many %s', async (_, text) => {
    // As long as requests may be.
    const shape = (share: number): unknown =>
      shapeOf({ segments: [], trailingSlash: false, options: [{ name: '$filter', value: text(60_000 * share) }] });
    expect(await growthOfText(shape)).toBeLessThan(8);
  });
});
