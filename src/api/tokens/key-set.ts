import { importJWK, type JWK } from 'jose';
import type { VerificationKey } from './key-source.ts';
import { parseStrictJson } from './strict-json.ts';

/** NIST SP 800-131A; RFC 7518 §3.3 asks for it too. */
const rsaMinBits = 2048;

/** Each algorithm, and the one kind of key that is made for it. */
const kindOf = {
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  ES256: { kty: 'EC', crv: 'P-256' },
  RS256: { kty: 'RSA', crv: undefined },
} as const;
export type PublicKeyAlgorithm = keyof typeof kindOf;
export const publicKeyAlgorithms = ['EdDSA', 'ES256', 'RS256'] as const;

/** What only the owner of a key has: RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

export interface PublicKey extends VerificationKey {
  /** Two keys with the same one are the same key, of the same name and algorithm. */
  fingerprint: string;
}

export interface KeySet {
  keys: PublicKey[];
  /** What its publisher has to be told, if anything; it goes on after "The key set …". */
  problem: string | undefined;
}

/** Why a text is no key set; the message goes on after "The key set …". */
export class KeySetError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'KeySetError';
  }
}

/**
 * The keys of a JSON Web Key Set (RFC 7517 §5) that can sign access tokens. Others are left out,
 * as it asks: those for encryption, of other algorithms or curves, or too short. So are private
 * ones: by being published they are anybody's.
 * @throws {KeySetError} for a text that is no such set.
 */
export async function parseKeySet(text: string): Promise<KeySet> {
  const entries = entriesOf(text);
  const found = await Promise.all(entries.map(publicKey));
  const keys = found.filter((key) => key !== undefined);
  return { keys, problem: problemOf(entries, keys) };
}

function problemOf(entries: readonly JWK[], keys: readonly PublicKey[]): string | undefined {
  if (entries.some(isSecret)) {
    return 'holds a private or a symmetric key: only public keys belong in it';
  }
  if (keys.length > 0) return undefined;
  return 'holds no key for EdDSA (Ed25519), ES256 or RS256 (2048 bits or more)';
}

function entriesOf(text: string): JWK[] {
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch {
    throw new KeySetError('is not JSON with each member named once');
  }
  const keys = isObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(keys) || !keys.every(isObject)) {
    throw new KeySetError('is not a JSON Web Key Set, {"keys": [ … ]}');
  }
  return keys;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSecret = (jwk: JWK): boolean =>
  jwk.kty === 'oct' || secretMembers.some((member) => member in jwk);

/** Undefined for a key that is not for the signature of an access token. */
async function publicKey(jwk: JWK): Promise<PublicKey | undefined> {
  const alg = algorithmOf(jwk);
  if (alg === undefined || isSecret(jwk) || !isForVerifying(jwk)) return undefined;
  const { kid, kty, crv, x, y, n, e } = jwk;
  if (kid !== undefined && typeof kid !== 'string') return undefined;
  try {
    // Of the rest (`ext`, `x5c` …) nothing is used.
    const material = Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => part);
    const key = await importJWK(Object.fromEntries(material) as unknown as JWK, alg);
    if (key instanceof Uint8Array || isShort(key.algorithm)) return undefined;
    return { kid, alg, key, fingerprint: JSON.stringify([kid, alg, material]) };
  } catch {
    return undefined; // No point of its curve, say.
  }
}

/** What the key says, where that fits its kind; else what its kind is made for. */
function algorithmOf({ alg, kty, crv }: JWK): PublicKeyAlgorithm | undefined {
  return publicKeyAlgorithms.find(
    (name) =>
      (alg ?? name) === name &&
      kindOf[name].kty === kty &&
      (kindOf[name].crv === undefined || kindOf[name].crv === crv),
  );
}

/** RFC 7517 §4.2, §4.3. */
function isForVerifying({ use, key_ops }: JWK): boolean {
  return (
    (use === undefined || use === 'sig') &&
    (key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify')))
  );
}

const isShort = (algorithm: object): boolean =>
  'modulusLength' in algorithm && Number(algorithm.modulusLength) < rsaMinBits;
