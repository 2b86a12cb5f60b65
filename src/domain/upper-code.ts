/** Codes that clients give to records. */
import { odataError } from '../odata';
import { refuse } from './refuse';

/** A code is written in capital letters, without spaces around it. */
export function upperCode(draft: { code?: string }, limit: number): void {
  if (draft.code === undefined) return;
  const code = draft.code.trim().toUpperCase();
  const length = [...code].length;
  if (length === 0) throw refuse('The blank "code" is not allowed.', 'code');
  if (length > limit)
    throw odataError('Application_StringExceededLength', { name: 'code', length, limit }, { target: 'code' });
  draft.code = code;
}
