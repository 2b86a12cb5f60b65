/** What the database knows of callers. */
import type { DataSource } from 'typeorm';
import { companyFinder, currentCompany } from '../current-company';
import { keyFinder, type OpenedBy } from './api-keys';

/** What the database knows of callers. */
export interface Directory {
  /** What a key opens; undefined when it opens nothing. */
  readonly key: (key: string) => Promise<OpenedBy | undefined>;
  /** The id of the company of a name; undefined when there is none. */
  readonly company: (name: string) => Promise<string | undefined>;
  /** The id of the company that is meant when none is named. */
  readonly currentCompany: () => string | Promise<string>;
}

/** The directory in a database; what it finds is remembered for a while. */
export const directoryOf = (dataSource: DataSource): Directory => ({
  key: keyFinder(dataSource),
  company: companyFinder(dataSource),
  currentCompany: currentCompany(dataSource),
});
