/** The command line of a command, and what is wrong with it. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Thrown when the command line of a command is wrong: its message, and how the command is used, are all that is printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What node reads of a command line; throws a UsageError where node does not understand it. */
export function readArguments<const C extends ParseArgsConfig>(config: C): ReturnType<typeof parseArgs<C>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
