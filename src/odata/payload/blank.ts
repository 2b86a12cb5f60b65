/** Empty values that stand for null. Business Central writes them where others write null. */
import { isPrimitive } from '../model/edm';
import type { Property } from '../model/model';
import type { JsonValue } from './json';

/** Properties of a type that name other records. */
export interface ReferringNames {
  /** Those that hold a foreign key. */
  readonly foreignKeys: ReadonlySet<string>;
  /** Texts that name a record beside its id. */
  readonly references: ReadonlySet<string>;
}

const EMPTY_GUID = '00000000-0000-0000-0000-000000000000';
const EMPTY_DATE = '0001-01-01';

/** True for a value of a nullable property that says that there is none. */
export function isBlank(
  { type, name, nullable }: Property,
  value: JsonValue,
  { foreignKeys, references }: ReferringNames,
): boolean {
  if (typeof value !== 'string' || !nullable) return false;
  if (isPrimitive(type, 'Edm.Guid')) return foreignKeys.has(name) && (value === '' || value === EMPTY_GUID);
  if (isPrimitive(type, 'Edm.Date')) return value === '' || value === EMPTY_DATE;
  if (isPrimitive(type, 'Edm.DateTimeOffset')) return value === '' || value.startsWith(`${EMPTY_DATE}T00:00:00`);
  return isPrimitive(type, 'Edm.String') && references.has(name) && value === '';
}
