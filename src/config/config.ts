import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { defaultAudience, type Secrets } from '../contract/access-token.ts';
import {
  isLoopback,
  loopbackNames,
  parseAddresses,
  parseDatabaseUrl,
  parseKeySetUrl,
  parseOrigin,
} from './addresses.ts';
import { parseSecrets, secretProblem } from './secrets.ts';

export const roles = ['all', 'issuer', 'api'] as const;
export type Role = (typeof roles)[number];

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Everything the program can be told, parsed. Nothing else reads the environment. */
export interface Config {
  role: Role;
  host: string;
  port: number;
  /** Where people open it, without a trailing slash: the issuer's name and the page's origin. */
  origin: string;
  /** Other names of the same place: loopback has three. */
  otherOrigins: string[];
  dataDir: string;
  /** The current one first, then the retired; undefined: generated and kept in the data folder. */
  secrets: Secrets | undefined;
  /** PostgreSQL; undefined: SQLite files in the data folder. */
  databaseUrl: string | undefined;
  accessToken: AccessTokenConfig;
  rateLimit: boolean;
  /** What is too much at once: the rest is refused with 503. */
  overload: OverloadLimits;
  /** Where the metrics are served; undefined: nowhere, and nothing is counted. */
  metrics: { host: string; port: number } | undefined;
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  logLevel: (typeof logLevels)[number];
  /** What is allowed and still unwise, for the log. */
  warnings: string[];
}

export interface OverloadLimits {
  /** Requests that may be worked on at once. */
  maxConcurrentRequests: number;
  /** How late the event loop may be on the average of a second; twice in a row is too much. */
  maxEventLoopDelayMs: number;
}

export interface AccessTokenConfig {
  /** What `iss` has to be. */
  issuer: string;
  audience: string;
  lifetimeSeconds: number;
  /** Where the issuer's public keys are, a file or an address; undefined: the secrets are shared. */
  keySet: { file: string } | { url: string } | undefined;
}

/** All that is wrong with the configuration, each with its remedy. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Settings = Record<string, string | undefined>;

/**
 * The configuration from the environment, a `.env` file and the command line, in falling order of
 * precedence for the same setting: command line, environment, file. An empty value is none.
 * @throws {ConfigError} naming every problem at once.
 */
export function parseConfig(env: Settings, file: Settings, args: string[]): Config {
  const problems: string[] = [];
  const read = reader(env, file, problems);
  const role = read.oneOf('ROLE', roles, 'all', roleArgument(args, problems));
  const host = read.text('HOST') ?? 'localhost';
  const port = read.integer('PORT', { min: 1, max: 65_535, default: 3000 });
  const origin =
    read.parsed('BETTER_AUTH_URL', parseOrigin) ?? defaultOrigin(host, port, problems, read);
  const secrets = readSecrets(read, problems);
  const databaseUrl = read.parsed('DATABASE_URL', parseDatabaseUrl);
  const accessToken = readAccessToken(read, role, origin, problems);
  const keyed = [
    'BETTER_AUTH_SECRET',
    'BETTER_AUTH_SECRETS',
    'ACCESS_TOKEN_JWKS',
    'ACCESS_TOKEN_JWKS_URL',
  ] as const;
  if (role !== 'all' && !keyed.some((name) => read.text(name))) {
    problems.push(
      `BETTER_AUTH_SECRET is missing: with ROLE=${role} the issuer and the API run apart and have to share one. Make it with: openssl rand -base64 32`,
    );
  }
  const config: Config = {
    role,
    host,
    port,
    origin,
    otherOrigins: loopbackNames(origin),
    dataDir: read.text('DATA_DIR') ?? './data',
    secrets,
    databaseUrl,
    accessToken,
    rateLimit: read.oneOf('RATE_LIMIT', ['on', 'off'], 'on') === 'on',
    overload: {
      maxConcurrentRequests: read.integer('MAX_CONCURRENT_REQUESTS', {
        min: 1,
        max: 100_000,
        default: 1000,
      }),
      maxEventLoopDelayMs: read.integer('MAX_EVENT_LOOP_DELAY', {
        min: 1,
        max: 60_000,
        default: 1000,
      }),
    },
    metrics: readMetrics(read, port, problems),
    trustedProxies: read.parsed('TRUSTED_PROXIES', parseAddresses) ?? [],
    logLevel: read.oneOf('LOG_LEVEL', logLevels, 'info'),
    warnings: [],
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...config, warnings: warningsOf(config, file) };
}

type Reader = ReturnType<typeof reader>;

function reader(env: Settings, file: Settings, problems: string[]) {
  const text = (name: SettingName): string | undefined =>
    env[name]?.trim() || file[name]?.trim() || undefined;
  const refuse = (name: string, problem: string) => void problems.push(`${name} ${problem}`);
  return {
    text,

    parsed<T>(name: SettingName, parse: (value: string) => { value: T } | { problem: string }) {
      const value = text(name);
      if (value === undefined) return undefined;
      const result = parse(value);
      if ('value' in result) return result.value;
      refuse(name, result.problem);
      return undefined;
    },

    oneOf<T extends string>(
      name: SettingName,
      values: readonly T[],
      fallback: T,
      given = text(name),
    ): T {
      const value = values.find((candidate) => candidate === (given ?? fallback));
      if (value === undefined) refuse(name, `is "${given}": use one of ${values.join(', ')}.`);
      return value ?? fallback;
    },

    integer(
      name: SettingName,
      { min, max, default: fallback }: { min: number; max: number; default: number },
    ) {
      const value = text(name);
      if (value === undefined) return fallback;
      if (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
      refuse(name, `is "${value}": use a whole number from ${min} to ${max}.`);
      return fallback;
    },
  };
}

function roleArgument(args: string[], problems: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { role: { type: 'string' } } }).values.role;
  } catch (error) {
    problems.push(
      `The command line has something unknown (${(error as Error).message}). It takes --role.`,
    );
    return undefined;
  }
}

function defaultOrigin(host: string, port: number, problems: string[], read: Reader): string {
  if (!isLoopback(host) && read.text('BETTER_AUTH_URL') === undefined) {
    problems.push(
      `BETTER_AUTH_URL is missing: HOST=${host} can be reached from other machines, so the address that people open has to be known. Set it, for example to https://tasks.example.org`,
    );
  }
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** One secret has the version 1; a list has its own versions. */
function readSecrets(read: Reader, problems: string[]): Secrets | undefined {
  const one = read.parsed('BETTER_AUTH_SECRET', (value) => {
    const problem = secretProblem(value);
    return problem === undefined ? { value: [{ version: '1', value }] as const } : { problem };
  });
  const list = read.parsed('BETTER_AUTH_SECRETS', parseSecrets);
  if (read.text('BETTER_AUTH_SECRET') && read.text('BETTER_AUTH_SECRETS')) {
    problems.push(
      'BETTER_AUTH_SECRET and BETTER_AUTH_SECRETS are both set: keep the list alone, with the single secret in it as 1:<secret>.',
    );
  }
  return list ?? one;
}

function readAccessToken(
  read: Reader,
  role: Role,
  origin: string,
  problems: string[],
): AccessTokenConfig {
  const file = read.text('ACCESS_TOKEN_JWKS');
  const url = read.parsed('ACCESS_TOKEN_JWKS_URL', parseKeySetUrl);
  const issuer = read.text('ACCESS_TOKEN_ISSUER');
  if (file !== undefined && read.text('ACCESS_TOKEN_JWKS_URL')) {
    problems.push(
      'ACCESS_TOKEN_JWKS and ACCESS_TOKEN_JWKS_URL are both set: keep the file to pin the keys, or the address to follow the issuer when it changes them.',
    );
  }
  for (const name of [
    'ACCESS_TOKEN_JWKS',
    'ACCESS_TOKEN_JWKS_URL',
    'ACCESS_TOKEN_ISSUER',
  ] as const) {
    if (role === 'api' || !read.text(name)) continue;
    problems.push(
      `${name} is for ROLE=api alone: the issuer of this process signs with BETTER_AUTH_SECRET, in the name of BETTER_AUTH_URL. Leave it out, or set ROLE=api.`,
    );
  }
  return {
    issuer: issuer ?? origin,
    audience: read.text('ACCESS_TOKEN_AUDIENCE') ?? defaultAudience(origin),
    lifetimeSeconds: read.integer('ACCESS_TOKEN_LIFETIME', { min: 10, max: 3600, default: 300 }),
    keySet: file !== undefined ? { file } : url !== undefined ? { url } : undefined,
  };
}

function readMetrics(read: Reader, publicPort: number, problems: string[]): Config['metrics'] {
  const host = read.text('METRICS_HOST') ?? '127.0.0.1';
  const port = read.integer('METRICS_PORT', { min: 1, max: 65_535, default: 0 });
  if (port === publicPort) {
    problems.push(
      `METRICS_PORT is ${port}, as PORT is: use another, which the public cannot reach.`,
    );
  }
  return port === 0 ? undefined : { host, port };
}

function warningsOf({ origin, rateLimit, accessToken, secrets }: Config, file: Settings): string[] {
  const { protocol, hostname } = new URL(origin);
  const unknown = Object.keys(file).filter((name) => !settingNames.some((known) => known === name));
  return [
    ...(protocol === 'http:' && !isLoopback(hostname)
      ? [
          `BETTER_AUTH_URL is ${origin}: passwords and tokens cross the network unencrypted. Put TLS in front and use https.`,
        ]
      : []),
    ...(rateLimit
      ? []
      : [
          'RATE_LIMIT is off: nothing slows down somebody who guesses passwords. Use this for benchmarks only.',
        ]),
    ...(accessToken.keySet && secrets
      ? [
          'BETTER_AUTH_SECRET is not used beside the public keys of ACCESS_TOKEN_JWKS. Take it away: without it, this process can verify access tokens and make none.',
        ]
      : []),
    ...(unknown.length > 0 ? [`.env has settings that nothing reads: ${unknown.join(', ')}.`] : []),
  ];
}

/** Every setting there is; `.env.example` explains each (a test compares them). */
export const settingNames = [
  'PORT',
  'HOST',
  'DATA_DIR',
  'BETTER_AUTH_URL',
  'BETTER_AUTH_SECRET',
  'BETTER_AUTH_SECRETS',
  'DATABASE_URL',
  'ROLE',
  'ACCESS_TOKEN_AUDIENCE',
  'ACCESS_TOKEN_LIFETIME',
  'ACCESS_TOKEN_ISSUER',
  'ACCESS_TOKEN_JWKS',
  'ACCESS_TOKEN_JWKS_URL',
  'TRUSTED_PROXIES',
  'RATE_LIMIT',
  'MAX_CONCURRENT_REQUESTS',
  'MAX_EVENT_LOOP_DELAY',
  'METRICS_PORT',
  'METRICS_HOST',
  'LOG_LEVEL',
] as const;
type SettingName = (typeof settingNames)[number];
