/** The names of tables, columns and constraints in the database: snake_case, and readable in an error message or a plan. */
import { DefaultNamingStrategy, type Table } from 'typeorm';

/** PostgreSQL cuts longer names off. */
const MAX_NAME_BYTES = 63;

/** `postingDate` → `posting_date`; a column of an embedded class gets the property's name in front. */
export class SnakeCaseNamingStrategy extends DefaultNamingStrategy {
  override tableName(className: string, givenName: string | undefined): string {
    return givenName ?? snakeCase(className);
  }

  override columnName(propertyName: string, givenName: string | undefined, embeddedPrefixes: string[]): string {
    const own = givenName !== undefined && givenName !== '' ? givenName : snakeCase(propertyName);
    return [...embeddedPrefixes.filter((prefix) => prefix !== '').map(snakeCase), own].join('_');
  }

  override relationName(propertyName: string): string {
    return snakeCase(propertyName);
  }

  override joinColumnName(relationName: string, referencedColumnName: string): string {
    return snakeCase(`${relationName}_${referencedColumnName}`);
  }

  override joinTableName(firstTable: string, _secondTable: string, firstProperty: string): string {
    return snakeCase(`${firstTable}_${firstProperty}`);
  }

  override joinTableColumnName(table: string, property: string, column?: string): string {
    return snakeCase(`${table}_${column ?? property}`);
  }

  override primaryKeyName(table: Table | string, columns: string[]): string {
    return this.#constraint('pk', table, columns, () => super.primaryKeyName(table, columns));
  }

  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return this.#constraint('uq', table, columns, () => super.uniqueConstraintName(table, columns));
  }

  override foreignKeyName(table: Table | string, columns: string[]): string {
    return this.#constraint('fk', table, columns, () => super.foreignKeyName(table, columns));
  }

  override indexName(table: Table | string, columns: string[], where?: string): string {
    const hashed = () => super.indexName(table, columns, where);
    return where === undefined || where === '' ? this.#constraint('ix', table, columns, hashed) : hashed();
  }

  #constraint(kind: string, table: Table | string, columns: readonly string[], hashed: () => string): string {
    const name = [kind, this.getTableName(table).split('.').pop(), ...columns].join('_');
    return Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : hashed();
  }
}

function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
