/**
 * Runs program.cjs, which lies beside it. What V8 makes of the text is kept there once it is loaded: compiling it is a third of what a process
 * costs until it serves. A process may be killed while it writes, and others may write too: whole it takes its name.
 */
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { wrap } = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

const filename = join(__dirname, 'program.cjs');
const cache = join(__dirname, 'program.cache');
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
const script = new Script(wrap(readFileSync(filename, 'utf8')), { filename, cachedData });
script.runInThisContext()(exports, require, module, filename, __dirname);
if (cachedData === undefined) {
  const unfinished = `${cache}.${process.pid}`;
  writeFileSync(unfinished, script.createCachedData());
  renameSync(unfinished, cache);
}
