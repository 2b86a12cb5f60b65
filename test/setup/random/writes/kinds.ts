/** What the model of writes knows of the second model: types of entities, their values, good and bad, and how tables hold them. */
import type { Json } from '../../service';

/** A value as a body has it, and as `to_jsonb` gives it. */
export type Good = readonly [sent: unknown, stored: unknown];

export interface Field {
  readonly name: string;
  /** The column; that of a complex value is the beginning of those of its parts. */
  readonly column: string;
  readonly parts?: readonly Field[];
  readonly good: readonly Good[];
  readonly bad: readonly unknown[];
  readonly isNull: boolean;
  /** Undefined when a create must have it. */
  readonly initial: Good | undefined;
  /** A member of a collection of values; such collections are never null. */
  readonly isList?: boolean;
  /** Set on create only. */
  readonly isFixed?: boolean;
  /** What a PUT leaves out stays: the service fills it. */
  readonly isFilled?: boolean;
}

/** A navigation to one, whose foreign key the entity has. */
export interface Link {
  readonly name: string;
  readonly column: string;
  readonly target: string;
  /** The navigation of the other side: to many unless `isOne`. */
  readonly inverse?: string;
  readonly isOne?: boolean;
  readonly isNeeded?: boolean;
  /** What becomes of it when its target is deleted. */
  readonly onDelete: 'refuse' | 'null' | 'cascade';
  /** Only entities of this type are its targets. */
  readonly type?: string;
}

/** A table of pairs, seen from one side. */
export interface Pairs {
  readonly name: string;
  readonly target: string;
  readonly table: string;
  readonly own: readonly string[];
  readonly other: readonly string[];
}

export interface Derived {
  readonly name: string;
  readonly value: string;
  readonly fields: readonly Field[];
  readonly links: readonly Link[];
  readonly isKept?: boolean;
}

export interface Kind {
  readonly table: string;
  /** Undefined for what is contained. */
  readonly set?: string;
  readonly type: string;
  readonly key: readonly Field[];
  /** The database gives the key. */
  readonly isCounted?: boolean;
  readonly fields: readonly Field[];
  readonly links: readonly Link[];
  readonly pairs: readonly Pairs[];
  readonly version?: string;
  readonly open?: string;
  readonly isKept?: boolean;
  readonly isReadOnly?: boolean;
  /** The link to what contains it. */
  readonly container?: string;
  /** Columns whose values together are unique. */
  readonly unique: readonly (readonly string[])[];
  readonly discriminator?: string;
  readonly derived: readonly Derived[];
  /** Columns that the service sets. */
  readonly ignored: readonly string[];
}

type Values = readonly [readonly unknown[], readonly unknown[]];
const same = (values: readonly unknown[]): Good[] => values.map((value): Good => [value, value]);

const text: Values = [
  ['', 'a', "o'x", 'ü 😀', ' x ', '"\\', 'null', '2020-02-29'],
  [5, true, {}, ['a']],
];
const int: Values = [
  [0, 1, -5, 2147483647],
  ['x', 1.5, true, 2147483648, []],
];
const long: Values = [
  [0, 7, -9007199254740991, 9007199254740991],
  ['x', 0.5, 9223372036854776000, {}],
];
const real: Values = [
  [0, 0.5, 3000],
  ['x', -1, true, []],
];
const money: Values = [
  [0, 5.5, -1.25, 9999999.99],
  ['x', 1.234, 99999999, true],
];

interface Rest {
  readonly isNull?: boolean;
  readonly initial?: unknown;
  readonly column?: string;
  readonly isFixed?: boolean;
}
const field = (name: string, [good, bad]: Values, rest: Rest = {}): Field => ({
  name,
  column: rest.column ?? name,
  good: same(good),
  bad: [...bad, ...(rest.isNull ? [] : [null])],
  isNull: rest.isNull ?? false,
  initial: 'initial' in rest ? [rest.initial, rest.initial] : rest.isNull ? [null, null] : undefined,
  ...(rest.isFixed && { isFixed: true }),
});
const stored = (
  name: string,
  good: readonly Good[],
  bad: readonly unknown[],
  rest: Rest & { initial?: Good },
): Field => ({
  ...field(name, [[], bad], { ...rest, initial: undefined }),
  good,
  initial: rest.initial ?? (rest.isNull ? [null, null] : undefined),
});
const list = (name: string, good: readonly Good[], bad: readonly unknown[]): Field => ({
  ...stored(
    name,
    [[[], []], ...good.map(([a, b]): Good => [[a], [b]]), [good.map(([a]) => a), good.map(([, b]) => b)]],
    [null, 'x', {}, ...bad.map((item) => [item]), [null]],
    { initial: [[], []] },
  ),
  isList: true,
});
const complex = (name: string, column: string, parts: readonly Field[]): Field => {
  const isNull = parts.every((part) => part.isNull);
  return { name, column, parts, good: [], bad: [5, 'x', [], ...(isNull ? [] : [null])], isNull, initial: undefined };
};
const within = (prefix: string, parts: readonly Field[]): Field[] =>
  parts.map((part) => ({
    ...part,
    column: `${prefix}${part.column}`,
    ...(part.parts && { parts: within(prefix, part.parts) }),
  }));
const capital = (parts: readonly Field[]): Field[] =>
  parts.map((part) => ({ ...part, column: part.column.replace(/^./, (letter) => letter.toUpperCase()) }));

const nullable = { isNull: true };
const city = (name: string, prefix: string): Field =>
  complex(name, prefix, within(prefix, capital([field('name', text, nullable), field('region', text, nullable)])));
const moments: readonly Good[] = [
  ['2026-03-31T09:12:44Z', '2026-03-31T09:12:44+00:00'],
  ['2020-02-29T23:30:00+01:00', '2020-02-29T22:30:00+00:00'],
];

const kinds: Kind[] = [];
const base = { links: [], pairs: [], unique: [], derived: [], ignored: [] } as const;
const add = (kind: Pick<Kind, 'table' | 'type' | 'key' | 'fields'> & Partial<Kind>): void =>
  void kinds.push({ ...base, ...kind });

const room = (name: unknown, rest: object = {}): object => ({ name, tags: [], offers: [], ...rest });
const storedRoom = (name: unknown, rest: object = {}): object => ({
  beds: 1,
  name,
  tags: [],
  offers: [],
  features: 5,
  ...rest,
});

add({
  table: 'airlines',
  set: 'Airlines',
  type: 'Airline',
  key: [
    field('airlineCode', [
      ['AA', 'FM', 'MU', 'ZZ', "O'R", 'ü'],
      ['long', 5, null],
    ]),
  ],
  fields: [field('name', text, { initial: '' })],
  unique: [['name']],
});
add({
  table: 'people',
  set: 'People',
  type: 'Person',
  key: [
    field('userName', [
      ['russellwhyte', 'p1', 'p2', "p'3", 'p 4/%', 'ü'],
      [5, null],
    ]),
  ],
  fields: [
    field('firstName', text),
    field('lastName', text, nullable),
    field('age', long, nullable),
    stored(
      'gender',
      [
        ['Male', 0],
        ['Female', 1],
        ['Unknown', 2],
      ],
      ['Neither', true, null],
      { initial: ['Unknown', 2] },
    ),
    stored(
      'favoriteFeature',
      [
        ['Feature1', 1],
        ['Feature2,Feature3', 6],
      ],
      ['Feature9', {}, null],
      { initial: ['', 5] },
    ),
    list('emails', same(['a', '', 'ü,"', 'NULL']), [5, {}]),
    city('home', 'home_'),
    city('work', 'work_'),
  ],
  links: [{ name: 'bestFriend', column: 'best_friend', target: 'people', inverse: 'admirers', onDelete: 'null' }],
  version: 'concurrency',
  ignored: ['joinedAt', 'changedAt'],
});
add({
  table: 'trips',
  type: 'Trip',
  key: [field('shareId', [['0a11c0de-0000-4000-8000-000000000042'], []])],
  isCounted: true,
  fields: [
    {
      ...field('tripNumber', [
        [1, 2, 3, 999],
        ['x', 0, 1000, 1.5],
      ]),
      isFilled: true,
    },
    field('budget', real, nullable),
    stored('startsAt', moments, ['x', 5, '2026-13-01T00:00:00Z', null], {}),
    list('ratings', same([0, -1, 2147483647]), ['x', 1.5]),
  ],
  links: [
    { name: 'owner', column: 'owner', target: 'people', inverse: 'trips', isNeeded: true, onDelete: 'cascade' },
    { name: 'airline', column: 'airline', target: 'airlines', onDelete: 'refuse' },
  ],
  container: 'owner',
  unique: [['owner', 'tripNumber']],
  ignored: ['duration'],
});
add({
  table: 'passports',
  set: 'Passports',
  type: 'Passport',
  key: [field('number', [[99999], []])],
  isCounted: true,
  fields: [
    field(
      'issued',
      [
        ['2020-02-29', '2026-01-01'],
        ['x', '2021-02-29', 5],
      ],
      { isFixed: true },
    ),
  ],
  links: [
    {
      name: 'holder',
      column: 'holder',
      target: 'people',
      inverse: 'passport',
      isOne: true,
      isNeeded: true,
      onDelete: 'refuse',
    },
  ],
  unique: [['holder']],
  isKept: true,
});
add({
  table: 'hotels',
  set: 'Hotels',
  type: 'Hotel',
  key: [
    field('code', [
      ['grand', 'inn', 'void', 'h1', "h'2"],
      ['much too long', 5, null],
    ]),
  ],
  fields: [
    field('note', text, nullable),
    stored(
      'kinds',
      [
        [[], []],
        [
          ['Suite', 'Single'],
          [5, 0],
        ],
        [['Double'], [1]],
      ],
      [['Other'], null, 'x'],
      { initial: [[], []] },
    ),
    stored(
      'rooms',
      [
        [[], []],
        [[room('a')], [storedRoom('a')]],
        [
          [
            room('ü', { beds: 3, rate: 80.5, seen: { name: 'Ulm' } }),
            room('b', { offers: [{ price: 2 }], tags: ['x'] }),
          ],
          [
            storedRoom('ü', { beds: 3, rate: 80.5, seen: { name: 'Ulm' } }),
            storedRoom('b', { offers: [{ price: 2 }], tags: ['x'] }),
          ],
        ],
      ],
      [null, 'x', [5], [{}], [room('x', { beds: 'many' })], [room('x', { unknown: 1 })], [room('x', { offers: [{}] })]],
      { initial: [[], []] },
    ),
  ],
  links: [{ name: 'main', column: 'main', target: 'hotels', inverse: 'branches', onDelete: 'refuse' }],
  version: 'revision',
});
add({
  table: 'guests',
  set: 'Guests',
  type: 'Guest',
  key: [
    field('code', [
      ['ann', 'bob', 'g1', "g'2", 'ü'],
      ['much too long', 5, null],
    ]),
  ],
  fields: [field('name', text), field('age', int, nullable)],
  links: [{ name: 'host', column: 'host', target: 'guests', inverse: 'invited', onDelete: 'refuse' }],
  version: 'revision',
  open: 'extra',
});
add({
  table: 'students',
  set: 'Students',
  type: 'Student',
  key: [field('number', [[99999], []])],
  isCounted: true,
  fields: [field('name', text), field('age', int, nullable)],
  pairs: [
    { name: 'courses', target: 'courses', table: 'enrolments', own: ['student'], other: ['course'] },
    { name: 'mentors', target: 'students', table: 'mentors', own: ['mentee'], other: ['mentor'] },
    { name: 'mentees', target: 'students', table: 'mentors', own: ['mentor'], other: ['mentee'] },
  ],
  version: 'revision',
});
add({
  table: 'courses',
  set: 'Courses',
  type: 'Course',
  key: [
    field('code', [
      ['art', 'bio', "o'x", 'void', 'new'],
      [5, null],
    ]),
  ],
  fields: [
    field('fee', money, { initial: 0 }),
    field(
      'label',
      [
        ['AB-1', 'CD-22'],
        ['x', 'AB-12345678901', 5],
      ],
      nullable,
    ),
    list('tags', same(['x', 'ü']), ['a b', 'much too long', 5]),
    complex(
      'contract',
      'contract_',
      within(
        'contract_',
        capital([
          field(
            'text',
            [
              ['x', 'yx'],
              ['y', 5],
            ],
            nullable,
          ),
          field('sum', money, nullable),
        ]),
      ),
    ),
  ],
  pairs: [
    { name: 'students', target: 'students', table: 'enrolments', own: ['course'], other: ['student'] },
    { name: 'halls', target: 'halls', table: 'course_halls', own: ['course'], other: ['house', 'floor'] },
  ],
});
add({
  table: 'halls',
  set: 'Halls',
  type: 'Hall',
  key: [field('house', [['N', 'S'], [5]]), field('floor', [[1, 2, 9], ['x']])],
  fields: [field('seats', int)],
  isReadOnly: true,
});
add({
  table: 'venues',
  set: 'Venues',
  type: 'Venue',
  key: [
    field('code', [
      ['A', 'B', 'C', 'D', "E'"],
      ['much too long', 5, null],
    ]),
  ],
  fields: [
    complex(
      'place',
      'place_',
      within('place_', [
        field('label', text, { initial: 'somewhere', column: 'Label' }),
        city('city', 'city_'),
        complex(
          'point',
          'point_',
          within('point_', [
            field(
              'latitude',
              [
                [0, 48.5, -10],
                ['x', true],
              ],
              { column: 'Latitude' },
            ),
            field(
              'longitude',
              [
                [0, 9.99],
                ['x', true],
              ],
              { column: 'Longitude', initial: 0.5 },
            ),
          ]),
        ),
      ]),
    ),
    complex(
      'former',
      'former_',
      within('former_', [
        { ...field('label', text, { isNull: true, column: 'Label', initial: 'Old club' }) },
        city('city', 'city_'),
      ]),
    ),
  ],
  links: [{ name: 'annexOf', column: 'annex_of', target: 'venues', onDelete: 'refuse' }],
});
const employee: Omit<Derived, 'name' | 'value'> = {
  fields: [
    field('salary', money),
    field('level', int, { initial: 3 }),
    field('badge', int, nullable),
    city('office', 'office_'),
  ],
  links: [
    {
      name: 'manager',
      column: 'manager',
      target: 'contacts',
      inverse: 'directReports',
      onDelete: 'refuse',
      type: 'Manager',
    },
  ],
};
add({
  table: 'contacts',
  set: 'Contacts',
  type: 'Contact',
  key: [
    field('code', [
      ['ann', 'boss', 'chief', 'dora', 'fritz', 'c1', "c'2"],
      [5, null],
    ]),
  ],
  fields: [field('name', text)],
  links: [
    { name: 'airline', column: 'airline', target: 'airlines', onDelete: 'refuse' },
    { name: 'friend', column: 'friend', target: 'contacts', inverse: 'friends', onDelete: 'null' },
  ],
  unique: [['badge']],
  version: 'revision',
  discriminator: 'kind',
  derived: [
    { name: 'Contact', value: 'Contact', fields: [], links: [] },
    { name: 'Employee', value: 'employee', ...employee },
    { name: 'Manager', value: 'manager', ...employee, fields: [...employee.fields, field('budget', long, nullable)] },
    { name: 'Supplier', value: 'supplier', fields: [field('rating', int, nullable)], links: [], isKept: true },
  ],
  ignored: ['secret'],
});

export const tripPinKinds: readonly Kind[] = kinds;

/** Tables of pairs, and the tables that their columns refer to. */
export const pairTables: Readonly<Record<string, readonly (readonly [columns: readonly string[], table: string])[]>> = {
  enrolments: [
    [['course'], 'courses'],
    [['student'], 'students'],
  ],
  mentors: [
    [['mentee'], 'students'],
    [['mentor'], 'students'],
  ],
  course_halls: [
    [['course'], 'courses'],
    [['house', 'floor'], 'halls'],
  ],
};

export type Body = Record<string, unknown>;
export type Stored = Record<string, unknown>;
export type { Json };
