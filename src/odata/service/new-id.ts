/** New ids: UUID version 7, so that rows made one after the other lie side by side in an index. RFC 9562 §5.7 */
import { randomUUID } from 'node:crypto';

/** A new id: the time in milliseconds, then random bits. */
export function newId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  const random = randomUUID().slice('xxxxxxxx-xxxx-4'.length);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random}`;
}
