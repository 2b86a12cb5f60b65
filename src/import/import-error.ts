/** Thrown when a file cannot be imported at all; its message says why. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}
