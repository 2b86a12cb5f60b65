/** The command line of a command, and what is wrong with it. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Thrown when the command line of a command is wrong: its message, and how the command is used, are all that is printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Starts a command; what is wrong with its command line is printed with how it is used, and ends with exit code 2. */
export function startCommand(start: () => Promise<void>, usage: string): void {
  try {
    void start();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n${usage}`);
    process.exitCode = 2;
  }
}

/** What node reads of a command line; throws a UsageError where node does not understand it. */
export function readArguments<const C extends ParseArgsConfig>(config: C): ReturnType<typeof parseArgs<C>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
