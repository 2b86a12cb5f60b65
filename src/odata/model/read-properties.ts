/** Columns and embedded classes of TypeORM become properties. */
import type { DataSource, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { edm, isPrimitive, numericRank } from './edm';
import { declarationOf, type PropertyOptions } from './decorators';
import type { ColumnReference, ComplexType, EdmType, EntityType, EnumType, Property, PropertySource } from './model';
import { checkEnum, enumTypeName, isSameEnum } from './read-enum';
import { boundsOf } from './read-checks';
import { facets, isComputed, isHeldBy, isSpecial, isWhole, keepsType, plainDefault } from './read-facets';
import { openName } from './read-open';
import { checkDefaults, checkItems, itemClass, type Embedded } from './read-items';
import { embeddedNames, hasFrom, isInHierarchy, mayBeNull } from './read-inheritance';
import { mediaOf, optionsAbove } from './read-streams';
import { patternProblem } from './check-pattern';
import { TypeDefinitionReader } from './read-type-definition';
import { edmTypeOfColumn } from './types';

type Declared = ReturnType<typeof declarationOf>;

/** Reads properties, and collects the complex and enumeration types on the way. */
export class PropertyReader {
  readonly complexTypes = new Map<string, ComplexType>();
  readonly enumTypes = new Map<string, EnumType>();
  readonly typeDefinitions: TypeDefinitionReader['found'];
  private readonly definitions: TypeDefinitionReader;
  private readonly classes = new Map<string, Embedded['type']>();

  constructor(
    private readonly driver: DataSource['driver'],
    private readonly problems: string[],
  ) {
    this.definitions = new TypeDefinitionReader(problems);
    this.typeDefinitions = this.definitions.found;
  }

  /** The public properties of an entity that have columns, without those that it has from a base type. */
  properties(metadata: EntityMetadata, inherited: ReadonlyMap<string, Property>): readonly Property[] {
    const declared = declarationOf(metadata.target as EntityType['target']);
    const open = openName(metadata.target);
    const own = metadata.ownColumns.filter(
      ({ embeddedMetadata, relationMetadata, propertyName, target, isVirtual, isDiscriminator }) =>
        !embeddedMetadata &&
        (!relationMetadata || propertyName !== relationMetadata.propertyName) &&
        (!isInHierarchy(metadata) || hasFrom(metadata.target, target)) &&
        !inherited.has(propertyName) &&
        propertyName !== open &&
        !(isVirtual && isDiscriminator),
    );
    const content = mediaOf(metadata)?.content;
    const embeddeds = isInHierarchy(metadata) ? embeddedNames(metadata.target) : undefined;
    return [
      ...this.columns(
        metadata.name,
        declared,
        own.filter(({ propertyName }) => propertyName !== content),
        true,
      ),
      ...metadata.embeddeds
        .filter(({ propertyName }) => (embeddeds?.has(propertyName) ?? true) && !inherited.has(propertyName))
        .flatMap((embedded) => this.complex(metadata.name, declared, embedded)),
    ];
  }

  /** The names in the order in which the class declares them. */
  order(metadata: EntityMetadata, names: readonly string[]): readonly string[] {
    const declared = [...declarationOf(metadata.target as EntityType['target']).properties.keys()];
    const columns = metadata.columns.map(({ propertyPath }) => propertyPath.split('.')[0] ?? '');
    return merged([...new Set(columns)], declared).filter((name) => names.includes(name));
  }

  /** A column that the engine needs beside the properties. */
  reference(column: ColumnMetadata | undefined): ColumnReference | undefined {
    return column && { column: column.databaseName, databaseType: this.driver.normalizeType(column) };
  }

  private columns(
    owner: string,
    declared: Declared,
    columns: readonly ColumnMetadata[],
    isEntity = false,
  ): readonly Property[] {
    return columns.flatMap((column) => {
      const options = declared.properties.get(column.propertyName) ?? optionsAbove(column) ?? {};
      if (options.hidden || options.stream) return this.withoutProperty(owner, column, options, isEntity);
      const property = this.property(owner, column, options);
      return property ? [property] : [];
    });
  }

  /** Streams of entities are read apart. */
  private withoutProperty(
    owner: string,
    { propertyName }: ColumnMetadata,
    { stream }: PropertyOptions,
    isEntity: boolean,
  ): readonly Property[] {
    if (stream && !isEntity)
      this.problems.push(`${owner}.${propertyName}: a stream in an embedded class is not served yet.`);
    return [];
  }

  private property(owner: string, column: ColumnMetadata, options: PropertyOptions): Property | undefined {
    if (options.collectionOf) return this.items(owner, column, options, itemClass(column, options.collectionOf));
    const type = this.typeOf(owner, column, options);
    if (!type) return undefined;
    const {
      computed = isComputed(column),
      immutable = false,
      filled = false,
      searchable = false,
      nullable = column.isArray ? false : mayBeNull(column),
    } = options;
    if (!nullable && mayBeNull(column) && !column.isVirtualProperty)
      this.problems.push(`${owner}.${column.propertyName}: the column may be null, so the property must be nullable.`);
    const { aggregatedBy } = options;
    if (aggregatedBy !== undefined && !keepsType(aggregatedBy, type))
      this.problems.push(
        `${owner}.${column.propertyName}: ${aggregatedBy} of it has another type than the property itself.`,
      );
    const defaultValue = plainDefault(column, type);
    return {
      name: column.propertyName,
      type: column.isArray ? { kind: 'collection', of: type } : type,
      source: this.source(column, options),
      nullable,
      ...this.facets(owner, column, options, type),
      ...(numericRank(type) > 0 ? boundsOf(column, isWhole(type)) : {}),
      ...(options.measure === undefined ? {} : { measure: options.measure }),
      computed,
      immutable,
      required: !nullable && !computed && !filled && !isSetByItself(column),
      searchable,
      ...(aggregatedBy === undefined ? {} : { aggregatedBy }),
      defaultValue,
      description: options.description ?? (column.comment || undefined),
    };
  }

  private facets(
    owner: string,
    column: ColumnMetadata,
    options: PropertyOptions,
    type: EdmType,
  ): Pick<Property, 'maxLength' | 'precision' | 'scale' | 'pattern' | 'definition'> {
    const at = `${owner}.${column.propertyName}`;
    const { pattern, typeDefinition } = options;
    const own = facets(column, options, type);
    const all = typeDefinition ? { ...own, ...this.definitions.read(at, typeDefinition, type, own) } : own;
    if (pattern === undefined) return all;
    const problem = isPrimitive(type, 'Edm.String') ? patternProblem(pattern, all.maxLength) : 'needs a text';
    if (problem !== undefined) this.problems.push(`${at}: the pattern ${pattern} ${problem}.`);
    return { ...all, pattern };
  }

  private source(column: ColumnMetadata, { dependsOn }: PropertyOptions): PropertySource {
    const { query } = column;
    if (column.isVirtualProperty && query) return { kind: 'expression', sql: query, ...(dependsOn && { dependsOn }) };
    return { kind: 'column', column: column.databaseName, databaseType: this.driver.normalizeType(column) };
  }

  private typeOf(owner: string, column: ColumnMetadata, options: PropertyOptions): EdmType | undefined {
    if (options.enumType) return this.enumType(owner, column, options.enumType);
    const databaseType = this.driver.normalizeType(column);
    const natural = edmTypeOfColumn[databaseType];
    const { type: wanted = natural } = options;
    const problem =
      natural === undefined
        ? `the column type ${databaseType} has no EDM type; hide it with @Property({ hidden: true }).`
        : wanted && !isHeldBy(wanted, natural)
          ? `a column of the type ${databaseType} holds no ${wanted}.`
          : undefined;
    if (problem !== undefined) this.problems.push(`${owner}.${column.propertyName}: ${problem}`);
    return wanted && edm(wanted);
  }

  private enumType(
    owner: string,
    column: ColumnMetadata,
    { name, members, isFlags = false, description }: NonNullable<PropertyOptions['enumType']>,
  ): EnumType {
    this.problems.push(...checkEnum(owner, column, { name, members, isFlags }));
    const found = this.enumTypes.get(name);
    const made = Object.freeze({
      kind: 'enum' as const,
      name,
      isFlags,
      members: new Map(Object.entries(members)),
      databaseType: enumTypeName(column),
      description,
    });
    if (found && !isSameEnum(found, made))
      this.problems.push(`${owner}.${column.propertyName}: another property declares ${name} with other members.`);
    if (!found) this.enumTypes.set(name, made);
    return found ?? made;
  }

  /** A collection of complex values, in one column. */
  private items(
    owner: string,
    column: ColumnMetadata,
    { computed = false, immutable = false, description, ...others }: PropertyOptions,
    item: Embedded,
  ): Property | undefined {
    this.problems.push(...checkItems(owner, column, this.driver.normalizeType(column), others, item));
    const found = this.complexType(owner, item);
    if (found) this.problems.push(...checkDefaults(`${owner}.${column.propertyName}`, found.properties));
    return (
      found && {
        name: column.propertyName,
        type: { kind: 'collection', of: found.type },
        source: this.source(column, {}),
        nullable: false,
        computed,
        immutable,
        required: false,
        searchable: false,
        defaultValue: '[]',
        description: description ?? (column.comment || undefined),
      }
    );
  }

  /** The type of an embedded class, and its properties where it is embedded. */
  private complexType(
    owner: string,
    embedded: Embedded,
  ): { readonly type: ComplexType; readonly properties: ReadonlyMap<string, Property> } | undefined {
    const inner = declarationOf(embedded.type as EntityType['target']);
    const path = `${owner}.${embedded.propertyName}`;
    if (!inner.type) {
      this.problems.push(`${path}: the embedded class needs @ComplexType.`);
      return undefined;
    }
    const parts = [
      ...this.columns(path, inner, embedded.columns),
      ...embedded.embeddeds.flatMap((nested) => this.complex(path, inner, nested)),
    ];
    const properties = new Map(parts.map((property) => [property.name, property] as const));
    const { name, description } = inner.type;
    const type =
      this.complexTypes.get(name) ?? Object.freeze({ kind: 'complex' as const, name, properties, description });
    if ((this.classes.get(name) ?? embedded.type) !== embedded.type)
      this.problems.push(`${path}: another class is the complex type ${name} already.`);
    this.classes.set(name, embedded.type);
    this.complexTypes.set(name, type);
    return { type, properties };
  }

  private complex(owner: string, declared: Declared, embedded: Embedded): readonly Property[] {
    const options = declared.properties.get(embedded.propertyName) ?? {};
    const found = options.hidden ? undefined : this.complexType(owner, embedded);
    if (!found) return [];
    const { type, properties } = found;
    const { description } = type;
    const nullable = options.nullable ?? [...properties.values()].every((property) => property.nullable);
    return [
      {
        name: embedded.propertyName,
        type,
        source: { kind: 'complex', properties },
        nullable,
        computed: options.computed ?? false,
        immutable: options.immutable ?? false,
        required: false,
        searchable: false,
        defaultValue: undefined,
        description: options.description ?? description,
      },
    ];
  }
}

/** Both lists in one, each in its own order: what only the second has follows what stands before it there. */
function merged(first: readonly string[], second: readonly string[]): readonly string[] {
  const result = [...first];
  second.forEach((name, index) => {
    if (result.includes(name)) return;
    const before = second
      .slice(0, index)
      .reverse()
      .find((earlier) => result.includes(earlier));
    result.splice(before === undefined ? 0 : result.indexOf(before) + 1, 0, name);
  });
  return result;
}

/** A column that has a value where none is given. */
const isSetByItself = (column: ColumnMetadata): boolean =>
  column.isArray || column.default !== undefined || column.isGenerated || isSpecial(column);
