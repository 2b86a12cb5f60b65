/** Thrown when the command line of a command is wrong: its message, and how the command is used, are all that is printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
