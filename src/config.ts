/** Every setting of the service: its name, its values, its default and its meaning. Read from the environment once, at start. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most))
    .describe(`a whole number from ${least} to ${most}`);

/** Hours, kept as milliseconds. */
const hours = wholeNumber(1, 2400).transform((number) => number * 3_600_000);

const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', 'on', 'off']))
  .transform((text) => text === 'true' || text === 'on')
  .describe('true or false');

const onOff = flag.describe('on or off');

const text = z.string().describe('a text');

const list = z
  .string()
  .transform((value): readonly string[] => value.split(',').map((part) => part.trim()))
  .refine((parts) => parts.every((part) => part !== ''))
  .describe('texts separated by commas');

/** No name that OData could mean. */
const optionName = z
  .string()
  .regex(/^[A-Za-z][\w-]*$/)
  .describe('a name of letters, digits, - and _');

const tier = z.enum(['S', 'M', 'L', 'none']).describe('S, M, L or none');

const postgresUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol))
  .describe('a URL like postgres://user:password@host:5432/database');

const webUrl = z
  .string()
  .refine((value) => URL.canParse(value) && isWebUrl(new URL(value)))
  .transform((value) => value.replace(/\/+$/, ''))
  .describe('a URL like https://host/path, without query and fragment');

/** Any origin, or these. */
type Origins = '*' | readonly string[];

const origins = z
  .string()
  .transform((value): Origins => (value.trim() === '*' ? '*' : value.split(',').map((origin) => origin.trim())))
  .refine(
    (value) => value === '*' || value.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
  )
  .describe('* or origins like https://app.example.com, separated by commas');

/** One setting: what it may be, what it is when unset, and what for. */
const setting = <Output, Default extends Output | undefined>(
  values: z.ZodType<Output, string>,
  fallback: Default,
  meaning: string,
) => ({ values, fallback, meaning });

const cores = Math.min(10, Math.max(2, availableParallelism()));

/** The table of settings; README.md and the check at start both follow it. */
export const settings = {
  DATABASE_URL: setting(postgresUrl, undefined, 'any PostgreSQL from 15 on; without it an embedded one'),
  DATA_DIR: setting(text, './.data', 'the folder where the embedded database lives'),
  HOST: setting(text, '127.0.0.1', 'the address it listens on'),
  PORT: setting(wholeNumber(0, 65_535), 3000, 'the port it listens on; 0 takes a free one'),
  PUBLIC_URL: setting(
    webUrl,
    undefined,
    'scheme, host and path in context URLs and links; without it from the request',
  ),
  TRUST_PROXY: setting(flag, false, 'whether X-Forwarded-* headers are believed'),
  SEED: setting(
    tier,
    undefined,
    'sample data for an empty database; without it S when embedded, none with DATABASE_URL',
  ),
  REQUIRE_IF_MATCH: setting(flag, true, 'whether PATCH, PUT and DELETE of an entity need If-Match'),
  MAX_PAGE_SIZE: setting(wholeNumber(1, 1_000_000), 20_000, 'the most entities of one page'),
  DEFAULT_PAGE_SIZE: setting(
    wholeNumber(1, 1_000_000),
    undefined,
    'entities of a page; without it 1000 or MAX_PAGE_SIZE',
  ),
  MAX_BATCH_PARTS: setting(wholeNumber(1, 100_000), 1000, 'the most requests of one $batch'),
  MAX_EACH: setting(wholeNumber(1, 1_000_000), 50_000, 'the most members that one request writes by /$each'),
  MAX_BODY_SIZE: setting(wholeNumber(1024, 1_073_741_824), 33_554_432, 'the most bytes of the body of a request'),
  EXPAND_PAGE_SIZE: setting(
    wholeNumber(1, 1_000_000),
    1000,
    'the most entities of one expanded collection before its link',
  ),
  ASYNC_RETENTION: setting(
    hours,
    24 * 3_600_000,
    'hours that the answer to a request with respond-async can be fetched',
  ),
  ASYNC_TIMEOUT: setting(wholeNumber(0, 86_400_000), 600_000, 'milliseconds a statement of such a request may take'),
  CHANGE_RETENTION: setting(hours, 7 * 24 * 3_600_000, 'hours that changes are kept for delta links'),
  REPEATABILITY: setting(hours, 24 * 3_600_000, 'hours that a request with Repeatability-Request-ID is remembered'),
  CORS_ORIGINS: setting(
    origins,
    '*',
    'origins whose pages may use the service in a browser, separated by commas; * for any',
  ),
  ALLOW_ANONYMOUS: setting(flag, false, 'whether a HOST outside loopback is served without authentication'),
  AUTHENTICATION: setting(
    onOff,
    false,
    'whether requests need a key (`npm run api-keys`) or, with TOKEN_ISSUER, a bearer token',
  ),
  API_KEY_OPTION: setting(
    optionName,
    'api_key',
    'the query option that may hold a key instead of the Authorization header',
  ),
  TOKEN_ISSUER: setting(webUrl, undefined, 'the OpenID Connect issuer whose bearer tokens are taken'),
  TOKEN_AUDIENCE: setting(list, undefined, 'what a token must be for: values of its claim aud, separated by commas'),
  PREPARED_STATEMENTS: setting(onOff, true, 'named statements; off behind a transaction pooler'),
  POOL_SIZE: setting(wholeNumber(2, 1000), cores, 'database connections; without it the number of cores, 2 to 10'),
  MAX_QUEUE: setting(wholeNumber(0, 100_000), 256, 'requests that may wait for a connection; the next answers 503'),
  RATE_LIMIT: setting(
    wholeNumber(0, 1_000_000),
    0,
    'requests that one caller may send per minute; the next answers 429; 0 for no limit',
  ),
  MAX_URL_LENGTH: setting(wholeNumber(8192, 1_048_576), 32_768, 'characters of a URL; a longer one answers 414'),
  MAX_NESTING: setting(wholeNumber(10, 200), 100, 'how deep parentheses and options of a URL may nest'),
  MAX_PARTS: setting(wholeNumber(100, 100_000), 10_000, 'names, values and operators of one query option'),
  MAX_LIST_LENGTH: setting(wholeNumber(1, 100_000), 5000, 'members of a list in a query option'),
  MAX_EXPAND_DEPTH: setting(wholeNumber(1, 50), 10, 'how deep $expand may nest'),
  MAX_TRANSFORMATIONS: setting(wholeNumber(10, 500), 100, 'transformations of one request'),
  MAX_PATTERN_LENGTH: setting(wholeNumber(1, 10_000), 500, 'characters of a regular expression'),
  STATEMENT_TIMEOUT: setting(wholeNumber(0, 86_400_000), 30_000, 'milliseconds a statement may take; 0 for no limit'),
} as const;

type Settings = typeof settings;
type SettingName = keyof Settings;
type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Name>;
type Value<Name extends SettingName> = z.output<Settings[Name]['values']> | Settings[Name]['fallback'];
type Read = { readonly [Name in SettingName as CamelCase<Name>]: Value<Name> };

/** The settings, complete and frozen. */
export type Config = Omit<Read, 'seed' | 'defaultPageSize'> & {
  readonly seed: 'S' | 'M' | 'L' | 'none';
  readonly defaultPageSize: number;
};

/** Thrown when settings are wrong: one sentence for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The settings are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** Reads and checks the settings; an empty one counts as unset. Throws a ConfigError that lists everything wrong. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const problems: string[] = [];
  const read = readSettings(env, problems);
  const config: Config = Object.freeze({
    ...read,
    seed: read.seed ?? (read.databaseUrl === undefined ? 'S' : 'none'),
    defaultPageSize: read.defaultPageSize ?? Math.min(1000, read.maxPageSize),
  });
  problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function readSettings(env: NodeJS.ProcessEnv, problems: string[]): Read {
  const entries = Object.entries(settings).map(([name, { values, fallback }]) => {
    const given = env[name]?.trim() ?? '';
    if (given === '') return [camelCase(name), fallback];
    const result = values.safeParse(given);
    if (!result.success) problems.push(`${name} must be ${values.description ?? 'valid'}${shown(name, given)}.`);
    return [camelCase(name), result.success ? result.data : fallback];
  });
  return Object.fromEntries(entries) as Read;
}

/** What was given instead; not for a URL that may hold a password. */
function shown(name: string, given: string): string {
  return name === 'DATABASE_URL' ? '' : `, not '${given}'`;
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function contradictions(config: Config): readonly string[] {
  const problems: string[] = [];
  if (!isLoopback(config.host) && !config.allowAnonymous && !config.authentication) {
    problems.push(
      `HOST '${config.host}' is outside loopback and no authentication is configured: ` +
        'anybody who reaches it could read and write. Set AUTHENTICATION=on, or ALLOW_ANONYMOUS=true if that is meant.',
    );
  }
  if ((config.tokenIssuer === undefined) !== (config.tokenAudience === undefined))
    problems.push('TOKEN_ISSUER and TOKEN_AUDIENCE must be set together.');
  if (config.tokenIssuer !== undefined && !config.authentication)
    problems.push('TOKEN_ISSUER means nothing without AUTHENTICATION=on.');
  if (config.defaultPageSize > config.maxPageSize) {
    problems.push('DEFAULT_PAGE_SIZE must not be greater than MAX_PAGE_SIZE.');
  }
  return problems;
}

/** Whether the address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

function isWebUrl(url: URL): boolean {
  return /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
}
