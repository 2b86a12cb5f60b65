/** What TypeORM offers and our SQL would silently ignore: refused at start. */
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { EmbeddedMetadata } from 'typeorm/metadata/EmbeddedMetadata.js';
import { declarationOf } from './decorators';
import type { EntityType } from './model';

/** The problems of one entity, as sentences. */
export const checkEntity = (metadata: EntityMetadata): readonly string[] =>
  [
    ...metadata.columns.flatMap(checkColumn),
    ...metadata.allEmbeddeds.flatMap(checkEmbedded),
    ...checkRelations(metadata),
    ...checkClass(metadata),
    ...checkDeclarations(metadata),
  ].map((problem) => `${metadata.name}: ${problem}`);

function checkColumn(column: ColumnMetadata): readonly string[] {
  const { propertyPath: name, transformer, isVirtualProperty, isVirtual, isDiscriminator } = column;
  if (isVirtual || isDiscriminator) return [];
  return [
    ...(transformer ? [`the transformer of ${name} would not run.`] : []),
    ...(!column.isSelect && !isVirtualProperty
      ? [`${name} is selected all the same; hide it with @Property({ hidden: true }) instead of select: false.`]
      : []),
    ...(isVirtualProperty || column.isInsert
      ? []
      : [`insert: false of ${name} would be ignored; say @Property({ computed: true }) instead.`]),
    ...(isVirtualProperty || column.isUpdate
      ? []
      : [`update: false of ${name} would be ignored; say @Property({ immutable: true }) instead.`]),
    ...(column.isDeleteDate ? [`rows that ${name} marks as deleted would still be shown.`] : []),
    ...(column.isPrimary && ['char', 'character'].includes(String(column.type)) && Number(column.length) > 1
      ? [`PostgreSQL fills the key ${name} up with spaces; make it a varchar.`]
      : []),
    ...(column.isPrimary && column.type === 'bytea' ? [`the key ${name} is Edm.Binary, which no key can be.`] : []),
    ...(column.isArray && column.isNullable ? [`${name} may be null, but a collection never is.`] : []),
  ];
}

const checkEmbedded = ({ propertyPath, relations, isArray }: EmbeddedMetadata): readonly string[] => [
  ...(relations.length > 0 ? [`${propertyPath} has relations, which are not served yet in an embedded class.`] : []),
  ...(isArray
    ? [
        `${propertyPath} is a collection of embedded objects; say @Property({ collectionOf }) on a jsonb column instead.`,
      ]
    : []),
];

const checkRelations = ({ relations, target }: EntityMetadata): readonly string[] =>
  relations.flatMap(({ propertyName, isEager, isLazy, isManyToMany, junctionEntityMetadata }) => [
    ...(isEager || isLazy ? [`the relation ${propertyName} must be neither eager nor lazy.`] : []),
    ...(isManyToMany && !junctionEntityMetadata
      ? [`the relation ${propertyName} is many-to-many and needs @JoinTable on one of its sides.`]
      : []),
    ...(isManyToMany && declarationOf(target as EntityType['target']).navigations.get(propertyName)?.contained
      ? [`the entities of ${propertyName} have many parents, so that none contains them.`]
      : []),
  ]);

const checkClass = ({ listeners, treeType }: EntityMetadata): readonly string[] => [
  ...listeners.map(({ propertyName, type }) => `the listener ${propertyName} (${type}) would not be called.`),
  ...(treeType ? ['the columns of a tree would not be kept up to date.'] : []),
];

/** Decorators that stand on nothing. */
function checkDeclarations(metadata: EntityMetadata): readonly string[] {
  const { properties, navigations } = declarationOf(metadata.target as EntityType['target']);
  const columns = new Set([
    ...metadata.columns.map(({ propertyName }) => propertyName),
    ...metadata.embeddeds.map(({ propertyName }) => propertyName),
  ]);
  const relations = new Set(metadata.relations.map(({ propertyName }) => propertyName));
  return [
    ...[...properties]
      .filter(([name, { path }]) => path === undefined && !columns.has(name))
      .map(([name]) => `@Property stands on ${name}, which is no column and has no path.`),
    ...[...navigations.keys()]
      .filter((name) => !relations.has(name))
      .map((name) => `@Navigation stands on ${name}, which is no relation.`),
  ];
}
