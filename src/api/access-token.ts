import { compactVerify } from 'jose';
import { type AccessTokenClaims, accessTokenType, type Secrets } from '../contract/access-token.ts';
import type { Principal, UserId } from './principal.ts';
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
  /** The secrets shared with the issuer; the UTF-8 bytes of each are an HS256 key. */
  secrets: Secrets;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

export type VerifyAccessToken = (token: string) => Promise<Principal>;

/**
 * A verifier of access tokens: JWS compact serialisation (RFC 7515 §7.1), HS256 only, `at+jwt`
 * (RFC 9068 §4), with the claims of docs/access-tokens.md. It needs no store and no network.
 * @throws {AccessTokenError} from the verifier, for any token that is not exactly right.
 */
export function accessTokenVerifier(options: VerifierOptions): VerifyAccessToken {
  const keys = options.secrets.map(({ version, value }) => ({
    kid: version,
    key: new TextEncoder().encode(value),
  }));
  const now = options.now ?? Date.now;
  return async (token) => {
    const { header, payload } = parse(token);
    checkHeader(header);
    // The signature comes before any claim: what an unsigned token says is not even an error.
    await checkSignature(token, candidates(keys, header['kid']));
    return principal(checkClaims(payload, options, now() / 1000));
  };
}

/** The keys a token may be signed with: the one it names, or each where it names none. */
function candidates(keys: readonly { kid: string; key: Uint8Array }[], kid: unknown): Uint8Array[] {
  const named = kid === undefined ? keys : keys.filter((key) => key.kid === kid);
  if (named.length === 0) throw invalid('The kid header names no key of this API');
  return named.map(({ key }) => key);
}

async function checkSignature(token: string, keys: Uint8Array[]): Promise<void> {
  for (const key of keys) {
    const matches = await compactVerify(token, key, { algorithms: ['HS256'] }).then(
      () => true,
      () => false,
    );
    if (matches) return;
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

/** RFC 8725 §3.1 (one algorithm, ours), §3.11 (explicit type); RFC 7515 §4.1.11 (`crit`). */
function checkHeader(header: JsonObject): void {
  if (header['alg'] !== 'HS256') throw invalid('The algorithm must be HS256');
  const type = header['typ'];
  // Media types compare without case, and may omit `application/` (RFC 7515 §4.1.9).
  if (
    typeof type !== 'string' ||
    type.toLowerCase().replace(/^application\//, '') !== accessTokenType
  ) {
    throw invalid('The type must be at+jwt');
  }
  if ('crit' in header) throw invalid('The crit header is not supported');
  if ('b64' in header) throw invalid('The b64 header is not supported');
  if ('kid' in header && typeof header['kid'] !== 'string') {
    throw invalid('The kid header must be a string');
  }
}

function checkClaims(
  claims: JsonObject,
  expected: { issuer: string; audience: string },
  nowSeconds: number,
): AccessTokenClaims {
  const { iss, aud, sub, exp, iat, nbf, sid } = claims;
  if (iss !== expected.issuer) throw invalid('The issuer is not the one this API accepts');
  if (!(aud === expected.audience || (isStrings(aud) && aud.includes(expected.audience)))) {
    throw invalid('The audience does not name this API');
  }
  if (typeof sub !== 'string' || sub === '' || [...sub].length > subjectMaxLength) {
    throw invalid('The subject must be a string of 1 to 255 characters');
  }
  if (sid !== undefined && (typeof sid !== 'string' || sid === '')) {
    throw invalid('The session id must be a non-empty string');
  }
  if (!isTime(exp)) throw invalid('The expiry must be a whole number of seconds');
  if (!isTime(iat)) throw invalid('The time of issue must be a whole number of seconds');
  if (nbf !== undefined && !isTime(nbf)) {
    throw invalid('The start of validity must be a whole number of seconds');
  }
  if (iat > nowSeconds + clockSkewSeconds) throw invalid('The time of issue is in the future');
  if (nbf !== undefined && nbf > nowSeconds + clockSkewSeconds) {
    throw invalid('The token is not valid yet');
  }
  if (exp <= nowSeconds - clockSkewSeconds) {
    throw new AccessTokenError('token_expired', 'The access token expired');
  }
  return { iss, aud, sub, exp, iat, ...(nbf !== undefined && { nbf }), ...(sid && { sid }) };
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** A NumericDate (RFC 7519 §2), narrowed to whole, non-negative seconds that a Date can hold. */
function isTime(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 8.64e12;
}

function principal(claims: AccessTokenClaims): Principal {
  return {
    // The one place where a user id is proven: the signature and every claim were checked.
    userId: claims.sub as UserId,
    sessionId: claims.sid,
    expiresAt: claims.exp,
  };
}
