/** New ids: UUID version 7, so that rows made one after the other lie side by side in an index. RFC 9562 §5.7 */
import { randomInt, randomUUID } from 'node:crypto';

/** The 12 bits behind the time count the ids of one millisecond. RFC 9562 §6.2, method 1 */
const MOST = 0xfff;
/** A millisecond begins to count at random in the lower half, so that there is room for more. */
const FIRST = 0x7ff;

let lastTime = 0;
let counter = 0;

/** A new id, above all that this process has made: the time in milliseconds, a counter, then random bits. */
export function newId(now = Date.now()): string {
  if (now > lastTime) {
    lastTime = now;
    counter = randomInt(FIRST);
  } else if (counter < MOST) counter += 1;
  else {
    lastTime += 1;
    counter = 0;
  }
  const time = lastTime.toString(16).padStart(12, '0');
  const random = randomUUID().slice('xxxxxxxx-xxxx-4xxx'.length);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}${random}`;
}
