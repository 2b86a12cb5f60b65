/** Headers of a request that can be sent again. */
import { randomUUID } from 'node:crypto';

export const repeatable = (id: string = randomUUID(), sent = new Date()): Record<string, string> => ({
  'Repeatability-Request-ID': id,
  'Repeatability-First-Sent': sent.toUTCString(),
});
