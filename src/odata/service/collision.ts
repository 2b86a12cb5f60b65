/** What PostgreSQL ends because of another transaction can be tried again: nothing of it has happened. */
import { ODataError } from '../error';

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** True for a deadlock or a serialization failure. */
export function isCollision(error: unknown): boolean {
  const code = codeOf(error instanceof ODataError ? error.cause : error);
  return code === '40001' || code === '40P01';
}
