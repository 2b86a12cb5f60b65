/** TypeORM's metadata and the decorators become the Model. Throws one error that lists everything the engine cannot serve. */
import type { DataSource, EntityMetadata } from 'typeorm';
import { buildOperations } from './build-operations';
import { measureProblems } from './check-measures';
import { checkModelNames } from './check-names';
import type { NamedOperation } from './declare-operation';
import { declarationOf } from './decorators';
import { entityDraft, finished, inheritNavigations, type Entity } from './entity-draft';
import { entitySetsOf, singletonsOf, type SingletonDeclaration } from './entity-sets';
import type { ColumnReference, EntityType, Model, NavigationProperty, Property } from './model';
import { lineage, ownMembers } from './inheritance';
import { inDeclaredOrder, uniqueColumns } from './entity-metadata';
import { derivedProperties, readHierarchies } from './read-hierarchies';
import { readNavigation, referentialConstraints } from './read-navigations';
import { baseOf, checkHierarchy, hasFrom, isInHierarchy } from './read-inheritance';
import { readOpen } from './read-open';
import { pathProperty } from './read-path';
import { PropertyReader } from './read-properties';
import { checkMedia, readStreams } from './read-streams';
import { readChanges } from './read-changes';

/** What a model is built from. */
export interface ModelOptions {
  /** A data source whose metadata is built; it needs no connection. Types and sets come in the order of its entities. */
  readonly dataSource: Pick<DataSource, 'entityMetadatas' | 'driver'> &
    Partial<Pick<DataSource, 'options' | 'subscribers'>>;
  readonly namespace: string;
  readonly container?: string;
  readonly schemaVersion?: string;
  /** Functions and actions of the domain. */
  readonly operations?: readonly NamedOperation[];
  /** Entities with names of their own. */
  readonly singletons?: readonly SingletonDeclaration[];
}

/** Builds and freezes the model. */
export function buildModel({
  dataSource,
  namespace,
  container = 'Container',
  schemaVersion = '1.0',
  operations = [],
  singletons = [],
}: ModelOptions): Model {
  return new ModelBuilder(dataSource).build(namespace, container, schemaVersion, operations, singletons);
}

class ModelBuilder {
  private readonly problems: string[] = [];
  private readonly entities: readonly Entity[];
  /** Base types before those derived from them. */
  private readonly basesFirst: readonly Entity[];
  private readonly byMetadata: ReadonlyMap<EntityMetadata, Entity>;
  private readonly reader: PropertyReader;

  constructor(dataSource: ModelOptions['dataSource']) {
    this.reader = new PropertyReader(dataSource.driver, this.problems);
    for (const subscriber of dataSource.subscribers ?? [])
      this.problems.push(`${subscriber.constructor.name}: the subscriber would not be called.`);
    this.entities = inDeclaredOrder(dataSource).flatMap((metadata) => entityDraft(metadata, this.problems) ?? []);
    this.byMetadata = new Map(this.entities.map((entity) => [entity.metadata, entity]));
    const depth = (entity: Entity): number => lineage(entity.draft).length;
    for (const entity of this.entities) this.inheritance(entity);
    this.basesFirst = this.entities.toSorted((left, right) => depth(left) - depth(right));
  }

  build(
    namespace: string,
    container: string,
    schemaVersion: string,
    operations: readonly NamedOperation[],
    declared: readonly SingletonDeclaration[],
  ): Model {
    for (const entity of this.basesFirst) this.columns(entity);
    for (const entity of this.basesFirst) this.navigations(entity);
    for (const entity of this.basesFirst) this.partners(entity);
    for (const entity of this.basesFirst) this.derived(entity);
    for (const entity of this.basesFirst) this.finish(entity);
    const entityTypes = new Map(this.entities.map(({ draft }) => [draft.name, draft] as const));
    const { complexTypes, enumTypes, typeDefinitions } = this.reader;
    const known = {
      entityTypes,
      complexTypes,
      enumTypes,
      typeDefinitions,
      entitySets: entitySetsOf(this.sets(), namespace),
    };
    const singletons = singletonsOf(declared, [...entityTypes.values()], known.entitySets, namespace, this.problems);
    const built = buildOperations(operations, known, this.problems);
    const types = { complexTypes: new Map([...complexTypes, ...built.complexTypes]), enumTypes };
    const names = checkModelNames({
      ...{ namespace, container, ...types, operations: built.operations },
      entityTypes: this.entities.map(({ metadata, draft }) => [metadata.name, draft]),
      typeDefinitions: typeDefinitions.keys(),
      entitySets: this.sets().map(({ name }) => name),
      singletons: singletons.keys(),
    });
    this.problems.push(...names);
    if (this.problems.length > 0)
      throw new Error(`The entities cannot be served:\n${this.problems.map((problem) => `- ${problem}`).join('\n')}`);
    for (const draft of entityTypes.values()) finished(draft);
    return Object.freeze({
      namespace,
      container,
      schemaVersion,
      ...known,
      singletons,
      ...types,
      operations: built.operations,
    });
  }

  private inheritance(entity: Entity): void {
    const { metadata, options, draft } = entity;
    const known = this.entities.map((other) => other.metadata);
    this.problems.push(...checkHierarchy(metadata, known));
    const discriminator = isInHierarchy(metadata) ? this.reader.reference(metadata.discriminatorColumn) : undefined;
    if (options.abstract && !discriminator) this.problem(entity, 'an abstract type needs derived ones.');
    if (!discriminator) return;
    draft.inheritance = {
      base: baseOf(entity, this.entities)?.draft,
      isAbstract: options.abstract ?? false,
      derived: this.entities.filter((other) => isBelow(other.metadata, metadata)).map((other) => other.draft),
      discriminator,
      value: metadata.discriminatorValue ?? '',
    };
  }

  private problem({ metadata }: Entity, text: string): void {
    this.problems.push(`${metadata.name}: ${text}`);
  }

  // ---- navigations

  private navigations(entity: Entity): void {
    const declared = declarationOf(entity.draft.target).navigations;
    inheritNavigations(entity.draft);
    for (const relation of entity.metadata.relations) {
      if (entity.draft.joins.has(relation.propertyName) || !isDeclaredIn(entity.metadata, relation.target)) continue;
      const target = this.byMetadata.get(relation.inverseEntityMetadata);
      if (!target) {
        if (declared.get(relation.propertyName)?.hidden === false || declared.get(relation.propertyName)?.contained)
          this.problem(entity, `${relation.propertyName} leads to a class without @EntityType.`);
        continue;
      }
      const options = declared.get(relation.propertyName) ?? {};
      const navigation = readNavigation(relation, entity.draft, target.draft, options);
      if (!navigation) continue;
      entity.draft.joins.set(navigation.name, navigation);
      if (!options.hidden) entity.draft.navigations.set(navigation.name, navigation);
    }
  }

  /** The navigation that leads back, and the public properties that hold the key. */
  private partners({ metadata, draft }: Entity): void {
    inheritNavigations(draft);
    for (const navigation of ownMembers(draft, ({ joins }) => joins)) {
      const { name } = navigation;
      const inverse = metadata.relations.find(({ propertyName }) => propertyName === name)?.inverseRelation
        ?.propertyName;
      const partner = inverse !== undefined && navigation.target.navigations.has(inverse) ? inverse : undefined;
      const complete: NavigationProperty = {
        ...navigation,
        partner,
        referentialConstraints: referentialConstraints(draft, navigation),
      };
      draft.joins.set(name, complete);
      if (draft.navigations.has(name)) draft.navigations.set(name, complete);
    }
  }

  // ---- properties

  private columns({ metadata, draft }: Entity): void {
    const inherited = draft.inheritance?.base?.properties ?? new Map<string, Property>();
    for (const property of [...inherited.values(), ...this.reader.properties(metadata, inherited)])
      draft.properties.set(property.name, property);
  }

  /** Properties that are read through a navigation get type and facets from where they lead. */
  private derived(entity: Entity): void {
    for (const [name, property] of entity.draft.inheritance?.base?.properties ?? [])
      entity.draft.properties.set(name, property);
    for (const [name, options] of declarationOf(entity.draft.target).properties) {
      if (options.path === undefined) continue;
      const { property, problem } = pathProperty(entity.draft, name, options.path, options);
      if (property) entity.draft.properties.set(name, property);
      if (problem !== undefined) this.problem(entity, problem);
    }
    this.inOrder(entity);
    const { recursiveHierarchies = {} } = entity.options;
    for (const property of derivedProperties(entity.draft, recursiveHierarchies, (text) => this.problem(entity, text)))
      entity.draft.properties.set(property.name, property);
  }

  /** Properties in the order of the class, wherever their values come from. */
  private inOrder({ metadata, draft }: Entity): void {
    const inherited = draft.inheritance?.base?.properties ?? new Map<string, Property>();
    const own = [...draft.properties.keys()].filter((name) => !inherited.has(name));
    const sorted = [...inherited.keys(), ...this.reader.order(metadata, own)].flatMap((name) => {
      const property = draft.properties.get(name);
      return property ? [[name, property] as const] : [];
    });
    draft.properties.clear();
    for (const [name, property] of sorted) draft.properties.set(name, property);
  }

  private finish(entity: Entity): void {
    const { metadata, options, draft } = entity;
    const base = draft.inheritance?.base;
    draft.key =
      base?.key ??
      this.named(
        entity,
        metadata.primaryColumns.length > 0 ? metadata.primaryColumns.map(({ propertyName }) => propertyName) : ['id'],
      );
    draft.alternateKeys = [
      ...(base?.alternateKeys ?? []),
      ...(options.alternateKeys ?? []).map((names) => this.named(entity, names)),
    ];
    Object.assign(draft, readStreams(metadata, draft, this.problems));
    const reference = this.reader.reference.bind(this.reader);
    Object.assign(draft, readOpen(metadata, base, reference, this.problems));
    this.problems.push(...checkMedia(draft));
    for (const problem of measureProblems(draft)) this.problem(entity, problem);
    draft.uniques = uniqueColumns(metadata);
    draft.version = this.reader.reference(metadata.versionColumn);
    draft.updatedAt = this.reader.reference(metadata.updateDateColumn);
    draft.createdAt = this.reader.reference(metadata.createDateColumn);
    draft.partition = base ? base.partition : this.partition(entity);
    draft.defaultOrder = base && !options.order ? base.defaultOrder : this.order(entity);
    if (options.recursiveHierarchies)
      draft.hierarchies = readHierarchies(draft, options.recursiveHierarchies, (text) => this.problem(entity, text));
    if (options.trackChanges) draft.changes = readChanges(metadata, draft, this.reader, this.problems);
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
    const owner = column?.relationMetadata && this.byMetadata.get(column.relationMetadata.inverseEntityMetadata);
    if (owner) owner.draft.partitions = this.reader.reference(column.referencedColumn);
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

  private sets(): readonly { name: string; type: EntityType }[] {
    return this.entities.flatMap(({ options: { entitySet }, draft }) =>
      entitySet === undefined ? [] : [{ name: entitySet, type: draft }],
    );
  }
}

/** A relation that a class has itself or from above. */
const isDeclaredIn = (metadata: EntityMetadata, declaring: EntityMetadata['target']): boolean =>
  !isInHierarchy(metadata) || hasFrom(metadata.target, declaring);

const isBelow = (one: EntityMetadata, other: EntityMetadata): boolean =>
  one !== other && isInHierarchy(one) && hasFrom(one.target, other.target);
