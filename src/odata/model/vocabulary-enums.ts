/** Enumerations of the vocabularies whose members annotations of the model have as values. Org.OData.Core.V1 */
import type { EnumType } from './model';

/** A name of a vocabulary, qualified by its alias. CSDL §4.2 */
export const withAlias = (name: string): string => name.replace(/^Org\.OData\.(\w+)\.V1\./, '$1.');

const permission: EnumType = Object.freeze({
  kind: 'enum',
  name: 'Permission',
  namespace: 'Org.OData.Core.V1',
  isFlags: true,
  members: new Map([
    ['None', 0],
    ['Read', 1],
    ['Write', 2],
    ['ReadWrite', 3],
    ['Invoke', 4],
  ]),
  databaseType: undefined,
  description: undefined,
});

const enums: ReadonlyMap<string, EnumType> = new Map([['Core.Permission', permission]]);

/** The one of a qualified name. */
export const vocabularyEnum = (name: string): EnumType | undefined => enums.get(withAlias(name));
