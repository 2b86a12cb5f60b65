import { createHash } from 'node:crypto';

/** What ids are derived from: another service with the same data would choose another name. */
export const namespace = 'customer-payments/';

/** The id of a row of the sample data, e.g. `seedId('customer', 1, 42)`: company 1, customer 42. The SQL of the seed makes the same. */
export function seedId(entity: string, ...ordinals: readonly number[]): string {
  const hash = createHash('md5')
    .update(namespace + [entity, ...ordinals].join('/'))
    .digest('hex');
  const named = `${hash.slice(0, 12)}3${hash.slice(13, 16)}8${hash.slice(17)}`;
  return named.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
