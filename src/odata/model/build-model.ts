/** TypeORM's metadata and the decorators become the Model. Throws one error that lists everything the engine cannot serve. */
import type { DataSource, EntityMetadata } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { declarationOf, type TypeOptions } from './decorators';
import { checkEntity } from './check-entity';
import { PropertyReader } from './read-properties';
import type { ColumnReference, EntitySet, EntityType, JoinColumn, Model, NavigationProperty, Property } from './model';

/** What a model is built from. */
export interface ModelOptions {
  /** A data source whose metadata is built; it needs no connection. */
  readonly dataSource: Pick<DataSource, 'entityMetadatas' | 'driver'>;
  readonly namespace: string;
  readonly container?: string;
  readonly schemaVersion?: string;
}

/** A type in the making: its parts are filled in one after the other, because types refer to each other. */
type Draft = { -readonly [K in keyof EntityType]: EntityType[K] } & {
  readonly properties: Map<string, Property>;
  readonly navigations: Map<string, NavigationProperty>;
  readonly joins: Map<string, NavigationProperty>;
};

interface Entity {
  readonly metadata: EntityMetadata;
  readonly options: TypeOptions;
  readonly draft: Draft;
}

/** Builds and freezes the model. */
export function buildModel({
  dataSource,
  namespace,
  container = 'Container',
  schemaVersion = '1.0',
}: ModelOptions): Model {
  return new ModelBuilder(dataSource).build(namespace, container, schemaVersion);
}

class ModelBuilder {
  private readonly problems: string[] = [];
  private readonly entities: readonly Entity[];
  private readonly byMetadata: ReadonlyMap<EntityMetadata, Entity>;
  private readonly reader: PropertyReader;

  constructor(dataSource: ModelOptions['dataSource']) {
    this.reader = new PropertyReader(dataSource.driver, this.problems);
    this.entities = dataSource.entityMetadatas.flatMap((metadata) => this.entity(metadata));
    this.byMetadata = new Map(this.entities.map((entity) => [entity.metadata, entity]));
  }

  build(namespace: string, container: string, schemaVersion: string): Model {
    for (const { metadata, draft } of this.entities)
      for (const property of this.reader.properties(metadata)) draft.properties.set(property.name, property);
    for (const entity of this.entities) this.navigations(entity);
    for (const entity of this.entities) this.partners(entity);
    for (const entity of this.entities) this.derived(entity);
    for (const entity of this.entities) this.finish(entity);
    if (this.problems.length > 0)
      throw new Error(`The entities cannot be served:\n${this.problems.map((problem) => `- ${problem}`).join('\n')}`);
    const entityTypes = new Map(this.entities.map(({ draft }) => [draft.name, Object.freeze(draft)] as const));
    return Object.freeze({
      namespace,
      container,
      schemaVersion,
      entityTypes,
      complexTypes: this.reader.complexTypes,
      enumTypes: this.reader.enumTypes,
      entitySets: this.entitySets(),
    });
  }

  private entity(metadata: EntityMetadata): readonly Entity[] {
    const { target } = metadata;
    if (typeof target === 'string') return [];
    const options = declarationOf(target as EntityType['target']).type;
    if (!options) return [];
    this.problems.push(...checkEntity(metadata, options));
    const { insertable = true, updatable = true, deletable = true, name, description } = options;
    const draft: Draft = {
      kind: 'entity',
      name,
      description: description ?? metadata.comment ?? undefined,
      properties: new Map(),
      navigations: new Map(),
      joins: new Map(),
      uniques: [],
      key: [],
      alternateKeys: [],
      table: { schema: metadata.schema, name: metadata.tableName },
      defaultOrder: [],
      version: undefined,
      updatedAt: undefined,
      createdAt: undefined,
      partition: undefined,
      insertable,
      updatable,
      deletable,
      target: target as EntityType['target'],
    };
    return [{ metadata, options, draft }];
  }

  private problem({ metadata }: Entity, text: string): void {
    this.problems.push(`${metadata.name}: ${text}`);
  }

  // ---- navigations

  private navigations(entity: Entity): void {
    const declared = declarationOf(entity.draft.target).navigations;
    for (const relation of entity.metadata.relations) {
      const target = this.byMetadata.get(relation.inverseEntityMetadata);
      if (!target) continue;
      const join = this.joinColumns(entity, relation);
      if (join.length === 0) continue;
      const options = declared.get(relation.propertyName) ?? {};
      const navigation = this.navigation(relation, target.draft, join, options);
      entity.draft.joins.set(navigation.name, navigation);
      if (!options.hidden) entity.draft.navigations.set(navigation.name, navigation);
    }
  }

  private navigation(
    relation: RelationMetadata,
    target: EntityType,
    join: readonly JoinColumn[],
    options: { contained?: boolean; description?: string },
  ): NavigationProperty {
    const owning = relation.isManyToOne || relation.isOneToOneOwner;
    const collection = relation.isOneToMany;
    return {
      name: relation.propertyName,
      target,
      collection,
      nullable: owning ? relation.isNullable : !collection,
      containsTarget: options.contained ?? false,
      partner: undefined,
      join,
      owning,
      referentialConstraints: [],
      onDelete: collection && relation.inverseRelation?.onDelete === 'CASCADE' ? 'Cascade' : undefined,
      description: options.description,
    };
  }

  private joinColumns(entity: Entity, relation: RelationMetadata): readonly JoinColumn[] {
    if (relation.isManyToMany) {
      this.problem(
        entity,
        `the relation ${relation.propertyName} is many-to-many; declare the entity between the two instead.`,
      );
      return [];
    }
    const owning = relation.isManyToOne || relation.isOneToOneOwner;
    const columns = owning ? relation.joinColumns : (relation.inverseRelation?.joinColumns ?? []);
    return columns.map((column) => {
      const here = column.databaseName;
      const there = column.referencedColumn?.databaseName ?? '';
      return owning ? { column: here, targetColumn: there } : { column: there, targetColumn: here };
    });
  }

  /** The navigation that leads back, and the public properties that hold the key. */
  private partners({ metadata, draft }: Entity): void {
    for (const [name, navigation] of draft.joins) {
      const inverse = metadata.relations.find(({ propertyName }) => propertyName === name)?.inverseRelation
        ?.propertyName;
      const partner = inverse !== undefined && navigation.target.navigations.has(inverse) ? inverse : undefined;
      const complete: NavigationProperty = {
        ...navigation,
        partner,
        referentialConstraints: constraints(draft, navigation),
      };
      draft.joins.set(name, complete);
      if (draft.navigations.has(name)) draft.navigations.set(name, complete);
    }
  }

  // ---- properties

  /** Properties that are read through a navigation get type and facets from where they lead. */
  private derived(entity: Entity): void {
    for (const [name, options] of declarationOf(entity.draft.target).properties) {
      if (options.path === undefined) continue;
      const navigations = options.path.split('/');
      const last = navigations.pop() ?? '';
      const found = this.follow(entity, navigations)?.properties.get(last);
      if (!found || found.source.kind === 'complex') {
        this.problem(entity, `the path ${options.path} of ${name} leads to no property.`);
        continue;
      }
      const {
        computed = false,
        immutable = false,
        filled = false,
        searchable = false,
        nullable = found.nullable,
        maxLength = found.maxLength,
      } = options;
      entity.draft.properties.set(name, {
        ...found,
        name,
        nullable,
        ...(maxLength === undefined ? {} : { maxLength }),
        computed,
        immutable,
        searchable,
        required: !nullable && !computed && !filled,
        defaultValue: undefined,
        source: { kind: 'path', navigations, property: last },
        description: options.description,
      });
    }
    this.inOrder(entity);
  }

  private follow({ draft }: Entity, names: readonly string[]): EntityType | undefined {
    return names.reduce<EntityType | undefined>((type, name) => {
      const navigation = type?.joins.get(name);
      return navigation && !navigation.collection ? navigation.target : undefined;
    }, draft);
  }

  /** Properties in the order of the class, wherever their values come from. */
  private inOrder({ metadata, draft }: Entity): void {
    const sorted = this.reader.order(metadata, [...draft.properties.keys()]).flatMap((name) => {
      const property = draft.properties.get(name);
      return property ? [[name, property] as const] : [];
    });
    draft.properties.clear();
    for (const [name, property] of sorted) draft.properties.set(name, property);
  }

  private finish(entity: Entity): void {
    const { metadata, options, draft } = entity;
    draft.key = this.named(
      entity,
      metadata.primaryColumns.length > 0 ? metadata.primaryColumns.map(({ propertyName }) => propertyName) : ['id'],
    );
    draft.alternateKeys = (options.alternateKeys ?? []).map((names) => this.named(entity, names));
    draft.uniques = uniqueColumns(metadata);
    draft.version = this.reader.reference(metadata.versionColumn);
    draft.updatedAt = this.reader.reference(metadata.updateDateColumn);
    draft.createdAt = this.reader.reference(metadata.createDateColumn);
    draft.partition = this.partition(entity);
    draft.defaultOrder = this.order(entity);
  }

  private named(entity: Entity, names: readonly string[]): readonly Property[] {
    return names.flatMap((name) => {
      const property = entity.draft.properties.get(name);
      if (!property) this.problem(entity, `${name} is named in a key or an order, but is no property of the model.`);
      return property ? [property] : [];
    });
  }

  private partition(entity: Entity): ColumnReference | undefined {
    const { options, metadata } = entity;
    if (options.partition === undefined) return undefined;
    const column = metadata.findRelationWithPropertyPath(options.partition)?.joinColumns[0];
    if (!column) this.problem(entity, `the partition ${options.partition} is no relation with a column.`);
    return this.reader.reference(column);
  }

  private order(entity: Entity): EntityType['defaultOrder'] {
    const names = entity.options.order ?? entity.draft.key.map(({ name }) => name);
    return names.flatMap((name) => {
      const direction = name.startsWith('-') ? 'desc' : 'asc';
      return this.named(entity, [name.replace(/^-/, '')]).map((property) => ({ property, direction }) as const);
    });
  }

  // ---- the container

  private entitySets(): ReadonlyMap<string, EntitySet> {
    const named = this.entities.flatMap(({ options, draft }) =>
      options.entitySet === undefined
        ? []
        : [{ name: options.entitySet, type: draft, description: draft.description }],
    );
    return new Map(
      named.map((set) => [
        set.name,
        Object.freeze({ ...set, bindings: bindings(set.type, new Map(named.map(({ name, type }) => [type, name]))) }),
      ]),
    );
  }
}

/** Dependent and principal property of each pair of columns, where both are public. CSDL §8.5 */
function constraints(
  type: EntityType,
  { join, owning, target }: NavigationProperty,
): NavigationProperty['referentialConstraints'] {
  if (!owning) return [];
  const pairs = join.map(
    ({ column, targetColumn }) => [propertyOfColumn(type, column), propertyOfColumn(target, targetColumn)] as const,
  );
  return pairs.flatMap(([property, referencedProperty]) =>
    property && referencedProperty ? [{ property: property.name, referencedProperty: referencedProperty.name }] : [],
  );
}

const propertyOfColumn = ({ properties }: EntityType, column: string): Property | undefined =>
  [...properties.values()].find(({ source }) => source.kind === 'column' && source.column === column);

function uniqueColumns(metadata: EntityMetadata): readonly (readonly string[])[] {
  const lists = [
    metadata.primaryColumns,
    ...metadata.uniques.map(({ columns }) => columns),
    ...metadata.indices.filter(({ isUnique, where }) => isUnique && !where).map(({ columns }) => columns),
  ];
  return lists
    .filter((columns) => columns.length > 0)
    .map((columns) => columns.map(({ databaseName }) => databaseName));
}

/** Where the navigations of a set's entities, and of those contained in them, lead. CSDL §13.4 */
function bindings(
  type: EntityType,
  sets: ReadonlyMap<EntityType, string>,
  path = '',
  seen: readonly EntityType[] = [],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (seen.includes(type)) return found;
  for (const navigation of type.navigations.values()) {
    const at = `${path}${navigation.name}`;
    if (navigation.containsTarget)
      for (const [inner, set] of bindings(navigation.target, sets, `${at}/`, [...seen, type])) found.set(inner, set);
    else {
      const set = sets.get(navigation.target);
      if (set !== undefined) found.set(at, set);
    }
  }
  return found;
}
