import 'reflect-metadata';
import {
  AfterLoad,
  ChildEntity,
  Column,
  DeleteDateColumn,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  TableInheritance,
  ViewEntity,
  VirtualColumn,
} from 'typeorm';
import {
  ComplexType,
  EntityType,
  Navigation,
  OperationBook,
  Property,
  sql,
  type PropertyOptions,
} from '../../../src/odata';
import { buildModel } from '../../../src/odata/model/build-model';
import { readMetadata } from '../../../src/odata/model/metadata-reader';

type Class = new () => object;
type Decorator = (prototype: object, name: string) => void;

/** A class with a key and one more member that the decorators stand on. */
function entity(
  member: string,
  decorators: readonly Decorator[],
  ...ofClass: readonly ((target: Class) => void)[]
): Class {
  class Thing {}
  PrimaryColumn({ type: 'uuid' })(Thing.prototype, 'id');
  for (const decorator of decorators) decorator(Thing.prototype, member);
  for (const decorator of ofClass) decorator(Thing);
  if (!ofClass.some((decorator) => decorator === unmodelled)) EntityType({ name: 'thing', entitySet: 'things' })(Thing);
  Entity('things')(Thing);
  return Thing;
}

const unmodelled = (): void => undefined;
const text = { type: 'text' } as const;

async function problems(
  classes: readonly Class[],
  namespace = 'Test',
  { declarations: operations } = new OperationBook(),
): Promise<readonly string[]> {
  const dataSource = await readMetadata(classes);
  try {
    buildModel({ dataSource, namespace, operations });
  } catch (error) {
    return error instanceof Error ? error.message.split('\n').slice(1) : [];
  }
  return [];
}

const member = (...decorators: readonly Decorator[]): readonly Class[] => [entity('it', decorators)];

/** The class as a media entity. */
function describing(content: string, target: Class): Class {
  EntityType({ name: 'thing', media: { content } })(target);
  return target;
}

/** Two classes derived from one. */
function hierarchy(of: { unmodelled?: boolean; member?: string }): readonly Class[] {
  const base = entity('it', [Column(text)], TableInheritance({ column: { type: 'varchar', name: 'kind' } }));
  class One extends base {}
  class Two extends base {}
  Column(text)(One.prototype, 'mine');
  Column(text)(Two.prototype, of.member ?? 'other');
  if (!of.unmodelled) EntityType({ name: 'one' })(One);
  EntityType({ name: 'two' })(Two);
  ChildEntity('one')(One);
  ChildEntity('two')(Two);
  return [base, One, Two];
}

const kind = (members: Record<string, number>, isFlags = false): Decorator =>
  Property({ enumType: { name: 'kind', members, isFlags } });
const labels = (enumName?: string): Decorator =>
  Column({ type: 'enum', enum: ['A', 'B'], ...(enumName === undefined ? {} : { enumName }) });

/** The class with the column of its dynamic properties. */
function open(column: string, target: Class): Class {
  EntityType({ name: 'thing', entitySet: 'things', open: column })(target);
  return target;
}

/** A collection of values of a class with one member, and what TypeORM and the engine are told about it. */
function items(
  column: Decorator,
  options: PropertyOptions,
  member: readonly Decorator[],
  ofClass: (target: Class) => void = ComplexType({ name: 'item' }),
): readonly Class[] {
  class Item {}
  for (const decorator of member) decorator(Item.prototype, 'part');
  ofClass(Item);
  return [entity('it', [column, Property({ collectionOf: Item, ...options })])];
}

const jsonb = Column({ type: 'jsonb' });

const REPEATS = 'repeats a group that matches in several ways, or refers back to one, which could take for ever';

/** Nodes of a hierarchy, with a property that is unique, one that is not, and a relation to themselves. */
function nodes(
  node: string,
  parent: string,
  ...derived: readonly Readonly<Record<string, string>>[]
): readonly Class[] {
  class Thing {}
  PrimaryColumn(text)(Thing.prototype, 'code');
  Column(text)(Thing.prototype, 'loose');
  ManyToOne(() => Thing)(Thing.prototype, 'above');
  const more = derived.map((told, index) => [`Tree${index}`, { node, parent, derived: told }] as const);
  EntityType({ name: 'thing', recursiveHierarchies: { Tree: { node, parent }, ...Object.fromEntries(more) } })(Thing);
  Entity('things')(Thing);
  return [Thing];
}

const refused: readonly (readonly [what: string, classes: () => readonly Class[], message: string])[] = [
  [
    'a node that is not unique',
    () => nodes('loose', 'above'),
    'Thing: loose identifies the nodes of Tree: it must be a property whose column is unique.',
  ],
  [
    'a parent that is none',
    () => nodes('code', 'loose'),
    'Thing: loose leads to the parents in Tree: it must be a navigation property to the type.',
  ],
  [
    'a name for what is derived that a column has',
    () => nodes('code', 'above', { DrillState: 'loose' }),
    'Thing: loose cannot tell DrillState: it tells something else already.',
  ],
  [
    'one name for two things that are derived',
    () => nodes('code', 'above', { DrillState: 'told' }, { LimitedRank: 'told' }),
    'Thing: told cannot tell LimitedRank: it tells something else already.',
  ],
  [
    'a transformer',
    () => member(Column({ ...text, transformer: { from: String, to: String } })),
    'Thing: the transformer of it would not run.',
  ],
  [
    'select: false',
    () => member(Column({ ...text, select: false })),
    'Thing: it is selected all the same; hide it with @Property({ hidden: true }) instead of select: false.',
  ],
  [
    'insert: false',
    () => member(Column({ ...text, insert: false })),
    'Thing: insert: false of it would be ignored; say @Property({ computed: true }) instead.',
  ],
  [
    'update: false',
    () => member(Column({ ...text, update: false })),
    'Thing: update: false of it would be ignored; say @Property({ immutable: true }) instead.',
  ],
  [
    'soft deletion',
    () => member(DeleteDateColumn({ type: 'timestamptz' })),
    'Thing: rows that it marks as deleted would still be shown.',
  ],
  [
    'a collection that may be null',
    () => member(Column({ ...text, array: true, nullable: true })),
    'Thing: it may be null, but a collection never is.',
  ],
  [
    'a column that may hold null for a property that may not',
    () => member(Column({ ...text, nullable: true }), Property({ nullable: false })),
    'Thing.it: the column may be null, so the property must be nullable.',
  ],
  ['a listener', () => [entity('after', [AfterLoad()])], 'Thing: the listener after (after-load) would not be called.'],
  [
    'an eager relation',
    () => {
      const parent = entity('name', [Column(text)]);
      return [parent, renamed('child', [ManyToOne(() => parent, { eager: true })])];
    },
    'Thing: the relation it must be neither eager nor lazy.',
  ],
  [
    'a lazy relation',
    () => {
      const parent = entity('name', [Column(text)]);
      return [parent, renamed('child', [ManyToOne(() => parent, { lazy: true })])];
    },
    'Thing: the relation it must be neither eager nor lazy.',
  ],
  [
    'a relation of many to many without a table',
    () => {
      const parent = entity('name', [Column(text)]);
      return [parent, renamed('child', [ManyToMany(() => parent)])];
    },
    'Thing: the relation it is many-to-many and needs @JoinTable on one of its sides.',
  ],
  [
    'a relation of many to many that contains',
    () => {
      const parent = entity('name', [Column(text)]);
      return [parent, renamed('child', [ManyToMany(() => parent), JoinTable(), Navigation({ contained: true })])];
    },
    'Thing: the entities of it have many parents, so that none contains them.',
  ],
  ...(
    [
      ['(', 20, 'is no valid regular expression'],
      ['^a+$', undefined, 'needs a maximum length of the text'],
      ['a*b*c*', 1000, 'could take long for texts of 1000 characters'],
      ['^(a+)+$', 20, REPEATS],
      ['^(a|b)*$', 20, REPEATS],
      ['^(?:a{1,3})+$', 20, REPEATS],
      ['^((a?)b)*$', 20, REPEATS],
      ['^(a)\\1$', 20, REPEATS],
    ] as const
  ).map(
    ([pattern, length, problem]) =>
      [
        `the pattern ${pattern} for ${length ?? 'any number of'} characters`,
        () => member(Column({ type: 'varchar', ...(length ? { length } : {}) }), Property({ pattern })),
        `Thing.it: the pattern ${pattern} ${problem}.`,
      ] as const,
  ),
  [
    'a pattern for numbers',
    () => member(Column({ type: 'integer' }), Property({ pattern: '1' })),
    'Thing.it: the pattern 1 needs a text.',
  ],
  [
    'a key that PostgreSQL fills up',
    () => [entity('it', [PrimaryColumn({ type: 'char', length: 2 })])],
    'Thing: PostgreSQL fills the key it up with spaces; make it a varchar.',
  ],
  [
    'a key of bytes',
    () => [entity('it', [PrimaryColumn({ type: 'bytea' })])],
    'Thing: the key it is Edm.Binary, which no key can be.',
  ],
  [
    'a type definition that the column does not hold',
    () => member(Column({ type: 'varchar', length: 5 }), Property({ typeDefinition: { name: 'code', maxLength: 6 } })),
    'Thing.it: the column does not hold all values of code.',
  ],
  [
    'a type definition that means two things',
    () => {
      const found = entity('it', [Column(text), Property({ typeDefinition: { name: 'code', maxLength: 6 } })]);
      Column(text)(found.prototype as object, 'other');
      Property({ typeDefinition: { name: 'code', maxLength: 7 } })(found.prototype as object, 'other');
      return [found];
    },
    'Thing.other: another property declares the type definition code otherwise.',
  ],
  [
    'a type definition named as its entity',
    () => member(Column(text), Property({ typeDefinition: { name: 'thing' } })),
    "The schema Test: 'thing' is declared twice.",
  ],
  [
    'a stream of text',
    () => member(Column({ ...text, nullable: true }), Property({ stream: true })),
    'Thing: it is a stream: its column must be bytea.',
  ],
  [
    'a stream that nobody can fill',
    () => member(Column({ type: 'bytea' }), Property({ stream: true })),
    'Thing: it is a stream, which no body can set: its column must be nullable or have a default.',
  ],
  [
    'a stream whose media type is kept nowhere',
    () => member(Column({ type: 'bytea', nullable: true }), Property({ stream: { mediaTypeProperty: 'id' } })),
    'Thing: it is a stream: id must be a property with a column of text to keep its media type.',
  ],
  [
    'a stream in an embedded class',
    () => {
      class Part {}
      Column({ type: 'bytea', nullable: true })(Part.prototype, 'photo');
      Property({ stream: true })(Part.prototype, 'photo');
      ComplexType({ name: 'part' })(Part);
      return member(Column(() => Part));
    },
    'Thing.it.photo: a stream in an embedded class is not served yet.',
  ],
  [
    'a stream of which more is said',
    () => member(Column({ type: 'bytea', nullable: true }), Property({ stream: true, immutable: true })),
    'Thing: it is a stream, of which immutable says nothing.',
  ],
  [
    'a media entity without bytes',
    () => [describing('photo', entity('it', [Column(text)]))],
    'Thing: photo holds the bytes of the media entity, but is no column.',
  ],
  [
    'a media entity with what its bytes cannot say',
    () => {
      const found = entity('it', [Column({ type: 'bytea' })], (target) =>
        Column(text)(target.prototype as object, 'caption'),
      );
      return [describing('it', found)];
    },
    'thing: caption is required, but a media entity is created by its bytes alone.',
  ],
  [
    'an open type without the column',
    () => [open('rest', entity('it', [Column(text)]))],
    'Thing: rest holds dynamic properties, but is no column.',
  ],
  [
    'an open type over another column',
    () => [open('it', entity('it', [Column(text)]))],
    'Thing: it holds dynamic properties: its column must be jsonb.',
  ],
  [
    'an open type over a column that may be null',
    () => [open('it', entity('it', [Column({ type: 'jsonb', nullable: true })]))],
    'Thing: it holds dynamic properties: its column must not be null.',
  ],
  [
    'an open type whose column is a property',
    () => [open('it', entity('it', [Column({ type: 'jsonb' }), Property({ hidden: true })]))],
    'Thing: it holds dynamic properties and is none itself, so @Property says nothing.',
  ],
  [
    'items without @ComplexType',
    () => items(jsonb, {}, [Column(text)], unmodelled),
    'Thing.it: the embedded class needs @ComplexType.',
  ],
  [
    'items in a column of another type',
    () => items(Column({ type: 'json' }), {}, [Column(text)]),
    'Thing.it: a collection of complex values needs a jsonb column.',
  ],
  [
    'items in a column that may be null',
    () => items(Column({ type: 'jsonb', nullable: true }), {}, [Column(text)]),
    'Thing.it: it may be null, but a collection never is.',
  ],
  [
    'items that may be null',
    () => items(jsonb, { nullable: true }, [Column(text)]),
    'Thing.it: its items cannot be null.',
  ],
  [
    'items that are there by default',
    () => items(Column({ type: 'jsonb', default: [{}] }), {}, [Column(text)]),
    'Thing.it: the default of a collection of complex values is always empty.',
  ],
  [
    'a facet of a collection of complex values',
    () => items(jsonb, { maxLength: 5 }, [Column(text)]),
    'Thing.it: maxLength says nothing of a collection of complex values.',
  ],
  [
    'a member with a default that only the database knows',
    () => items(jsonb, {}, [Column({ ...text, default: () => 'now()' })]),
    'Thing.it/part: only the database knows the default.',
  ],
  [
    'a key among the members of items',
    () => items(jsonb, {}, [PrimaryColumn(text)]),
    'Thing.it: part is more than a value, which no member of an item can be.',
  ],
  [
    'a hidden member of items',
    () => items(jsonb, {}, [Column(text), Property({ hidden: true })]),
    'Thing.it: hidden of part is for columns, not for members of an item.',
  ],
  [
    'a relation of items',
    () => items(jsonb, {}, [ManyToOne(() => Object)]),
    'Thing.it: an item has no relations such as part.',
  ],
  [
    'a member of items without an EDM type',
    () => items(jsonb, {}, [Column({ type: 'tsvector' })]),
    'Thing.it.part: the column type tsvector has no EDM type; hide it with @Property({ hidden: true }).',
  ],
  [
    'a column type without an EDM type',
    () => member(Column({ type: 'tsvector' })),
    'Thing.it: the column type tsvector has no EDM type; hide it with @Property({ hidden: true }).',
  ],
  [
    'a column type without an EDM type, whatever the property says',
    () => member(Column({ type: 'jsonb' }), Property({ type: 'Edm.String' })),
    'Thing.it: the column type jsonb has no EDM type; hide it with @Property({ hidden: true }).',
  ],
  [
    'a type that the column does not hold',
    () => member(Column({ type: 'timestamptz' }), Property({ type: 'Edm.Date' })),
    'Thing.it: a column of the type timestamp with time zone holds no Edm.Date.',
  ],
  [
    'whole numbers of a column with fractions',
    () => member(Column({ type: 'numeric', precision: 9, scale: 2 }), Property({ type: 'Edm.Int32' })),
    'Thing.it: a column of the type numeric holds no Edm.Int32.',
  ],
  [
    'a derived class that is not part of the model',
    () => hierarchy({ unmodelled: true }),
    'Thing: the derived class One needs @EntityType.',
  ],
  [
    'a column that two derived classes share',
    () => hierarchy({ member: 'mine' }),
    'Two: TypeORM keeps mine in the column of another derived class; declare it in the class that both are derived from.',
  ],
  [
    'a relation that two derived classes share',
    () => {
      const [base, ...derived] = hierarchy({});
      const other = renamed('other', [Column(text)]);
      for (const { prototype } of derived) ManyToOne(() => other)(prototype as object, 'owner');
      return [...(base ? [base] : []), ...derived, other];
    },
    'Two: TypeORM keeps owner as the relation of another derived class; declare it in the class that both are derived from.',
  ],
  [
    'an abstract type without derived ones',
    () => {
      const it = entity('it', [Column(text)]);
      EntityType({ name: 'thing', abstract: true })(it);
      return [it];
    },
    'Thing: an abstract type needs derived ones.',
  ],
  [
    'a name that is no identifier',
    () => [entity('two words', [Column(text)])],
    "Thing: 'two words' is no simple identifier.",
  ],
  ['a name that begins with a digit', () => [entity('2nd', [Column(text)])], "Thing: '2nd' is no simple identifier."],
  [
    'a name that PostgreSQL would cut',
    () => [entity('x'.repeat(41), [Column(text)])],
    `Thing: '${'x'.repeat(41)}' is longer than 40 bytes.`,
  ],
  ['names that differ by case only', () => [entity('ID', [Column(text)])], 'Thing: id and ID differ by case only.'],
  [
    'types of one name',
    () => [entity('name', [Column(text)]), entity('name', [Column(text)])],
    "The schema Test: 'thing' is declared twice.",
  ],
  [
    '@Property on nothing',
    () => [entity('it', [Property({})])],
    'Thing: @Property stands on it, which is no column and has no path.',
  ],
  [
    '@Navigation on nothing',
    () => [entity('it', [Navigation({})])],
    'Thing: @Navigation stands on it, which is no relation.',
  ],
  [
    'a path that leads nowhere',
    () => [entity('it', [Property({ path: 'parent/name' })])],
    'Thing: the path parent/name of it leads to no property.',
  ],
  [
    'a currency that is nowhere',
    () => [entity('it', [Column({ type: 'numeric' }), Property({ measure: { isoCurrencyOf: 'parent/currency' } })])],
    'Thing: the path parent/currency of it leads to no text.',
  ],
  [
    'a path to a collection that may lead nowhere',
    () => {
      const other = renamed('other', [Column({ type: 'text', array: true })]);
      const thing = entity('parent', [ManyToOne(() => other, { nullable: true })]);
      Property({ path: 'parent/it' })(thing.prototype as object, 'tags');
      return [other, thing];
    },
    'Thing: tags may not be a collection, which is never null: parent/it may lead to null.',
  ],
  [
    'an immutable property that is further away than the next entity',
    () => {
      const thing = entity('parent', []);
      ManyToOne(() => thing, { nullable: true })(thing.prototype as object, 'parent');
      Column(text)(thing.prototype as object, 'name');
      Property({ path: 'parent/parent/name', immutable: true })(thing.prototype as object, 'first');
      return [thing];
    },
    'Thing: first may not be immutable: parent/parent/name leads further than to the next entity.',
  ],
  [
    'a navigation to what is no part of the model',
    () => {
      const other = entity('name', [Column(text)], unmodelled);
      return [other, renamed('child', [ManyToOne(() => other), Navigation({ contained: true })])];
    },
    'Thing: it leads to a class without @EntityType.',
  ],
  [
    'an embedded class without @ComplexType',
    () => {
      class Plain {}
      Column(text)(Plain.prototype, 'part');
      return member(Column(() => Plain));
    },
    'Thing.it: the embedded class needs @ComplexType.',
  ],
  [
    'an enumeration without members',
    () => member(Column({ type: 'integer' }), kind({})),
    'Thing.it: the enumeration kind has no members.',
  ],
  [
    'members that are no whole numbers',
    () => member(Column({ type: 'integer' }), kind({ A: 0.5 })),
    'Thing.it: the values of kind must be whole numbers.',
  ],
  [
    'labels that are no members',
    () => member(labels('kind'), kind({ A: 0, C: 1 })),
    'Thing.it: the members of kind (A, C) are not the labels of the column (A, B).',
  ],
  [
    'labels in another order than their values',
    () => member(labels('kind'), kind({ A: 1, B: 0 })),
    'Thing.it: the labels of kind sort in their order, so the values of the members must rise.',
  ],
  [
    'a member that its column does not hold',
    () => member(Column({ type: 'smallint' }), kind({ A: 0, B: 40_000 })),
    'Thing.it: the values of kind do not fit a smallint column.',
  ],
  [
    'an enum type without a name',
    () => member(labels(), kind({ A: 0, B: 1 })),
    'Thing.it: name the PostgreSQL type of kind with enumName.',
  ],
  [
    'flags in labels',
    () => member(labels('kind'), kind({ A: 1, B: 2 }, true)),
    'Thing.it: the flags of kind need an integer column.',
  ],
  [
    'a view that is written to',
    () => {
      class Seen {}
      PrimaryColumn({ type: 'uuid' })(Seen.prototype, 'id');
      EntityType({ name: 'seen', insertable: true })(Seen);
      ViewEntity('seen', { expression: 'SELECT 1' })(Seen);
      return [Seen];
    },
    'Seen: a view cannot be written to.',
  ],
  [
    'changes of a view',
    () => {
      class Seen {}
      PrimaryColumn({ type: 'uuid' })(Seen.prototype, 'id');
      EntityType({ name: 'seen', trackChanges: true })(Seen);
      ViewEntity('seen', { expression: 'SELECT 1' })(Seen);
      return [Seen];
    },
    'Seen: changes of a view are not tracked.',
  ],
  [
    'changes where types are derived from one another',
    () => {
      const [base, ...derived] = hierarchy({});
      if (base) tracked(base);
      return [...(base ? [base] : []), ...derived];
    },
    'Thing: changes are not tracked where types are derived from one another.',
  ],
  [
    'a computed value that depends on nothing there is',
    () => [
      tracked(
        entity('it', [VirtualColumn({ type: 'int', query: () => 'SELECT 1' }), Property({ dependsOn: ['others'] })]),
      ),
    ],
    'Thing: it depends on navigations that are none.',
  ],
];

/** The class with its changes tracked. */
function tracked(target: Class): Class {
  EntityType({ name: 'thing', entitySet: 'things', trackChanges: true })(target);
  return target;
}

/** A second class: type, set and table have another name. */
function renamed(name: string, decorators: readonly Decorator[]): Class {
  const made = entity('it', decorators, unmodelled);
  EntityType({ name, entitySet: `${name}s` })(made);
  return made;
}

describe('what our SQL would ignore is refused at start', () => {
  test.each(refused)('%s', async (_, classes, message) => {
    expect(await problems(classes())).toContain(`- ${message}`);
  });

  test('a function whose rows are those of each member of a collection, but that gives one value', async () => {
    const thing = entity('it', [Column(text)]);
    const rows = () => sql`select 1 as value`;
    const operations = new OperationBook()
      .function('one', { binding: [thing], returns: 'Edm.Int32', definition: { rows } })
      .function('each', { binding: thing, returns: 'Edm.Int32', definition: { rows } });
    expect(await problems([thing], 'Test', operations)).toEqual([
      '- The operation one: each member of what it is bound to gives rows, but it returns one value.',
    ]);
  });

  test('everything at once', async () => {
    const found = await problems(
      [entity('two words', [Column({ ...text, select: false, transformer: { from: String, to: String } })])],
      'System',
    );
    expect(found).toHaveLength(4);
    expect(found).toContain("- The namespace 'System' is reserved.");
  });

  test('the currency of what a path leads to is found from where the path begins', async () => {
    const sum = renamed('sum', [Column({ type: 'numeric' }), Property({ measure: { isoCurrencyOf: 'currency' } })]);
    Column(text)(sum.prototype as object, 'currency');
    const bill = entity('parent', [ManyToOne(() => sum, { nullable: true })]);
    Property({ path: 'parent/it' })(bill.prototype as object, 'total');
    const model = buildModel({ dataSource: await readMetadata([sum, bill]), namespace: 'Test' });
    expect(model.entityTypes.get('thing')?.properties.get('total')?.measure).toEqual({
      isoCurrencyOf: 'parent/currency',
    });
  });

  test('a to-many relation is no problem', async () => {
    const parent = entity('children', [OneToMany(() => child, 'it')]);
    const child = renamed('child', [ManyToOne(() => parent, 'children')]);
    expect(await problems([parent, child])).toEqual([]);
  });
});
