/** The company that root sets are confined to when no credential names one: the only one, or the first by name. */
import type { DataSource } from 'typeorm';
import { Company } from '../entities';

/** No company has this id: it confines a request to nothing. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Makes a function that finds the company once there is one, and remembers it. */
export function currentCompany(dataSource: DataSource): () => string | Promise<string> {
  let known: string | undefined;
  return () => known ?? find();

  async function find(): Promise<string> {
    const [first] = await dataSource
      .getRepository(Company)
      .find({ select: { id: true }, order: { name: 'ASC' }, take: 1 });
    known = first?.id;
    return known ?? NOBODY;
  }
}
