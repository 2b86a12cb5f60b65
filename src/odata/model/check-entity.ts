/** What TypeORM offers and our SQL would silently ignore: refused at start. */
import type { EntityMetadata } from 'typeorm';
import type { TypeOptions } from './decorators';

const identifier = /^[\p{L}_][\p{L}\p{Nd}_]*$/u;
/** Names become SQL aliases with suffixes such as `@odata.navigationLink`, and PostgreSQL cuts aliases at 63 bytes. */
const LONGEST = 40;

/** The problems of one entity, as sentences. */
export function checkEntity(metadata: EntityMetadata, { name }: TypeOptions): readonly string[] {
  return [
    ...checkNames(metadata, name),
    ...checkColumns(metadata),
    ...checkRelations(metadata),
    ...checkClass(metadata),
  ].map((problem) => `${metadata.name}: ${problem}`);
}

function checkNames(metadata: EntityMetadata, typeName: string): readonly string[] {
  const names = [...metadata.ownColumns, ...metadata.relations].map(({ propertyName }) => propertyName);
  const unique = [...new Set(names)];
  const byLowerCase = new Map<string, string[]>();
  for (const name of unique)
    byLowerCase.set(name.toLowerCase(), [...(byLowerCase.get(name.toLowerCase()) ?? []), name]);
  return [
    ...[typeName, ...unique]
      .filter((name) => !identifier.test(name))
      .map((name) => `'${name}' is no simple identifier.`),
    ...[typeName, ...unique]
      .filter((name) => Buffer.byteLength(name) > LONGEST)
      .map((name) => `'${name}' is longer than ${LONGEST} bytes.`),
    ...[...byLowerCase.values()]
      .filter((same) => same.length > 1)
      .map((same) => `${same.join(' and ')} differ by case only.`),
  ];
}

const checkColumns = ({ ownColumns }: EntityMetadata): readonly string[] =>
  ownColumns.flatMap(({ propertyName, transformer, isSelect, isVirtualProperty }) => [
    ...(transformer ? [`the transformer of ${propertyName} would not run.`] : []),
    ...(!isSelect && !isVirtualProperty
      ? [`${propertyName} is selected all the same; hide it with @Property({ hidden: true }) instead of select: false.`]
      : []),
  ]);

const checkRelations = ({ relations }: EntityMetadata): readonly string[] =>
  relations.flatMap(({ propertyName, isEager, isLazy }) =>
    isEager || isLazy ? [`the relation ${propertyName} must be neither eager nor lazy.`] : [],
  );

function checkClass({ listeners, inheritancePattern }: EntityMetadata): readonly string[] {
  return [
    ...listeners.map(({ propertyName, type }) => `the listener ${propertyName} (${type}) would not be called.`),
    ...(inheritancePattern ? ['table inheritance is not served yet.'] : []),
  ];
}
