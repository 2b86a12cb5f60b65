/** Names that rows had before they were aggregated. Data Aggregation §3.1, §3.7 */
import { odataError } from '../error';
import type { NameSegment } from '../url/ast';
import { placeOf, type Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import { hasName, membersOf } from './members';
import type { Range } from './plan';

/** The error for a name that the rows of the variable no longer have, in none of their structures; undefined for others. */
export function aggregatedAway(scope: Scope, range: Range, { name, place }: NameSegment): Error | undefined {
  const { declared } = membersOf(scope, range);
  if (!declared || hasName(scope, range, name)) return undefined;
  if (!hasName(scope, { type: declared, name: '' }, name) && !dynamicProperty(declared, name)) return undefined;
  return odataError(
    'InvalidValue',
    { message: `'${name}' has been aggregated away: the rows no longer have it.` },
    placeOf(place),
  );
}
