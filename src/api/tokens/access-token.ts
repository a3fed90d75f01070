import { compactVerify } from 'jose';
import type { Principal, UserId } from '../principal.ts';
import type { KeySource, VerificationKey } from './key-source.ts';
import { parseStrictJson } from './strict-json.ts';

/** Tolerated difference between the issuer's clock and this one. */
const clockSkewSeconds = 5;
/** Longest token that is looked at; ours are below 700 bytes. */
const tokenMaxLength = 8 * 1024;
const subjectMaxLength = 255;

/** Why an access token is refused; `rule` names the rule it broke and never a value of it. */
export class AccessTokenError extends Error {
  readonly code: 'token_invalid' | 'token_expired' | 'token_revoked';

  constructor(code: AccessTokenError['code'], rule: string) {
    super(rule);
    this.name = 'AccessTokenError';
    this.code = code;
  }
}

export interface VerifierOptions {
  /** What `iss` has to be. */
  issuer: string;
  /** What `aud` has to be or hold. */
  audience: string;
  /** The secrets shared with the issuer, or its public keys. */
  keys: KeySource;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

/** Whom a token proves: at once where that is known already. It throws nothing at once. */
export type VerifyAccessToken = (token: string) => Principal | Promise<Principal>;

/**
 * A verifier of access tokens: JWS compact serialisation (RFC 7515 §7.1) by one of `keys`, with
 * the claims of docs/access-tokens.md. It needs no store, and no network but what `keys` need.
 * @throws {AccessTokenError} from the verifier, for any token that is not exactly right.
 * @throws {ProblemError} `unavailable` from the verifier, while the keys cannot be had.
 */
export function accessTokenVerifier(
  options: VerifierOptions,
): (token: string) => Promise<Principal> {
  const { keys, now = Date.now } = options;
  return async (token) => {
    const { header, payload } = parse(token);
    const { alg, kid } = checkHeader(header, keys);
    // The signature comes before any claim: what an unsigned token says is not even an error.
    await checkSignature(token, candidates(await keys.named(kid), alg));
    return checkClaims(payload, options, now() / 1000);
  };
}

/** The keys a token may be signed with: those that it names, or all of its algorithm. */
function candidates(named: readonly VerificationKey[], alg: string): readonly VerificationKey[] {
  if (named.length === 0) throw invalid('The kid header names no key of this API');
  const keys = named.filter((key) => key.alg === alg);
  if (keys.length === 0) throw invalid('The algorithm is not that of the key');
  return keys;
}

async function checkSignature(token: string, keys: readonly VerificationKey[]): Promise<void> {
  for (const { key, alg } of keys) {
    try {
      // Stryker disable next-line ObjectLiteral: the key was chosen by its algorithm; this says it twice
      await compactVerify(token, key, { algorithms: [alg] });
      return;
    } catch {
      // The next key may be the one.
    }
  }
  throw invalid('The signature does not match');
}

const invalid = (rule: string) => new AccessTokenError('token_invalid', rule);

// A byte order mark is not JSON (RFC 8259 §8.1): keep it, so that the parser refuses it.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type JsonObject = Record<string, unknown>;

function parse(token: string): { header: JsonObject; payload: JsonObject } {
  if (token.length > tokenMaxLength) throw invalid('The token is longer than 8 KiB');
  const parts = token.split('.');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || !header || !payload || !signature) {
    throw invalid('The token is not a JWS in compact serialization');
  }
  decode(signature, 'signature');
  return { header: parseObject(header, 'header'), payload: parseObject(payload, 'payload') };
}

/** Base64url without padding, line breaks or loose bits (RFC 7515 §2, RFC 4648 §3.5). */
function decode(part: string, name: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw invalid(`The ${name} is not strict base64url`);
  return bytes;
}

function parseObject(part: string, name: string): JsonObject {
  let value: unknown;
  try {
    value = parseStrictJson(strictUtf8.decode(decode(part, name)));
  } catch (error) {
    if (error instanceof AccessTokenError) throw error;
    throw invalid(`The ${name} is not JSON in UTF-8 with each member named once`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`The ${name} is not a JSON object`);
  }
  // An object that JSON.parse made: string keys, unknown values.
  return value as JsonObject;
}

/** RFC 8725 §3.1 (the algorithms are ours), §3.11 (the type); RFC 7515 §4.1.11 (`crit`). */
function checkHeader(
  { alg, typ, kid, ...others }: JsonObject,
  { algorithms, types }: KeySource,
): { alg: string; kid: string | undefined } {
  const allowed = algorithms.find((algorithm) => algorithm === alg);
  if (allowed === undefined) throw invalid(`The algorithm must be ${algorithms.join(' or ')}`);
  if (!types.some((type) => type === typeName(typ))) {
    throw invalid(`The type must be ${types.filter((type) => type !== undefined).join(' or ')}`);
  }
  if ('crit' in others) throw invalid('The crit header is not supported');
  if ('b64' in others) throw invalid('The b64 header is not supported');
  if (kid !== undefined && typeof kid !== 'string')
    throw invalid('The kid header must be a string');
  return { alg: allowed, kid };
}

/** Media types compare without case, and may omit `application/` (RFC 7515 §4.1.9). */
function typeName(typ: unknown): unknown {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ;
}

function checkClaims(
  claims: JsonObject,
  expected: { issuer: string; audience: string },
  nowSeconds: number,
): Principal {
  const { iss, aud, sub, exp, iat, nbf = 0, sid } = claims;
  if (iss !== expected.issuer) throw invalid('The issuer is not the one this API accepts');
  if (!(aud === expected.audience || (isStrings(aud) && aud.includes(expected.audience)))) {
    throw invalid('The audience does not name this API');
  }
  if (!isSubject(sub)) throw invalid('The subject must be a string of 1 to 255 characters');
  if (sid !== undefined && (typeof sid !== 'string' || sid === '')) {
    throw invalid('The session id must be a non-empty string');
  }
  if (!isTime(exp)) throw invalid('The expiry must be a whole number of seconds');
  if (!isTime(iat)) throw invalid('The time of issue must be a whole number of seconds');
  if (!isTime(nbf)) throw invalid('The start of validity must be a whole number of seconds');
  if (iat > nowSeconds + clockSkewSeconds) throw invalid('The time of issue is in the future');
  if (nbf > nowSeconds + clockSkewSeconds) throw invalid('The token is not valid yet');
  if (exp <= nowSeconds - clockSkewSeconds) {
    throw new AccessTokenError('token_expired', 'The access token expired');
  }
  // The one place where a user id is proven: the signature and every claim were checked.
  return { userId: sub as UserId, sessionId: sid, expiresAt: exp };
}

/**
 * Text that every store keeps as it stands. A lone surrogate (RFC 7493 §2.1) becomes U+FFFD in
 * UTF-8, by which two users would be one; PostgreSQL has no NUL.
 */
function isSubject(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    [...value].length <= subjectMaxLength &&
    value.isWellFormed() &&
    !value.includes('\0')
  );
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** A NumericDate (RFC 7519 §2), narrowed to whole, non-negative seconds that a Date can hold. */
function isTime(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 8.64e12;
}
