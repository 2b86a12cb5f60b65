/** Lines of TypeScript in stack traces. Unlike with node's own --enable-source-maps, maps are read when an error is told of, not at start. */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';

/** Names the sources of the programs compiled into a folder. */
export function mapStackTraces(folder) {
  const maps = new Map();
  const mapOf = (file) => {
    if (!maps.has(file))
      maps.set(
        file,
        existsSync(`${file}.map`) ? new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))) : undefined,
      );
    return maps.get(file);
  };
  const sourceOf = (place, file, line, column) => {
    const entry = file.startsWith(folder) ? mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1) : undefined;
    if (entry?.originalSource === undefined) return place;
    return `${resolve(dirname(file), entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  };
  Error.prepareStackTrace = (error, frames) =>
    [
      titleOf(error),
      ...frames.map((frame) => `    at ${String(frame).replace(/([^()\s]+):(\d+):(\d+)/, sourceOf)}`),
    ].join('\n');
}

/** What takes a stack trace need not be an error. */
function titleOf(error) {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}
