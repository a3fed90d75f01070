import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig, settingNames } from './config.ts';
import { secretProblem } from './secrets.ts';

const secret = 'b5N0hVq2mX8cZ1rT7wKd4yLs9aGf3jEu';

function problemsOf(env: Record<string, string>, args: string[] = []): readonly string[] {
  try {
    parseConfig(env, {}, args);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('without any setting the server is reachable from this machine alone, with its limits on', () => {
  expect(parseConfig({}, {}, [])).toEqual({
    role: 'all',
    host: 'localhost',
    port: 3000,
    origin: 'http://localhost:3000',
    otherOrigins: ['http://127.0.0.1:3000', 'http://[::1]:3000'],
    dataDir: './data',
    secrets: undefined,
    databaseUrl: undefined,
    accessToken: {
      issuer: 'http://localhost:3000',
      audience: 'http://localhost:3000/api',
      lifetimeSeconds: 300,
      keySet: undefined,
    },
    rateLimit: true,
    overload: { maxConcurrentRequests: 1000, maxEventLoopDelayMs: 1000 },
    metrics: undefined,
    trustedProxies: [],
    logLevel: 'info',
    warnings: [],
  });
});

test('the command line wins over the environment, and the environment over the file', () => {
  const file = { PORT: '4000', ROLE: 'issuer', BETTER_AUTH_SECRET: secret };
  expect(parseConfig({}, file, [])).toMatchObject({ port: 4000, role: 'issuer' });
  expect(parseConfig({ PORT: '5000' }, file, ['--role', 'api'])).toMatchObject({
    port: 5000,
    role: 'api',
  });
});

test('an empty setting is one that is not there', () => {
  expect(parseConfig({ PORT: '', HOST: ' ' }, {}, [])).toMatchObject({
    port: 3000,
    host: 'localhost',
  });
});

test('all that is wrong is named at once, each with its setting', () => {
  const problems = problemsOf(
    {
      PORT: '70000',
      HOST: '0.0.0.0',
      BETTER_AUTH_SECRET: 'short',
      DATABASE_URL: 'mysql://db/x',
      ACCESS_TOKEN_LIFETIME: '5m',
      RATE_LIMIT: 'maybe',
      LOG_LEVEL: 'loud',
      TRUSTED_PROXIES: '10.0.0.1, proxy.local',
    },
    ['--role', 'boss'],
  );
  expect(problems.map((problem) => problem.split(' ', 1)[0])).toEqual([
    'ROLE',
    'PORT',
    'BETTER_AUTH_URL',
    'BETTER_AUTH_SECRET',
    'DATABASE_URL',
    'ACCESS_TOKEN_LIFETIME',
    'RATE_LIMIT',
    'TRUSTED_PROXIES',
    'LOG_LEVEL',
  ]);
});

test.each([
  ['a port that is not a number', { PORT: '3000a' }, /PORT is "3000a": use a whole number/],
  ['an unknown role', { ROLE: 'boss' }, /ROLE is "boss": use one of all, issuer, api/],
  ['an address with a path', { BETTER_AUTH_URL: 'https://a.org/x' }, /without a path/],
  ['an address of another scheme', { BETTER_AUTH_URL: 'ftp://a.org' }, /BETTER_AUTH_URL/],
  ['an address with a password in it', { BETTER_AUTH_URL: 'https://u:p@a.org' }, /BETTER_AUTH_URL/],
  ['a subnet that is none', { TRUSTED_PROXIES: '10.0.0.0/33' }, /10\.0\.0\.0\/33/],
  [
    'a role that runs apart without a shared secret',
    { ROLE: 'api' },
    /BETTER_AUTH_SECRET is missing/,
  ],
  [
    'a public address without the address people open',
    { HOST: '::' },
    /BETTER_AUTH_URL is missing/,
  ],
])('%s is refused with its remedy', (_, env, message) => {
  expect(problemsOf(env).join('\n')).toMatch(message);
});

test('an unknown argument is refused', () => {
  expect(problemsOf({}, ['--port', '1']).join()).toContain('--role');
});

test('a database address is never repeated, since it can hold a password', () => {
  expect(problemsOf({ DATABASE_URL: 'mysql://u:hunter2@db/x' }).join()).not.toContain('hunter2');
});

test.each([
  'qX7!',
  'a'.repeat(64),
  'change-me-change-me-change-me-change-me',
  'your-secret-key-here-at-least-32-characters',
  'better-auth-secret-12345678901234567890',
  'please-replace-me-with-something-random-1234',
  'this-is-an-example-secret-do-not-use-it!',
])('the secret %s is refused', (weak) => {
  expect(secretProblem(weak)).toMatch(/openssl rand/);
  expect(problemsOf({ BETTER_AUTH_SECRET: weak }).join()).not.toContain(weak);
});

test('a list of secrets has the current one first, each with its version', () => {
  const other = 'Zk3vQ9pLx7Rt2Yw8Nc5Bm1Hd6Gf4Js0A';
  expect(parseConfig({ BETTER_AUTH_SECRETS: `2:${other}, 1:${secret}` }, {}, []).secrets).toEqual([
    { version: '2', value: other },
    { version: '1', value: secret },
  ]);
  expect(parseConfig({ BETTER_AUTH_SECRET: secret }, {}, []).secrets).toEqual([
    { version: '1', value: secret },
  ]);
});

test.each([
  ['without versions', secret, /no version/],
  ['with a version that is no number', `new:${secret}`, /no version/],
  ['with an empty entry', `2:${secret},`, /entry 2/],
  [
    'with a weak secret',
    `2:${secret},1:change-me-change-me-change-me-change-me`,
    /entry 2 looks like a placeholder/,
  ],
  ['with a version twice', `1:${secret},1:${secret}x`, /twice/],
  ['with a secret twice', `2:${secret},1:${secret}`, /twice/],
])('a list of secrets %s is refused without repeating one', (_, list, message) => {
  const problems = problemsOf({ BETTER_AUTH_SECRETS: list }).join();
  expect(problems).toMatch(message);
  expect(problems).not.toContain(secret);
});

test('a single secret beside a list is refused, since it would be unclear which one signs', () => {
  expect(
    problemsOf({ BETTER_AUTH_SECRET: secret, BETTER_AUTH_SECRETS: `1:${secret}` }).join(),
  ).toMatch(/both set/);
});

describe('with public keys in place of the secret', () => {
  const url = 'https://login.example.org/api/auth/jwks';

  test('the API needs no secret, and insists on the issuer it is told', () => {
    const api = (env: Record<string, string>) => parseConfig({ ROLE: 'api', ...env }, {}, []);
    expect(api({ ACCESS_TOKEN_JWKS_URL: url })).toMatchObject({
      secrets: undefined,
      accessToken: { issuer: 'http://localhost:3000', keySet: { url } },
    });
    expect(
      api({ ACCESS_TOKEN_JWKS: 'keys.json', ACCESS_TOKEN_ISSUER: 'https://login.example.org' }),
    ).toMatchObject({
      accessToken: { issuer: 'https://login.example.org', keySet: { file: 'keys.json' } },
    });
  });

  test('plain http is possible on this machine alone', () => {
    for (const host of ['localhost:3000', '127.0.0.1', '[::1]:1']) {
      expect(problemsOf({ ROLE: 'api', ACCESS_TOKEN_JWKS_URL: `http://${host}/jwks` })).toEqual([]);
    }
  });

  test.each([
    ['an address over plain http', 'http://login.example.org/jwks'],
    ['an address that only looks local', 'http://localhost.example.org/jwks'],
    ['an address with a password', 'https://me:hunter2@login.example.org/jwks'],
    ['a file as an address', 'file:///etc/keys.json'],
    ['no address at all', 'keys.json'],
  ])('%s is refused with the remedy, and not repeated', (_, address) => {
    const problems = problemsOf({ ROLE: 'api', ACCESS_TOKEN_JWKS_URL: address });
    expect(problems).toEqual([expect.stringMatching(/^ACCESS_TOKEN_JWKS_URL .* use https/)]);
    expect(problems.join()).not.toContain(address);
  });

  test.each(['ACCESS_TOKEN_JWKS', 'ACCESS_TOKEN_JWKS_URL', 'ACCESS_TOKEN_ISSUER'])(
    '%s is refused where the issuer is in the same process, since that signs with the secret',
    (name) => {
      for (const ROLE of ['all', 'issuer']) {
        expect(problemsOf({ ROLE, BETTER_AUTH_SECRET: secret, [name]: url })).toEqual([
          expect.stringMatching(new RegExp(`^${name} is for ROLE=api alone: .* set ROLE=api`)),
        ]);
      }
    },
  );

  test('a file and an address together are refused', () => {
    expect(
      problemsOf({ ROLE: 'api', ACCESS_TOKEN_JWKS: 'keys.json', ACCESS_TOKEN_JWKS_URL: url }),
    ).toEqual([expect.stringContaining('both set')]);
  });

  test('a secret that is left there is warned about', () => {
    const env = { ROLE: 'api', ACCESS_TOKEN_JWKS_URL: url, BETTER_AUTH_SECRET: secret };
    expect(parseConfig(env, {}, []).warnings).toEqual([
      expect.stringMatching(/^BETTER_AUTH_SECRET is not used .* Take it away/),
    ]);
  });
});

test('metrics have a port of their own, on this machine alone unless told', () => {
  const metricsOf = (env: Record<string, string>) => parseConfig(env, {}, []).metrics;
  expect(metricsOf({ METRICS_HOST: '0.0.0.0' })).toBeUndefined();
  expect(metricsOf({ METRICS_PORT: '9464' })).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(metricsOf({ METRICS_PORT: '9464', METRICS_HOST: '::1' })?.host).toBe('::1');
  expect(problemsOf({ PORT: '4000', METRICS_PORT: '4000' })).toEqual([
    expect.stringMatching(/^METRICS_PORT is 4000, as PORT is: use another/),
  ]);
  expect(problemsOf({ METRICS_PORT: '0' })).toEqual([
    expect.stringMatching(/^METRICS_PORT is "0"/),
  ]);
});

test('what is too much at once can be set, and never to nothing', () => {
  expect(
    parseConfig({ MAX_CONCURRENT_REQUESTS: '2', MAX_EVENT_LOOP_DELAY: '50' }, {}, []).overload,
  ).toEqual({ maxConcurrentRequests: 2, maxEventLoopDelayMs: 50 });
  expect(problemsOf({ MAX_CONCURRENT_REQUESTS: '0', MAX_EVENT_LOOP_DELAY: 'off' })).toHaveLength(2);
});

test('a secret of 32 random bytes is accepted', () => {
  expect(secretProblem(secret)).toBeUndefined();
});

test('what is allowed and unwise is warned about', () => {
  const warn = (env: Record<string, string>, file = {}) =>
    parseConfig(env, file, []).warnings.join('\n');
  expect(warn({ BETTER_AUTH_URL: 'http://tasks.example.org' })).toContain('unencrypted');
  expect(warn({ RATE_LIMIT: 'off' })).toContain('RATE_LIMIT');
  expect(warn({}, { PROT: '80' })).toContain('PROT');
  expect(warn({ BETTER_AUTH_URL: 'https://tasks.example.org' })).toBe('');
});

test('.env.example names every setting with a meaning, and nothing else', () => {
  const lines = readFileSync('.env.example', 'utf8').split('\n');
  const named = lines.flatMap((line) => /^#([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(named.toSorted()).toEqual(settingNames.toSorted());
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
});

test('the defaults in .env.example are the defaults', () => {
  const file: Record<string, string> = {};
  for (const [, name = '', value = ''] of readFileSync('.env.example', 'utf8').matchAll(
    /^#([A-Z_]+)=(.*)$/gm,
  )) {
    file[name] = value;
  }
  expect(parseConfig(file, {}, [])).toEqual(parseConfig({}, {}, []));
});
