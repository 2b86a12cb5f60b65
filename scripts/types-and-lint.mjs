/**
 * What `npm run types` and eslint check, in one process: lint asks for the types of nearly everything, so with types checked before it costs as
 * much as alone. Writes a line of JSON for each of the two: its title, whether it passed, and what was found.
 */
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { projectRoot } from './install.mjs';

/** The page runs in browsers: it has settings of its own, and its tests too. */
const folders = ['.', 'src/page', 'test/unit/page'];

const host = {
  ...ts.sys,
  getCanonicalFileName: (name) => name,
  getNewLine: () => ts.sys.newLine,
  onUnRecoverableConfigFileDiagnostic: (found) => {
    throw new Error(ts.formatDiagnostic(found, host));
  },
};

function programOf(folder) {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(projectRoot, folder, 'tsconfig.json'),
    { noEmit: true },
    host,
  );
  return ts.createProgram({
    rootNames: config.fileNames,
    options: config.options,
    projectReferences: config.projectReferences,
    configFileParsingDiagnostics: ts.getConfigFileParsingDiagnostics(config),
  });
}

/** A file is linted with the types of the project that it lies in. */
function lintConfig(folder, program) {
  const files = folder === '.' ? {} : { files: [`${folder}/**`] };
  return { ...files, languageOptions: { parserOptions: { projectService: false, programs: [program] } } };
}

const tell = (title, ok, text) => console.log(JSON.stringify({ title, ok, text }));

const programs = folders.map(programOf);
const wrong = programs.flatMap((program) => ts.getPreEmitDiagnostics(program));
tell('types', wrong.length === 0, ts.formatDiagnostics(wrong, host));

const overrideConfig = folders.map((folder, at) => lintConfig(folder, programs[at]));
const eslint = new ESLint({ cwd: projectRoot, overrideConfig });
const results = await eslint.lintFiles('.');
const isClean = results.every(({ errorCount, warningCount }) => errorCount + warningCount === 0);
tell('lint', isClean, await (await eslint.loadFormatter()).format(results));
