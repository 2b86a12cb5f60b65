/** Which query options a resource of each kind takes. Protocol §11.2.1, §11.2.4 */
import { odataError } from '../error';
import type { QueryOptions } from '../url/ast';

/** Options that a resource of each kind takes, beside $format, $schemaversion and aliases. */
const applicable = {
  collection: [
    '$filter',
    '$orderby',
    '$select',
    '$expand',
    '$compute',
    '$search',
    '$apply',
    '$top',
    '$skip',
    '$count',
    '$skiptoken',
  ],
  entity: ['$select', '$expand', '$compute'],
  /** An answer to a POST has no further pages. */
  returned: ['$filter', '$orderby', '$select', '$expand', '$compute', '$search', '$apply', '$top', '$skip', '$count'],
  /** Collections within a collection have no properties. */
  collections: ['$filter', '$orderby', '$top', '$skip', '$count', '$skiptoken'],
  count: ['$filter', '$search', '$apply', '$orderby', '$top', '$skip', '$expand', '$select', '$count', '$compute'],
  /** Links that are written. */
  links: ['$id'],
  references: ['$filter', '$orderby', '$search', '$top', '$skip', '$count', '$skiptoken'],
  property: ['$select', '$expand', '$compute'],
  values: ['$filter', '$orderby', '$search', '$top', '$skip', '$count'],
  items: ['$filter', '$orderby', '$search', '$apply', '$top', '$skip', '$count', '$select', '$expand', '$compute'],
  value: [],
} as const satisfies Record<string, readonly (keyof QueryOptions)[]>;

const always: readonly string[] = ['$format', '$schemaversion', 'aliases'];

/** Refuses options that the resource does not take. Protocol §11.2.1 */
export function checkOptions(options: QueryOptions, kind: keyof typeof applicable, resource: string): void {
  const allowed: readonly string[] = applicable[kind];
  for (const name of Object.keys(options)) {
    if (allowed.includes(name) || always.includes(name)) continue;
    throw odataError('OptionNotApplicable', { name, resource }, { target: name });
  }
}
