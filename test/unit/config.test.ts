import { ConfigError, type Config, isLoopback, loadConfig } from '../../src/config';

const url = 'postgres://user:secret@db:5432/payments';

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('defaults', () => {
  const config = loadConfig({});

  test('are those of the contract', () => {
    expect(config).toEqual({
      dataDir: './.data',
      host: '127.0.0.1',
      port: 3000,
      trustProxy: false,
      seed: 'S',
      requireIfMatch: true,
      maxBatchParts: 1000,
      maxEach: 50_000,
      maxBodySize: 33_554_432,
      asyncRetention: 86_400_000,
      asyncTimeout: 600_000,
      repeatability: 86_400_000,
      changeRetention: 604_800_000,
      maxPageSize: 20_000,
      defaultPageSize: 1000,
      expandPageSize: 1000,
      corsOrigins: '*',
      allowAnonymous: false,
      authentication: false,
      apiKeyOption: 'api_key',
      preparedStatements: true,
      poolSize: config.poolSize,
      maxQueue: 256,
      rateLimit: 0,
      maxUrlLength: 32_768,
      maxNesting: 100,
      maxParts: 10_000,
      maxListLength: 5000,
      maxExpandDepth: 10,
      maxTransformations: 100,
      maxPatternLength: 500,
      statementTimeout: 30_000,
    });
  });

  test('take a pool of 2 to 10 connections', () => {
    expect(config.poolSize).toBeGreaterThanOrEqual(2);
    expect(config.poolSize).toBeLessThanOrEqual(10);
  });

  test('are frozen', () => {
    expect(Object.isFrozen(config)).toBe(true);
  });
});

describe('a setting is read', () => {
  const cases: readonly [NodeJS.ProcessEnv, Partial<Config>][] = [
    [{ DATABASE_URL: url }, { databaseUrl: url, seed: 'none' }],
    [{ DATABASE_URL: 'postgresql://localhost/x' }, { databaseUrl: 'postgresql://localhost/x' }],
    [{ DATABASE_URL: url, SEED: 'M' }, { seed: 'M' }],
    [{ SEED: 'none' }, { seed: 'none' }],
    [{ DATA_DIR: '/var/lib/payments' }, { dataDir: '/var/lib/payments' }],
    [{ HOST: '::1' }, { host: '::1' }],
    [
      { HOST: '0.0.0.0', ALLOW_ANONYMOUS: 'true' },
      { host: '0.0.0.0', allowAnonymous: true },
    ],
    [
      { HOST: '0.0.0.0', AUTHENTICATION: 'on' },
      { host: '0.0.0.0', authentication: true },
    ],
    [
      { AUTHENTICATION: 'on', TOKEN_ISSUER: 'https://login.example/', TOKEN_AUDIENCE: 'a, https://b' },
      { authentication: true, tokenIssuer: 'https://login.example', tokenAudience: ['a', 'https://b'] },
    ],
    [{ API_KEY_OPTION: 'key' }, { apiKeyOption: 'key' }],
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: ' 8080 ' }, { port: 8080 }],
    [{ PORT: '' }, { port: 3000 }],
    [{ DATABASE_URL: '  ' }, { seed: 'S' }],
    [{ PUBLIC_URL: 'https://api.example.com/finance/' }, { publicUrl: 'https://api.example.com/finance' }],
    [{ TRUST_PROXY: 'true' }, { trustProxy: true }],
    [{ REQUIRE_IF_MATCH: 'FALSE' }, { requireIfMatch: false }],
    [{ MAX_PAGE_SIZE: '500' }, { maxPageSize: 500, defaultPageSize: 500 }],
    [{ DEFAULT_PAGE_SIZE: '50' }, { defaultPageSize: 50, maxPageSize: 20_000 }],
    [{ PREPARED_STATEMENTS: 'off' }, { preparedStatements: false }],
    [{ POOL_SIZE: '25' }, { poolSize: 25 }],
    [
      { CORS_ORIGINS: 'https://a.example, http://localhost:8080' },
      { corsOrigins: ['https://a.example', 'http://localhost:8080'] },
    ],
    [{ MAX_QUEUE: '0' }, { maxQueue: 0 }],
    [{ RATE_LIMIT: '600' }, { rateLimit: 600 }],
    [{ STATEMENT_TIMEOUT: '0' }, { statementTimeout: 0 }],
  ];

  test.each(cases)('%j', (env, expected) => {
    expect(loadConfig(env)).toMatchObject(expected);
  });
});

describe('a wrong setting is refused', () => {
  const cases: readonly [NodeJS.ProcessEnv, string][] = [
    [{ DATABASE_URL: 'mysql://h/d' }, 'DATABASE_URL must be a URL like postgres://user:password@host:5432/database.'],
    [{ DATABASE_URL: 'nonsense' }, 'DATABASE_URL must be a URL like postgres://user:password@host:5432/database.'],
    [{ PORT: '65536' }, "PORT must be a whole number from 0 to 65535, not '65536'."],
    [{ PORT: '-1' }, "PORT must be a whole number from 0 to 65535, not '-1'."],
    [{ PORT: '80a' }, "PORT must be a whole number from 0 to 65535, not '80a'."],
    [{ PORT: '1e3' }, "PORT must be a whole number from 0 to 65535, not '1e3'."],
    [{ SEED: 'XL' }, "SEED must be S, M, L or none, not 'XL'."],
    [{ TRUST_PROXY: 'yes' }, "TRUST_PROXY must be true or false, not 'yes'."],
    [{ PREPARED_STATEMENTS: '2' }, "PREPARED_STATEMENTS must be on or off, not '2'."],
    [{ MAX_PAGE_SIZE: '0' }, "MAX_PAGE_SIZE must be a whole number from 1 to 1000000, not '0'."],
    [{ POOL_SIZE: '1' }, "POOL_SIZE must be a whole number from 2 to 1000, not '1'."],
    [
      { PUBLIC_URL: 'ftp://x' },
      "PUBLIC_URL must be a URL like https://host/path, without query and fragment, not 'ftp://x'.",
    ],
    [
      { PUBLIC_URL: 'https://x/?a=1' },
      "PUBLIC_URL must be a URL like https://host/path, without query and fragment, not 'https://x/?a=1'.",
    ],
    [{ MAX_PAGE_SIZE: '10', DEFAULT_PAGE_SIZE: '11' }, 'DEFAULT_PAGE_SIZE must not be greater than MAX_PAGE_SIZE.'],
    [
      { HOST: '0.0.0.0' },
      "HOST '0.0.0.0' is outside loopback and no authentication is configured: anybody who reaches it could read and write. Set AUTHENTICATION=on, or ALLOW_ANONYMOUS=true if that is meant.",
    ],
    [{ TOKEN_AUDIENCE: 'a' }, 'TOKEN_ISSUER and TOKEN_AUDIENCE must be set together.'],
    [
      { TOKEN_ISSUER: 'https://login.example', TOKEN_AUDIENCE: 'a' },
      'TOKEN_ISSUER means nothing without AUTHENTICATION=on.',
    ],
    [{ API_KEY_OPTION: '$filter' }, "API_KEY_OPTION must be a name of letters, digits, - and _, not '$filter'."],
  ];

  test.each(cases)('%j', (env, problem) => {
    expect(problemsOf(env)).toEqual([problem]);
  });

  test('together with every other one', () => {
    const problems = problemsOf({ PORT: 'x', SEED: 'x', HOST: '10.0.0.1' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'SEED', 'HOST']);
    expect(new ConfigError(problems).message.split('\n')).toHaveLength(4);
  });

  test('without repeating a secret', () => {
    expect(problemsOf({ DATABASE_URL: 'mysql://user:secret@h/d' }).join()).not.toContain('secret');
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.4', false],
  ['127.0.0.1.example.com', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
