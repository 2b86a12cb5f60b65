/** Why the embedded PostgreSQL cannot be used, in a sentence for the person who started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
