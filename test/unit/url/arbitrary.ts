/** Random Asts for round trips and for the shape of requests. */
import fc, { type Arbitrary } from 'fast-check';
import type {
  AggregateItem,
  Argument,
  Case,
  ComputeItem,
  ExpandItem,
  Expression,
  GroupingItem,
  Literal,
  LiteralKind,
  NameSegment,
  OrderbyItem,
  Path,
  PathSegment,
  QueryOptions,
  SearchExpression,
  SelectItem,
  Transformation,
} from '../../../src/odata/url/ast';

const place = { source: '', at: 0 };
const names = [
  'number',
  'displayName',
  'period1Amount',
  'C00042',
  'größe',
  '_x',
  'eq',
  'notes',
  'nullable',
  'inStock',
  'a1',
  'deadbeef',
  'topic',
  'ascii',
  'e1',
];
const name = fc.constantFrom(...names);
const qualifiedName = fc.constantFrom(...names, 'NS.type', 'Microsoft.NAV.post', 'A.b1');
const plainText = fc.string({ unit: fc.constantFrom(...'ab1 %&;,()[]{}:=@$"/+-äé€😀.*?\''), maxLength: 8 });

const digits = (least: number, most: number): Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
const sign = fc.constantFrom('', '-', '+');
const two = (least: number, most: number): Arbitrary<string> =>
  fc.integer({ min: least, max: most }).map((value) => String(value).padStart(2, '0'));
const date = fc
  .tuple(fc.constantFrom('2024', '0001', '-0044', '12024'), two(1, 12), two(1, 28))
  .map((parts) => parts.join('-'));
const time = fc
  .tuple(two(0, 23), two(0, 59), fc.constantFrom('', ':00', ':59.123', ':60'))
  .map(([hour, minute, rest]) => `${hour}:${minute}${rest}`);
const hex = (length: number): Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: length, maxLength: length });

/** Texts of literals by kind. */
export const rawLiterals: Readonly<Record<Exclude<LiteralKind, 'boolean'>, Arbitrary<string>>> = {
  string: plainText.map((text) => `'${text.replaceAll("'", "''")}'`),
  integer: fc.tuple(sign, digits(1, 18)).map((parts) => parts.join('')),
  decimal: fc.oneof(
    fc.tuple(sign, digits(1, 9), fc.constant('.'), digits(1, 9)).map((parts) => parts.join('')),
    digits(19, 30),
  ),
  double: fc.oneof(
    fc.tuple(sign, digits(1, 3), fc.constantFrom('e1', 'E-7', '.5e+10')).map((parts) => parts.join('')),
    fc.constantFrom('INF', '-INF', 'NaN'),
  ),
  guid: fc.tuple(hex(8), hex(4), hex(4), hex(4), hex(12)).map((parts) => parts.join('-')),
  date,
  timeOfDay: time,
  dateTimeOffset: fc
    .tuple(date, fc.constantFrom('T', 't'), time, fc.constantFrom('Z', 'z', '+01:00', '-11:30'))
    .map((parts) => parts.join('')),
  duration: fc.constantFrom('PT1H', '-P6DT23H59M59.9S', 'P1D').map((text) => `duration'${text}'`),
  binary: fc.constantFrom('', 'Zg', 'Zm9v', 'Zm8=').map((text) => `binary'${text}'`),
  enum: fc.constantFrom('A', 'A,B', '1,-2').map((text) => `NS.Color'${text}'`),
  geography: fc.constantFrom('1 2', '-3.5 4e1').map((text) => `geography'SRID=0;Point(${text})'`),
  geometry: fc.constantFrom('1 2', '-3.5 4e1').map((text) => `geometry'SRID=0;Point(${text})'`),
};

const textOf = (raw: string): string =>
  raw.includes("'") ? raw.slice(raw.indexOf("'") + 1, -1).replaceAll("''", "'") : raw;
const kinds = Object.keys(rawLiterals).filter((kind): kind is keyof typeof rawLiterals => kind in rawLiterals);
const literal: Arbitrary<Literal> = fc.oneof(
  ...kinds.map((type) =>
    rawLiterals[type].map((raw): Literal => ({
      kind: 'literal',
      type,
      text: textOf(raw),
      raw,
      place,
      ...(type === 'enum' && { typeName: 'NS.Color' }),
    })),
  ),
  fc
    .constantFrom('true', 'False')
    .map((raw): Literal => ({ kind: 'literal', type: 'boolean', text: raw.toLowerCase(), raw, place })),
);
const jsonString = plainText.map((text): Literal => ({
  kind: 'literal',
  type: 'string',
  text,
  raw: JSON.stringify(text),
  place,
}));
const integer = digits(1, 9).map((raw): Literal => ({ kind: 'literal', type: 'integer', text: raw, raw, place }));

const nameSegment = (arbitrary: Arbitrary<string>): Arbitrary<NameSegment> =>
  arbitrary.map((text): NameSegment => ({ kind: 'name', name: text, place }));
const namePath: Arbitrary<Path> = fc
  .array(nameSegment(qualifiedName), { minLength: 1, maxLength: 3 })
  .map((segments): Path => ({ kind: 'path', segments, place }));
const isShort = { maxLength: 2, minLength: 1 };

interface Ties {
  expression: Expression;
  path: Path;
  options: QueryOptions;
  search: SearchExpression;
  sequence: readonly Transformation[];
  [other: string]: unknown;
}

/** Leaves away what is undefined: absent and undefined are not the same. */
const record = <T extends object>(
  model: { [K in keyof T]: Arbitrary<T[K]> },
  requiredKeys?: (keyof T)[],
): Arbitrary<Partial<T>> => fc.record(model, { requiredKeys: requiredKeys ?? [] });

const { expression, path, options, search, sequence } = fc.letrec<Ties>((tie) => {
  const inner = tie('expression');
  const named: Arbitrary<Argument> = fc
    .tuple(name, inner)
    .map(([text, value]): Argument => ({ name: text, value, place }));
  const given: Arbitrary<readonly Argument[]> = fc.oneof(
    fc.array(named, { maxLength: 2 }),
    inner.map((value): Argument[] => [{ value, place }]),
  );
  const calledSegment = fc
    .tuple(qualifiedName, given)
    .map(([text, items]): NameSegment => ({ kind: 'name', name: text, arguments: items, place }));
  const lastSegment: Arbitrary<PathSegment> = fc.oneof(
    fc
      .tuple(fc.constantFrom('any' as const, 'all' as const), name, inner)
      .map(([kind, variable, predicate]): PathSegment => ({ kind, variable, predicate, place })),
    fc.constant<PathSegment>({ kind: 'any', place }),
    fc.constant<PathSegment>({ kind: '$count', place }),
    record<QueryOptions>({ $filter: inner, $search: tie('search') })
      .filter((given) => Object.keys(given).length > 0)
      .map((given): PathSegment => ({ kind: '$count', options: given, place })),
    inner.map((predicate): PathSegment => ({ kind: '$filter', predicate, place })),
    fc
      .constantFrom('Core.Messages', 'Messages#one')
      .map((text): PathSegment => ({ kind: 'annotation', name: text, place })),
    namePath.map((expression): PathSegment => ({
      kind: 'aggregate',
      items: [{ expression, method: 'sum', from: [], place }],
      place,
    })),
  );
  const ending = fc.array(
    fc.oneof({ weight: 3, arbitrary: nameSegment(qualifiedName) }, { weight: 1, arbitrary: calledSegment }),
    { maxLength: 2 },
  );
  const pathNode: Arbitrary<Path> = fc.oneof(
    { weight: 3, arbitrary: namePath },
    fc
      .tuple(fc.constantFrom('$it' as const, '$this' as const, '$these' as const), ending)
      .map(([root, segments]): Path => ({ kind: 'path', root, segments, place })),
    fc.tuple(name, given).map(([text, items]): Path => ({
      kind: 'path',
      root: '$root',
      segments: [{ kind: 'name', name: text, arguments: items, place }],
      place,
    })),
    fc.tuple(name, nameSegment(name)).map(([text, next]): Path => ({
      kind: 'path',
      alias: { kind: 'alias', name: text, place },
      segments: [next],
      place,
    })),
    fc
      .tuple(nameSegment(name), ending, lastSegment)
      .map(([first, middle, last]): Path => ({ kind: 'path', segments: [first, ...middle, last], place })),
    fc.tuple(qualifiedName, named, ending).map(([text, first, rest]): Path => ({
      kind: 'path',
      segments: [{ kind: 'name', name: text, arguments: [first], place }, ...rest],
      place,
    })),
  );
  const listNode = fc
    .array(fc.oneof(inner, jsonString), { maxLength: 3 })
    .map((items): Expression => ({ kind: 'list', items, place }));
  const binaryNode = (
    operators: readonly Extract<Expression, { kind: 'binary' }>['operator'][],
    right: Arbitrary<Expression>,
  ): Arbitrary<Expression> =>
    fc.tuple(fc.constantFrom(...operators), inner, right).map(([operator, left, other]): Expression => ({
      kind: 'binary',
      operator,
      left,
      right: other,
      place,
      operatorAt: 0,
    }));
  const branch = fc.tuple(inner, inner).map(([condition, value]): Case['branches'][number] => ({ condition, value }));
  const orderbyItems = fc.array(
    fc
      .tuple(inner, fc.constantFrom('asc' as const, 'desc' as const))
      .map(([of, direction]): OrderbyItem => ({ expression: of, direction, place })),
    isShort,
  );
  const computeItems = fc.array(
    fc.tuple(inner, name).map(([of, as]): ComputeItem => ({ expression: of, as, place })),
    isShort,
  );
  const from = fc.array(
    fc
      .tuple(fc.array(namePath, isShort), fc.constantFrom('average', 'NS.m'))
      .map(([properties, method]) => ({ properties, method })),
    { maxLength: 2 },
  );
  const aggregateItem: Arbitrary<AggregateItem> = fc.oneof(
    fc
      .tuple(
        inner.filter((node) => node.kind !== 'path'),
        fc.constantFrom('sum', 'countdistinct', 'NS.m'),
        from,
        name,
      )
      .map(([of, method, steps, as]): AggregateItem => ({ expression: of, method, from: steps, as, place })),
    fc.tuple(from, name).map(([steps, as]): AggregateItem => ({ from: steps, as, place })),
    namePath.map((of): AggregateItem => ({ expression: of, from: [], place })),
    fc.tuple(namePath, name).map(([of, as]): AggregateItem => ({ expression: of, from: [], as, place })),
  );
  const hierarchy = fc
    .tuple(name, name, namePath)
    .map(([set, qualifier, node]): Expression[] => [
      { kind: 'path', root: '$root', segments: [{ kind: 'name', name: set, place }], place },
      { kind: 'path', segments: [{ kind: 'name', name: qualifier, place }], place },
      node,
    ]);
  const applied = tie('sequence');
  const groupingItem: Arbitrary<GroupingItem> = fc.oneof(
    { weight: 3, arbitrary: namePath.map((of): GroupingItem => ({ kind: 'path', path: of, place })) },
    fc
      .tuple(fc.boolean(), fc.array(namePath, isShort))
      .map(([all, paths]): GroupingItem => ({ kind: 'rollup', all, paths, place })),
    fc
      .tuple(hierarchy, fc.oneof(fc.constant([]), applied))
      .map(([args, apply]): GroupingItem => ({ kind: 'rolluprecursive', arguments: args, apply, place })),
  );
  const nestItems = fc.array(
    fc.tuple(applied, name).map(([apply, as]) => ({ apply, as })),
    isShort,
  );
  const amounts = ['topcount', 'topsum', 'toppercent', 'bottomcount', 'bottomsum', 'bottompercent'] as const;
  const deepTransformation: Arbitrary<Transformation> = fc.oneof(
    inner.map((predicate): Transformation => ({ kind: 'filter', predicate, place })),
    tie('search').map((of): Transformation => ({ kind: 'search', search: of, place })),
    orderbyItems.map((items): Transformation => ({ kind: 'orderby', items, place })),
    computeItems.map((items): Transformation => ({ kind: 'compute', items, place })),
    fc.array(aggregateItem, isShort).map((items): Transformation => ({ kind: 'aggregate', items, place })),
    fc
      .tuple(fc.array(groupingItem, isShort), fc.oneof(fc.constant([]), applied))
      .map(([grouping, apply]): Transformation => ({ kind: 'groupby', grouping, apply, place })),
    fc
      .array(applied, { minLength: 2, maxLength: 3 })
      .map((sequences): Transformation => ({ kind: 'concat', sequences, place })),
    fc
      .tuple(fc.constantFrom('join' as const, 'outerjoin' as const), namePath, name, fc.oneof(fc.constant([]), applied))
      .map(([kind, of, as, apply]): Transformation => ({ kind, path: of, as, apply, place })),
    nestItems.map((items): Transformation => ({ kind: 'nest', items, place })),
    fc.tuple(namePath, nestItems).map(([of, items]): Transformation => ({ kind: 'addnested', path: of, items, place })),
    fc
      .tuple(fc.constantFrom(...amounts), inner, inner)
      .map(([kind, amount, by]): Transformation => ({ kind, amount, by, place })),
    fc
      .tuple(
        fc.constantFrom('ancestors' as const, 'descendants' as const),
        hierarchy,
        applied,
        fc.option(integer, { nil: undefined }),
        fc.boolean(),
      )
      .map(([kind, args, apply, distance, keepStart]): Transformation => ({
        kind,
        arguments: args,
        apply,
        keepStart,
        place,
        ...(distance && { distance }),
      })),
    fc
      .tuple(
        hierarchy,
        fc.constantFrom('preorder' as const, 'postorder' as const),
        fc.array(namePath, { maxLength: 2 }),
      )
      .map(([args, order, paths]): Transformation => ({
        kind: 'traverse',
        arguments: args,
        order,
        apply: [],
        orderby: paths.map((of) => ({ expression: of, direction: 'desc', place })),
        place,
      })),
    fc
      .array(named, { maxLength: 2 })
      .map((items): Transformation => ({ kind: 'function', name: 'NS.custom', arguments: items, place })),
  );
  const flatTransformation: Arbitrary<Transformation> = fc.oneof(
    fc.constant<Transformation>({ kind: 'identity', place }),
    fc
      .tuple(fc.constantFrom('top' as const, 'skip' as const), integer)
      .map(([kind, count]): Transformation => ({ kind, count, place })),
  );
  const selectItem: Arbitrary<SelectItem> = fc.oneof(
    { depthSize: 'small' },
    nameSegment(qualifiedName).map((first): SelectItem => ({ path: [first], options: {}, place })),
    fc.constant<SelectItem>({ path: [], star: true, options: {}, place }),
    nameSegment(qualifiedName).map((namespace): SelectItem => ({ path: [namespace], star: true, options: {}, place })),
    fc
      .tuple(
        fc.array(nameSegment(qualifiedName), isShort),
        record<QueryOptions>({ $filter: inner, $top: integer, $count: fc.boolean() }),
      )
      .map(([of, given]): SelectItem => ({ path: of, options: given, place })),
  );
  const expandItem: Arbitrary<ExpandItem> = fc.oneof(
    { depthSize: 'small' },
    fc.array(nameSegment(qualifiedName), isShort).map((of): ExpandItem => ({ path: of, options: {}, place })),
    fc.constantFrom<ExpandItem>(
      { path: [], star: true, options: {}, place },
      { path: [], suffix: '$value', options: {}, place },
      { path: [], star: true, options: { $levels: 2 }, place },
    ),
    fc
      .tuple(
        nameSegment(name),
        fc.constantFrom('$ref' as const, '$count' as const),
        record<QueryOptions>({ $filter: inner, $search: tie('search') }),
      )
      .map(([of, suffix, given]): ExpandItem => ({ path: [of], suffix, options: given, place })),
    fc
      .tuple(fc.array(nameSegment(qualifiedName), isShort), tie('options'))
      .map(([of, given]): ExpandItem => ({ path: of, options: given, place })),
  );
  const word = fc.constantFrom('blue', '1984', "Daniel's", 'and', 'brand-new', 'a,b', 'Δ', '08/15', 'NOTE', 'a=1');
  return {
    path: pathNode,
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 2, arbitrary: literal },
      { weight: 2, arbitrary: namePath },
      fc.constant<Expression>({ kind: 'null', place }),
      name.map((text): Expression => ({ kind: 'alias', name: text, place })),
      pathNode,
      fc
        .tuple(fc.constantFrom('not' as const, 'negate' as const), inner)
        .map(([operator, operand]): Expression => ({ kind: 'unary', operator, operand, place })),
      {
        weight: 4,
        arbitrary: binaryNode(
          ['or', 'and', 'eq', 'ne', 'gt', 'ge', 'lt', 'le', 'add', 'sub', 'mul', 'div', 'divby', 'mod'],
          inner,
        ),
      },
      binaryNode(['in'], fc.oneof(listNode, namePath)),
      binaryNode(
        ['has'],
        rawLiterals.enum.map((raw): Literal => ({
          kind: 'literal',
          type: 'enum',
          text: textOf(raw),
          raw,
          typeName: 'NS.Color',
          place,
        })),
      ),
      fc
        .tuple(
          fc.constantFrom('contains', 'now', 'geo.distance', 'concat'),
          fc.array(inner, { minLength: 1, maxLength: 3 }),
        )
        .map(([text, args]): Expression => ({ kind: 'call', name: text, arguments: args, place })),
      fc.constant<Expression>({ kind: 'call', name: 'now', arguments: [], place }),
      fc.tuple(fc.constantFrom('cast', 'isof'), inner, fc.boolean()).map(([text, of, collection]): Expression => ({
        kind: 'call',
        name: text,
        arguments: [of, { kind: 'type', name: 'Edm.String', collection, place }],
        place,
      })),
      fc.array(branch, isShort).map((branches): Expression => ({ kind: 'case', branches, place })),
      listNode,
      fc
        .array(
          fc.tuple(plainText, fc.oneof(inner, jsonString)).map(([text, value]) => ({ name: text, value })),
          { maxLength: 2 },
        )
        .map((members): Expression => ({ kind: 'object', members, place })),
    ),
    search: fc.oneof(
      { depthSize: 'small' },
      word.map((text): SearchExpression => ({ kind: 'term', text, phrase: false, place })),
      fc
        .constantFrom('blue green', 'a;b)', 'NOT')
        .map((text): SearchExpression => ({ kind: 'term', text, phrase: true, place })),
      tie('search').map((operand): SearchExpression => ({ kind: 'not', operand, place })),
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), tie('search'), tie('search'))
        .map(([kind, left, right]): SearchExpression => ({ kind, left, right, place })),
    ),
    sequence: fc.array(fc.oneof({ depthSize: 'small' }, flatTransformation, deepTransformation), {
      minLength: 1,
      maxLength: 2,
    }),
    options: record<QueryOptions>({
      $filter: inner,
      $orderby: orderbyItems,
      $compute: computeItems,
      $search: tie('search'),
      $select: fc.array(selectItem, isShort),
      $expand: fc.array(expandItem, isShort),
      $apply: applied,
      $top: integer,
      $skip: integer,
      $count: fc.boolean(),
      $levels: fc.constantFrom(1, 12, 'max' as const),
      aliases: fc.tuple(name, inner).map((entry) => new Map([entry])),
    }),
  };
});

export { expression, options, path, search, sequence };
