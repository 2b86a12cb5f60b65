/** Refusals of the domain, in the words that clients of Business Central know. */
import { odataError, type ODataError } from '../odata';

/** A rule of the domain is broken. */
export const refuse = (message: string, target: string): ODataError =>
  odataError('Application_DialogException', { message }, { target });

/** Rules are broken: all of them in details, below a sentence that ends with the first. One alone speaks for itself. */
export function refuseAll(faults: readonly ODataError[], target: string, summary: string): ODataError {
  const [first] = faults;
  if (first && faults.length === 1) return first;
  const message = `${summary} The first: ${first?.message ?? ''}`;
  return odataError('Application_DialogException', { message }, { target, details: faults });
}

/** The record is still needed by others. */
export const stillNeeded = (message: string): ODataError => odataError('StillReferenced', { message });
