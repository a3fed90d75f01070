import type { DatabaseSync } from 'node:sqlite';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import type pg from 'pg';
import type { Secrets, VersionedSecret } from '../contract/access-token.ts';
import { type AccessTokenOptions, accessTokenPlugin } from './access-token-plugin.ts';
import { type Accounts, accountsOf } from './accounts.ts';
import { bansPlugin } from './bans-plugin.ts';
import { derivedSecret } from './derived-secret.ts';
import { checkInput } from './input-rules.ts';
import { clientAddressHeader, issuerPath } from './issuer-path.ts';
import { migrateAccounts } from './migrate-accounts.ts';
import { boundedHashing } from './password-hashing.ts';
import { handleRenewingCookies } from './retired-cookies.ts';
import { sessionsPlugin } from './sessions-plugin.ts';

const passwordMinLength = 8;
const passwordMaxLength = 128;
/** A session lives this long after it was last used. */
const sessionLifetimeSeconds = 30 * 24 * 60 * 60;
/** It is prolonged at most this often. */
const sessionRenewalSeconds = 24 * 60 * 60;
/**
 * How many rows Better Auth reads where it means all of them. Its own default is 100, and a person
 * with more sessions would have the rest deleted without a word to the feed.
 */
const everyRow = 2 ** 31 - 1;

export interface IssuerOptions extends Omit<AccessTokenOptions, 'secret'> {
  secrets: Secrets;
  /** The accounts store, for this alone: Better Auth holds transactions over a hash. */
  database: DatabaseSync | pg.Pool;
  /** The store was brought up to date already, as its owner. */
  isUpToDate?: boolean;
  /** Origins besides the public one that lead to this server, such as 127.0.0.1 for localhost. */
  otherOrigins: string[];
  rateLimit: boolean;
  /** Told of every session that ends before its time, by its id, before it is deleted. */
  onSessionEnd: (sessionId: string) => Promise<void>;
  /** Gets Better Auth's own words; never its arguments, which can hold an address. */
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void;
}

export interface Issuer {
  /** Answers one request under `issuerPath`. */
  handle(request: Request): Promise<Response>;
  /** For the operator; no request leads here. */
  accounts: Accounts;
}

/**
 * Brings the accounts store up to date on a connection that owns it, for an issuer that works on
 * one that does not.
 */
export function migrateForIssuer(options: IssuerOptions): Promise<void> {
  return migrateAccounts(options.database, betterAuthOptions(options, options.secrets[0]));
}

/**
 * Better Auth as this product runs it: e-mail and password, sessions in the store, its limits and
 * origin checks on. The accounts store is up to date when it resolves.
 */
export async function createIssuer(options: IssuerOptions): Promise<Issuer> {
  const [current, ...retired] = options.secrets;
  const settings = betterAuthOptions(options, current);
  if (!options.isUpToDate) await migrateAccounts(options.database, settings);
  const { handler, $context } = betterAuth(settings);
  const keys = { current: keyOf(current), retired: retired.map(keyOf) };
  return {
    handle: (request) => handleRenewingCookies(request, handler, keys, settings.advanced),
    accounts: accountsOf((await $context).internalAdapter),
  };
}

/** What Better Auth signs and encrypts with, in place of the shared secret. */
const keyOf = ({ value }: VersionedSecret): string => derivedSecret(value, 'better-auth');

function betterAuthOptions(options: IssuerOptions, current: VersionedSecret) {
  return {
    appName: 'Ownlist',
    // The configured origin, never the Host header: links and checks cannot be led elsewhere.
    baseURL: options.issuer,
    basePath: issuerPath,
    trustedOrigins: options.otherOrigins,
    secret: keyOf(current),
    // Both are given, since Better Auth would otherwise read the environment's own list.
    secrets: options.secrets.map((secret) => ({
      version: Number(secret.version),
      value: keyOf(secret),
    })),
    database: options.database,
    emailAndPassword: {
      enabled: true,
      // A known and an unknown address get the same answer to a sign-up; one signs in afterwards.
      autoSignIn: false,
      minPasswordLength: passwordMinLength,
      maxPasswordLength: passwordMaxLength,
      revokeSessionsOnPasswordReset: true,
      password: boundedHashing(),
    },
    session: {
      expiresIn: sessionLifetimeSeconds,
      updateAge: sessionRenewalSeconds,
      // Served from a cookie, a revoked session would go on until that aged out.
      cookieCache: { enabled: false },
    },
    verification: { storeIdentifier: 'hashed' },
    rateLimit: { enabled: options.rateLimit, storage: 'database' },
    advanced: {
      cookiePrefix: 'ownlist',
      useSecureCookies: options.issuer.startsWith('https:'),
      // The API reads no cookie, so no cookie is sent to it.
      defaultCookieAttributes: { httpOnly: true, sameSite: 'strict', path: issuerPath },
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
      database: { defaultFindManyLimit: everyRow },
    },
    hooks: { before: checkInput },
    databaseHooks: {
      // First told, then deleted: a session whose end cannot be told does not end half.
      session: { delete: { before: ({ id }) => options.onSessionEnd(id) } },
    },
    telemetry: { enabled: false },
    logger: { level: 'warn', log: (level, message) => options.log(level, message) },
    plugins: [accessTokenPlugin({ ...options, secret: current }), sessionsPlugin(), bansPlugin()],
  } satisfies BetterAuthOptions;
}
