/** Keys: long random texts, of which the database keeps a hash only. */
import { createHash, randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { ApiKey } from '../../entities';

/** What a key opens. */
export type OpenedBy = Pick<ApiKey, 'name' | 'companyId' | 'readOnly' | 'expiresAt'>;

/** A key to be made. */
export type NewKey = OpenedBy;

/** A key that is withdrawn opens nothing after this time. */
const REMEMBERED_MS = 5_000;
/** Keys that are remembered; beyond it all are forgotten. */
const MOST = 10_000;

/** A random text of 256 bits hashed once cannot be guessed; passwords of people would need more. */
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Makes the key and keeps its hash; resolves to the key, which is shown this once. Rejects when the name is taken. */
export async function addKey(dataSource: DataSource, added: NewKey): Promise<string> {
  const key = `cp_${randomBytes(32).toString('base64url')}`;
  await dataSource.getRepository(ApiKey).insert({ ...added, sha256: hashOf(key), createdAt: new Date() });
  return key;
}

/** Withdraws a key; false when there is none of the name. */
export async function removeKey(dataSource: DataSource, name: string): Promise<boolean> {
  const { affected } = await dataSource.getRepository(ApiKey).delete({ name });
  return affected === 1;
}

/** All keys, without their secrets. */
export const listKeys = (dataSource: DataSource): Promise<ApiKey[]> =>
  dataSource.getRepository(ApiKey).find({ relations: { company: true }, order: { name: 'ASC' } });

/** Makes the function that tells what a key opens; undefined when it opens nothing (any more). */
export function keyFinder(dataSource: DataSource): (key: string) => Promise<OpenedBy | undefined> {
  const remembered = new Map<string, { readonly found: OpenedBy; readonly until: number }>();
  const isOver = ({ expiresAt }: OpenedBy): boolean => expiresAt !== null && expiresAt.getTime() <= Date.now();
  return async (key) => {
    const sha256 = hashOf(key);
    const known = remembered.get(sha256);
    if (known && known.until > Date.now()) return isOver(known.found) ? undefined : known.found;
    remembered.delete(sha256);
    const found = await dataSource.getRepository(ApiKey).findOneBy({ sha256 });
    if (!found || isOver(found)) return undefined;
    if (remembered.size >= MOST) remembered.clear();
    remembered.set(sha256, { found, until: Date.now() + REMEMBERED_MS });
    return found;
  };
}
