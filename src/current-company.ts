/** Companies: the one that root sets are confined to when no credential names one (the only one, or the first by name), and those of a name. */
import type { DataSource } from 'typeorm';
import { Company } from '../entities';

/** No company has this id: it confines a request to nothing. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

/** A name may become that of another company, or another one the first: it is asked for again after this time. */
const REMEMBERED_MS = 5_000;

/** Makes a function that finds the id of the company of a name; undefined when there is none. */
export function companyFinder(dataSource: DataSource): (name: string) => Promise<string | undefined> {
  const known = new Map<string, { readonly id: string; readonly until: number }>();
  return async (name) => {
    const remembered = known.get(name);
    if (remembered && remembered.until > Date.now()) return remembered.id;
    known.delete(name);
    const found = await dataSource.getRepository(Company).findOne({ select: { id: true }, where: { name } });
    if (found) known.set(name, { id: found.id, until: Date.now() + REMEMBERED_MS });
    return found?.id;
  };
}

/**
 * Makes a function that finds the company, and remembers it for a while. Requests that come meanwhile ask once. While the database cannot be
 * asked it remains the one of before: what reads rows fails by itself, and $metadata reads none. Rejects when none was ever found.
 */
export function currentCompany(dataSource: DataSource): () => string | Promise<string> {
  let known: { readonly id: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;
  return () =>
    known && known.until > Date.now() ? known.id : (asking ??= again().finally(() => (asking = undefined)));

  async function again(): Promise<string> {
    try {
      return await find();
    } catch (error) {
      if (!known) throw error;
      return known.id;
    }
  }

  async function find(): Promise<string> {
    const [first] = await dataSource
      .getRepository(Company)
      .find({ select: { id: true }, order: { name: 'ASC' }, take: 1 });
    known = first && { id: first.id, until: Date.now() + REMEMBERED_MS };
    return first?.id ?? NOBODY;
  }
}
