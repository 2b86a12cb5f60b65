/** The migrations in the order they are run. */
import { Initial1795500000000 } from './1795500000000-initial';

export const migrations = [Initial1795500000000];
