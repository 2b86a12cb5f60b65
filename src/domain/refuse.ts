/** Refusals of the domain, in the words that clients of Business Central know. */
import { odataError, type ODataError } from '../odata';

/** A rule of the domain is broken. */
export const refuse = (message: string, target: string): ODataError =>
  odataError('Application_DialogException', { message }, { target });

/** The record is still needed by others. */
export const stillNeeded = (message: string): ODataError => odataError('StillReferenced', { message });
