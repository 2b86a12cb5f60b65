/** Imports run one way only: docs/architecture.md, held against the code as it stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const project = join(__dirname, '..', '..');

interface Import {
  /** The importing file, from the project's root. */
  readonly from: string;
  /** A package, a module of node, or a file without its extension. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = (folder: string): string[] =>
  readdirSync(join(project, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return files(path);
    return path.endsWith('.ts') ? [path] : [];
  });

const statement =
  /^(?:import|export)\s+(type\s+)?(?:[\w*{][^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

const importsOf = (from: string): Import[] =>
  [...readFileSync(join(project, from), 'utf8').matchAll(statement)].map(([, type, named, dynamic]) => {
    const text = named ?? dynamic ?? '';
    const path = text.startsWith('.')
      ? relative(project, join(project, dirname(from), text))
          .split(sep)
          .join('/')
      : text;
    return { from, to: path.replace(/\.js$/, ''), typeOnly: type !== undefined };
  });

const imports = [...files('src'), ...files('entities')].flatMap(importsOf);

const offenders = (wrong: (one: Import) => boolean): string[] =>
  imports.filter(wrong).map(({ from, to }) => `${from} imports ${to}`);

const folderOf = (path: string): string => /^src\/odata\/([\w-]+)/.exec(path)?.[1] ?? '';
const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

test('the reader of imports finds them', () => {
  expect(imports.length).toBeGreaterThan(400);
  expect(imports).toContainEqual({ from: 'src/serve.ts', to: 'src/server', typeOnly: false });
  expect(imports).toContainEqual({ from: 'src/server.ts', to: '@odata/server', typeOnly: false });
});

/** What each folder of the engine may use beside itself, error and sql. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  error: [],
  sql: [],
  model: [],
  url: [],
  plan: ['model', 'url'],
  compile: ['model', 'plan'],
  payload: ['model', 'url', 'plan'],
  service: ['model', 'url', 'plan', 'compile', 'payload'],
  http: ['model', 'url', 'service'],
  index: ['model', 'service'],
};

/** Where the code leaves the rule: a type, and pure functions over headers that the service reads. Nothing may be added here. */
const exceptions: readonly RegExp[] = [
  /^src\/odata\/model\/types\.ts imports src\/odata\/url\/ast$/,
  /^src\/odata\/service\/[\w-]+\.ts imports src\/odata\/http\/(entity-tags|error-response|negotiate|preferences|request-body)$/,
];
const isException = ({ from, to }: Import): boolean =>
  exceptions.some((pattern) => pattern.test(`${from} imports ${to}`));

test('within the engine: error, sql ← model ← url ← plan ← compile ← service ← http', () => {
  const wrong = offenders((one) => {
    const [from, to] = [folderOf(one.from), folderOf(one.to)];
    if (from === '' || to === '' || from === to || to === 'error' || to === 'sql') return false;
    return !(allowed[from]?.includes(to) ?? false) && !isException(one);
  });
  expect(wrong).toEqual([]);
});

test('the grammar of URLs knows no model', () => {
  expect(offenders(({ from, to }) => isWithin(from, 'src/odata/url') && isWithin(to, 'src/odata/model'))).toEqual([]);
});

test('the engine knows neither entities nor rules nor anything else around it', () => {
  const outside = ({ from, to }: Import): boolean =>
    isWithin(from, 'src/odata') && /^(src|entities|test)(\/|$)/.test(to) && !isWithin(to, 'src/odata');
  expect(offenders(outside)).toEqual([]);
});

test('entities and rules use the engine through its public face only', () => {
  const deep = ({ from, to }: Import): boolean =>
    (isWithin(from, 'entities') || isWithin(from, 'src/domain')) && isWithin(to, 'src/odata') && to !== 'src/odata';
  expect(offenders(deep)).toEqual([]);
});

test('entities import no rule, and rules no server', () => {
  expect(offenders(({ from, to }) => isWithin(from, 'entities') && isWithin(to, 'src/domain'))).toEqual([]);
  expect(offenders(({ from, to }) => isWithin(from, 'src/domain') && /^src\/(?!odata$|domain\/)/.test(to))).toEqual([]);
});

test('typeorm is known where rows are described, made and opened, nowhere else', () => {
  const places = [
    'entities',
    'src/data-source.ts',
    'src/migration-data-source.ts',
    'src/naming-strategy.ts',
    'src/current-company.ts',
    'src/database.ts',
    'src/authentication/api-keys.ts',
    'src/authentication/directory.ts',
    'src/prepare-database.ts',
    'src/explain.ts',
    'src/migrations',
    'src/seed',
    'src/odata/model',
    'src/odata/service/service.ts',
  ];
  const elsewhere = ({ from, to }: Import): boolean =>
    (to === 'typeorm' || to.startsWith('typeorm/')) && !places.some((place) => isWithin(from, place));
  expect(offenders(elsewhere)).toEqual([]);
});

test('the engine speaks to pg in one file; service.ts names a type of it', () => {
  const elsewhere = ({ from, to, typeOnly }: Import): boolean =>
    to === 'pg' &&
    isWithin(from, 'src/odata') &&
    from !== 'src/odata/service/database.ts' &&
    !(from === 'src/odata/service/service.ts' && typeOnly);
  expect(offenders(elsewhere)).toEqual([]);
});

test('@odata/server is imported by src/server.ts alone', () => {
  expect(offenders(({ from, to }) => to === '@odata/server' && from !== 'src/server.ts')).toEqual([]);
});

test('HTTP servers are known to the edge alone', () => {
  const elsewhere = ({ from, to }: Import): boolean =>
    ['fastify', 'express', 'node:http'].includes(to) && !isWithin(from, 'src/odata/http') && from !== 'src/server.ts';
  expect(offenders(elsewhere)).toEqual([]);
});

/** `file#name`, for every name that is imported from a file of the project, or handed on by one. */
const namesImported = new Set(
  [...files('src'), ...files('entities'), ...files('test'), ...files('bench')].flatMap((from) =>
    [
      ...readFileSync(join(project, from), 'utf8').matchAll(
        /^(?:import|export)[^;'"]*?\{([^}]*)\}\s+from\s+'(\.[^']*)'/gm,
      ),
    ].flatMap(([, names = '', path = '']) =>
      names.split(',').map((name) => `${join(dirname(from), path)}#${name.trim().replace(/^type | as .*$/g, '')}`),
    ),
  ),
);

test('what a file exports, another one imports', () => {
  const folders = ['model', 'compile', 'payload', 'service', 'http'].map((folder) => `src/odata/${folder}`);
  const exported = folders.flatMap(files).flatMap((file) => {
    const declared = /^export (?:async )?(?:abstract )?(?:function\*?|const|class|interface|type) (\w+)/gm;
    return [...readFileSync(join(project, file), 'utf8').matchAll(declared)].map(
      ([, name = '']) => `${file.replace(/\.ts$/, '')}#${name}`,
    );
  });
  expect(exported.length).toBeGreaterThan(300);
  expect(exported.filter((name) => !namesImported.has(name))).toEqual([]);
});

test('random() of the database, whose seed says which expression has failed, gives no number that is kept', () => {
  const drawing = [...files('src'), ...files('entities')].filter(
    (path) =>
      !path.startsWith('src/seed/') &&
      /\brandom\(\)/.test(readFileSync(join(project, path), 'utf8').replace(/^\s*(?:\/?\*|\/\/).*$/gm, '')),
  );
  expect(drawing).toEqual(['src/odata/service/failed-place.ts']);
});
