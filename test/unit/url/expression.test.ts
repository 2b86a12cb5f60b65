/** Expressions: precedence, literals, paths, calls. Each row is a text and the outline of its Ast. */
import { defaultLimits, parseExpression } from '../../../src/odata/url';
import { caught } from './nodes';
import type { Argument, Expression, Path, PathSegment } from '../../../src/odata/url/ast';

const list = (items: readonly Expression[]): string => items.map(outline).join(' ');

/** The Ast in brackets: operators first. */
function outline(node: Expression): string {
  switch (node.kind) {
    case 'literal':
      return `${node.type}:${node.text}${node.typeName ? `:${node.typeName}` : ''}`;
    case 'null':
      return 'null';
    case 'alias':
      return `@${node.name}`;
    case 'unary':
      return `[${node.operator} ${outline(node.operand)}]`;
    case 'binary':
      return `[${node.operator} ${outline(node.left)} ${outline(node.right)}]`;
    case 'call':
      return `${node.name}(${list(node.arguments)})`;
    case 'case':
      return `case(${node.branches.map(({ condition, value }) => `${outline(condition)} => ${outline(value)}`).join(' ')})`;
    case 'type':
      return node.collection ? `type:Collection(${node.name})` : `type:${node.name}`;
    case 'list':
      return `{list ${list(node.items)}}`;
    case 'object':
      return `{object ${node.members.map(({ name, value }) => `${name}=${outline(value)}`).join(' ')}}`;
    case 'path':
      return outlineOfPath(node);
  }
}

const outlineOfPath = ({ root, alias, segments }: Path): string =>
  [...(root ? [root] : []), ...(alias ? [`@${alias.name}`] : []), ...segments.map(outlineOfSegment)].join('/');
const given = (items: readonly Argument[]): string =>
  `(${items.map(({ name, value }) => (name === undefined ? '' : `${name}=`) + outline(value)).join(' ')})`;

function outlineOfSegment(segment: PathSegment): string {
  switch (segment.kind) {
    case 'name':
      return (
        segment.name + (segment.arguments ? given(segment.arguments) : '') + (segment.key ? given(segment.key) : '')
      );
    case 'any':
    case 'all':
      return `${segment.kind}(${segment.predicate ? `${segment.variable ?? ''}: ${outline(segment.predicate)}` : ''})`;
    case '$count':
      return `$count${segment.options ? `(${Object.keys(segment.options).join(' ')})` : ''}`;
    case '$filter':
      return `$filter(${outline(segment.predicate)})${segment.key ? given(segment.key) : ''}`;
    case 'aggregate':
      return `aggregate(${segment.items.map(({ expression, method }) => `${expression ? outline(expression) : '$count'} ${method ?? ''}`).join(' ')})`;
    case 'annotation':
      return `@${segment.name}`;
  }
}

const parsed = (text: string): string => outline(parseExpression(text, '$filter'));

describe('operators, URL Conventions 5.1.1.17', () => {
  test.each([
    ['a eq b', '[eq a b]'],
    ['a or b and c', '[or a [and b c]]'],
    ['a and b or c', '[or [and a b] c]'],
    ['(a or b) and c', '[and [or a b] c]'],
    ['a eq b gt c', '[eq a [gt b c]]'],
    ['a gt b eq c', '[eq [gt a b] c]'],
    ['a lt b add c', '[lt a [add b c]]'],
    ['a add b mul c sub d', '[sub [add a [mul b c]] d]'],
    ['a sub b sub c', '[sub [sub a b] c]'],
    ['a div b divby c mod d', '[mod [divby [div a b] c] d]'],
    ['a eq b eq c', '[eq [eq a b] c]'],
    ['not a eq b', '[eq [not a] b]'],
    ['not a and b', '[and [not a] b]'],
    ['not (a eq b)', '[not [eq a b]]'],
    ['not(a)', '[not a]'],
    ['not not a', '[not [not a]]'],
    ['-a mul b', '[mul [negate a] b]'],
    ['- 5', '[negate integer:5]'],
    ['--5', '[negate integer:-5]'],
    ['-INF', 'double:-INF'],
    ['not a in (1)', '[not [in a {list integer:1}]]'],
    ["not a has NS.C'x'", '[not [has a enum:x:NS.C]]'],
    ['-a in (1) add 2', '[add [negate [in a {list integer:1}]] integer:2]'],
    ['a add b in (1)', '[add a [in b {list integer:1}]]'],
    ['A EQ b AND Not c', '[and [eq A b] [not c]]'],
    ['(a)and(b)', '[and a b]'],
    ['a \t eq   b', '[eq a b]'],
    ['eq eq eq', '[eq eq eq]'],
    ['android or orbit', '[or android orbit]'],
    ['a and b and c and d', '[and [and a b] [and c d]]'],
    ['a or b or c', '[or [or a b] c]'],
    ['(a and b) and c', '[and [and a b] c]'],
    ['a and (b and c)', '[and a [and b c]]'],
  ])('%s', (text, expected) => expect(parsed(text)).toBe(expected));
});

describe('in', () => {
  test.each([
    ["a in ('x','y')", '[in a {list string:x string:y}]'],
    ["a in( 'x' , null )", '[in a {list string:x null}]'],
    ['a in ()', '[in a {list }]'],
    ['a in ["x",1]', '[in a {list string:x integer:1}]'],
    ['a in ("x","y")', '[in a {list string:x string:y}]'],
    ['a in (b)', '[in a b]'],
    ['a in (1 add 2)', '[in a [add integer:1 integer:2]]'],
    ['a in @list', '[in a @list]'],
    ['a in b/c', '[in a b/c]'],
    ['[a,b] in [[1,2]]', '[in {list a b} {list {list integer:1 integer:2}}]'],
  ])('%s', (text, expected) => expect(parsed(text)).toBe(expected));
});

describe('literals', () => {
  test.each([
    ['null', 'null'],
    ['TRUE', 'boolean:true'],
    ['0', 'integer:0'],
    ['+42', 'integer:+42'],
    ['-123456789012345678', 'integer:-123456789012345678'],
    ['1234567890123456789', 'decimal:1234567890123456789'],
    ['-0.5', 'decimal:-0.5'],
    ['1e3', 'double:1e3'],
    ['-1.5E-7', 'double:-1.5E-7'],
    ['INF', 'double:INF'],
    ['NaN', 'double:NaN'],
    ["'O''Neil'", "string:O'Neil"],
    ["''", 'string:'],
    ["'PT1H'", 'string:PT1H'],
    ["duration'-P1DT2H3M4.5S'", 'duration:-P1DT2H3M4.5S'],
    ["DURATION'PT1H'", 'duration:PT1H'],
    ["binary'Zm8='", 'binary:Zm8='],
    ["NS.Color'Red,-2'", 'enum:Red,-2:NS.Color'],
    ['1B2c3d4e-1111-2222-3333-44445555666f', 'guid:1B2c3d4e-1111-2222-3333-44445555666f'],
    ['deadbeef-1111-2222-3333-444455556666', 'guid:deadbeef-1111-2222-3333-444455556666'],
    ['2024-02-29', 'date:2024-02-29'],
    ['-0044-03-15', 'date:-0044-03-15'],
    ['12024-01-01', 'date:12024-01-01'],
    ['23:59', 'timeOfDay:23:59'],
    ['23:59:60.123456789012', 'timeOfDay:23:59:60.123456789012'],
    ['2024-01-01T00:00Z', 'dateTimeOffset:2024-01-01T00:00Z'],
    ['2024-01-01t00:00:00.5-05:30', 'dateTimeOffset:2024-01-01t00:00:00.5-05:30'],
    ["geography'SRID=0;Point(1 2)'", 'geography:SRID=0;Point(1 2)'],
    ["geometry'SRID=4326;Polygon((1 1,1 1))'", 'geometry:SRID=4326;Polygon((1 1,1 1))'],
    ['["a",\'b\',[],{}]', '{list string:a string:b {list } {object }}'],
    ['{"a":1,"@odata.id":"x","c":{"d":null}}', '{object a=integer:1 @odata.id=string:x c={object d=null}}'],
    ['[ a , 2 add 3 ]', '{list a [add integer:2 integer:3]}'],
    ['["\\u0041\\"\\/"]', '{list string:A"/}'],
  ])('%s', (text, expected) => expect(parsed(text)).toBe(expected));

  test.each([
    "'a",
    '1.',
    '.5',
    '1e',
    '1x',
    '2024-13-01',
    '2024-01-32',
    '24:00',
    '1-2',
    "duration'P1Y'",
    "binary'X'",
    "NS.C'a b'",
    "geography'Point(1 2)'",
    '["a]',
    '{"a" 1}',
    '{a:1}',
    '["\\x"]',
    "datetime'2020-01-01T00:00'",
  ])('refuses %s', (text) => expect(caught(() => parsed(text))).toMatchObject({ code: 'SyntaxError' }));
});

describe('paths', () => {
  test.each([
    ['customer/number', 'customer/number'],
    ['NS.Vip/name', 'NS.Vip/name'],
    ['$it/id', '$it/id'],
    ['$this', '$this'],
    ['$these/$count', '$these/$count'],
    ["$root/Customers('A')/name", '$root/Customers(string:A)/name'],
    ['items/any()', 'items/any()'],
    ['items/any( i : i/x eq 1 )', 'items/any(i: [eq i/x integer:1])'],
    ['items/ALL(i:i/lines/any(l:l/x gt i/y))', 'items/all(i: i/lines/any(l: [gt l/x i/y]))'],
    ['items/$count gt 1', '[gt items/$count integer:1]'],
    ["items/$count($filter=x eq ';)';$search=blue) gt 1", '[gt items/$count($filter $search) integer:1]'],
    ['items/$count(FILTER=x) gt 1', '[gt items/$count($filter) integer:1]'],
    ['items/$filter(x gt 1)/$count', 'items/$filter([gt x integer:1])/$count'],
    ["items/$filter(x gt 1)(id='S')/y", 'items/$filter([gt x integer:1])(id=string:S)/y'],
    ['items/aggregate(x with sum) gt 5', '[gt items/aggregate(x sum) integer:5]'],
    ['items/aggregate($count)', 'items/aggregate($count )'],
    ['@Core.Messages/any(m:m/code eq 1)', '@Core.Messages/any(m: [eq m/code integer:1])'],
    ['price/@Measures.Currency#x', 'price/@Measures.Currency#x'],
    ['price/@Currency', 'price/@Currency'],
    ['@a', '@a'],
    ['@a/street', '@a/street'],
    ['Items(1)', 'Items(integer:1)'],
    ['Items(1)/name', 'Items(integer:1)/name'],
    ["Items(a=1,b='x')", 'Items(a=integer:1 b=string:x)'],
    ['NS.f()', 'NS.f()'],
    ['NS.f(x=a add 1,y=@p,z=["r"])/q', 'NS.f(x=[add a integer:1] y=@p z={list string:r})/q'],
    ['items/NS.f(c=1)(2)/name', 'items/NS.f(c=integer:1)(integer:2)/name'],
    ['größe eq 1', '[eq größe integer:1]'],
  ])('%s', (text, expected) => expect(parsed(text)).toBe(expected));

  test.each([
    'any()',
    'all(x:true)',
    'items/all()',
    'items/',
    '/items',
    'a/b/',
    '$root',
    '$foo/x',
    '$iteration',
    'a.b.',
    '@',
    'items/$count($top=1)',
    'items/any(x eq 1)',
    'größe€',
    'aggregate(x with sum)',
  ])('refuses %s', (text) => expect(caught(() => parsed(text))).toMatchObject({ status: 400 }));
});

describe('calls', () => {
  test.each([
    ["contains(a,'x')", 'contains(a string:x)'],
    ["CONTAINS( a , 'x' )", 'CONTAINS(a string:x)'],
    ['now()', 'now()'],
    ['geo.distance(a,@p)', 'geo.distance(a @p)'],
    ['cast(a,Edm.String)', 'cast(a type:Edm.String)'],
    ['cast(NS.T)', 'cast(type:NS.T)'],
    ['isof(a,Collection(NS.T))', 'isof(a type:Collection(NS.T))'],
    ['isof( Vip )', 'isof(type:Vip)'],
    ["cast(a,'Edm.Int32')", 'cast(a type:Edm.Int32)'],
    ["isof(a, 'Collection(NS.T)' )", 'isof(a type:Collection(NS.T))'],
    ["isof('NS.T')", 'isof(type:NS.T)'],
    ["cast('1',Edm.Int32)", 'cast(string:1 type:Edm.Int32)'],
    [
      'case(a gt 0:1 , a lt 0:-1, true : 0)',
      'case([gt a integer:0] => integer:1 [lt a integer:0] => integer:-1 boolean:true => integer:0)',
    ],
    ['substring(a,1,-2)', 'substring(a integer:1 integer:-2)'],
    ["tolower(trim(a)) eq 'x'", '[eq tolower(trim(a)) string:x]'],
  ])('%s', (text, expected) => expect(parsed(text)).toBe(expected));

  test.each([
    'contains(a',
    'contains(a,)',
    'contains(,a)',
    'case()',
    'case(a)',
    'cast(a,1)',
    "cast(a,'Edm.Int32)",
    "cast(a,Edm.Int32')",
    "cast(a,'Edm Int32')",
    'f(a))',
    'a b',
    'a eq',
    'eq',
    '(a',
    'a)',
    '',
    ' a',
    'a eq(b',
    "a eq ('b','c')",
    'a in (b,c)',
  ])('refuses %s', (text) => {
    if (text === 'eq') expect(parsed(text)).toBe('eq');
    else expect(caught(() => parsed(text))).toMatchObject({ code: 'SyntaxError' });
  });
});

describe('errors say what was found and expected at the furthest position', () => {
  test.each([
    ['displayName foo 1', 12, "Expected an operator or the end, but found 'foo'."],
    ['a eq ', 5, 'Expected an expression, but found the end.'],
    ["contains(a,'x'", 14, "Expected an operator, ',' or ')', but found the end."],
    ["a eq 'x", 5, 'The string has no closing quote.'],
    ['a in (1,b)', 8, "Expected a literal, but found 'b'."],
    [
      'a eq 2024-13-01',
      5,
      "Expected an expression, but found '2024-13-01'. A date has its month, 01 to 12, and its day in two digits: 2026-01-31.",
    ],
    ['items/any(i i/x)', 12, "Expected ':', but found 'i'."],
  ])('%s', (text, position, message) => {
    expect(caught(() => parsed(text))).toMatchObject({ code: 'SyntaxError', message, position, target: '$filter' });
  });
});

describe('what other languages and older versions write is answered with how it is written here', () => {
  test.each([
    ["a = 'x'", "Write 'eq'."],
    ["a == 'x'", "Write 'eq'."],
    ["a=='x'", "Write 'eq'."],
    ['a != 1', "Write 'ne'."],
    ['a <> 1', "Write 'ne'."],
    ['a >= 1', "Write 'ge'."],
    ['a<=1', "Write 'le'."],
    ['a > 1', "Write 'gt'."],
    ['a < 1', "Write 'lt'."],
    ['a eq 1 && b eq 2', "Write 'and'."],
    ['a eq 1 || b eq 2', "Write 'or'."],
    ['a + 1 eq 2', "Write 'add'."],
    ['a - 1 eq 2', "Write 'sub'."],
    ['a * 2 eq 4', "Write 'mul'."],
    ['a / 2 eq 4', "Write 'div' or 'divby'."],
    ['a % 2 eq 0', "Write 'mod'."],
    ['a is null', "Write 'eq null'."],
    ['a IS NOT NULL', "Write 'ne null'."],
    ["a like 'x%'", "Write 'contains', 'startswith', 'endswith' or 'matchesPattern'."],
    ["a not like 'x%'", "Write 'contains', 'startswith', 'endswith' or 'matchesPattern'."],
    ['a between 1 and 2', "Write 'ge' and 'le'."],
    ["a not in ('x')", "Write 'not (… in …)'."],
    ['a gt 2026-01-31T10:00:00', 'A point in time has its time zone: 2026-01-31T23:59:59Z.'],
    ['a gt 2026-01-31T10:00', 'A point in time has its time zone: 2026-01-31T23:59:59Z.'],
    ['a gt 2026-1-31', 'A date has its month, 01 to 12, and its day in two digits: 2026-01-31.'],
    ['a gt 5L', 'A number has no letter behind it.'],
    ['a gt 5.25M', 'A number has no letter behind it.'],
    ['a eq 7cf23114-b2f4-3726-8091-9dc46106b53', 'A Guid has 8, 4, 4, 4 and 12 hexadecimal digits.'],
    ["a gt datetime'2026-01-31T10:00:00'", 'Such a value is written 2026-01-31T23:59:59Z.'],
    [
      "a eq guid'7cf23114-b2f4-3726-8091-9dc46106b538'",
      'Such a value is written 01234567-89ab-cdef-0123-456789abcdef.',
    ],
  ])('%s', (text, sentence) => {
    const error = caught(() => parsed(text)) as { code?: unknown; message?: unknown };
    expect(error.code).toBe('SyntaxError');
    expect(String(error.message)).toMatch(/\. (.*)$/);
    expect(String(error.message).endsWith(` ${sentence}`)).toBe(true);
  });

  test.each(['a eq', 'a foo 1', '(a', 'a,b', "contains(a,'x'"])('%s has no advice', (text) => {
    const { message } = caught(() => parsed(text)) as { message?: unknown };
    expect(String(message)).toMatch(/^Expected [^.]*\.$/);
  });
});

describe('limits', () => {
  const codes = ['NestedTooDeeply', 'TooManyParts', 'TextTooLong'];
  const refused = (text: string): void => {
    const error = caught(() => parsed(text));
    expect(error).toMatchObject({ status: 400, target: '$filter' });
    expect(codes).toContain((error as { code?: unknown }).code);
  };
  const deep = 20_000;

  test.each([
    ['parentheses', '('.repeat(deep) + 'a' + ')'.repeat(deep)],
    ['not', 'not '.repeat(deep) + 'a'],
    ['minus', '-'.repeat(deep) + 'a'],
    ['arrays', '['.repeat(deep)],
    ['objects', '{"a":'.repeat(deep / 2)],
    ['calls', 'f('.repeat(deep)],
    ['lambdas', 'a/any(x:'.repeat(deep / 4)],
    ['counts', 'a/$count($filter='.repeat(deep / 8)],
    ['a chain of additions', `a${' add a'.repeat(5_000)}`],
    ['a chain of in', `a${' in b'.repeat(5_000)}`],
    ['nodes', `a${' or a'.repeat(6_000)}`],
    ['length', `'${'x'.repeat(defaultLimits.length)}'`],
  ])('%s', (_, text) => refused(text));

  test('a thousand conditions are no deep tree', () => {
    let depth = 0;
    for (
      let node = parseExpression(`a eq 1${' or a eq 1'.repeat(999)}`, '$filter');
      node.kind === 'binary';
      node = node.left
    )
      depth++;
    expect(depth).toBeLessThan(13);
  });

  test('a long list is fine', () =>
    expect(parsed(`a in (${Array.from({ length: 5_000 }, (_, index) => index).join(',')})`)).toContain(
      'integer:4999}',
    ));
});
