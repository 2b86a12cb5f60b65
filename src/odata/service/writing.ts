/** What all requests that write have in common. */
import type { Version } from '../http/negotiate';
import type { Bindings } from '../sql';
import type { Request } from './message';
import type { Negotiated, ServiceOptions } from './negotiated';
import type { Preconditions, WriteContext } from './write-context';

/** A request that writes, with what was found out of its headers and its URL. */
export interface Writing {
  readonly options: ServiceOptions;
  readonly negotiated: Negotiated;
  readonly bindings: Bindings;
  readonly context: WriteContext;
  readonly conditions: Preconditions;
}

/** The version that a body is written in; without OData-Version the highest one that OData-MaxVersion allows. Protocol §8.1.5 */
export function bodyVersion({ headers }: Request, answered: Version): Version {
  const given = headers['odata-version']?.trim();
  if (given === '4.01' || given === '4.0') return given;
  return headers['odata-maxversion'] === undefined ? '4.01' : answered;
}
