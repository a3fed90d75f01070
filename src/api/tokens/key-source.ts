import type { CryptoKey } from 'jose';
import type { Secrets } from '../../contract/access-token.ts';

/** RFC 7518 §3.1, RFC 8037 §3.1. */
export type SigningAlgorithm = 'HS256' | 'EdDSA' | 'ES256' | 'RS256';

/**
 * What a signature is checked with. The algorithm belongs to the key: a token that names another
 * one is refused, so that no key is ever used for what it was not made for (RFC 8725 §3.1).
 */
export interface VerificationKey {
  /** The name a token calls it by (RFC 7515 §4.1.4). */
  kid: string | undefined;
  alg: SigningAlgorithm;
  key: CryptoKey | Uint8Array;
}

/** Where the verifier of access tokens has its keys from. */
export interface KeySource {
  /** What a token may be signed with here. Secrets and public keys never come together. */
  readonly algorithms: readonly SigningAlgorithm[];
  /** What `typ` may be, in lower case and without `application/`; undefined: it may be absent. */
  readonly types: readonly (string | undefined)[];
  /**
   * The keys that a `kid` names, none where it is unknown; every key, where a token names none.
   * @throws {ProblemError} `unavailable` while that cannot be known.
   */
  named: (kid: string | undefined) => Promise<readonly VerificationKey[]>;
  /** Changes when a key is retired: what was verified by then has to be verified again. */
  generation: () => number;
  /** Whether there are keys. */
  isReady: () => boolean;
  /** Ends what it does in the background. */
  close: () => void;
}

/** The secrets shared with the issuer; the UTF-8 bytes of each are an HS256 key. */
export function sharedSecrets(secrets: Secrets): KeySource {
  const keys = secrets.map(({ version, value }) => ({
    kid: version,
    alg: 'HS256' as const,
    key: new TextEncoder().encode(value),
  }));
  // The same secret may sign for other services: only the type says that a token is for access.
  return { algorithms: ['HS256'], types: ['at+jwt'], ...fixedKeys(keys) };
}

/** Keys that stay the same for the life of the process. */
export function fixedKeys(
  keys: readonly VerificationKey[],
): Omit<KeySource, 'algorithms' | 'types'> {
  return {
    named: async (kid) => keysNamed(keys, kid),
    generation: () => 0,
    isReady: () => true,
    close: () => undefined,
  };
}

export function keysNamed<K extends VerificationKey>(keys: readonly K[], kid: string | undefined) {
  return kid === undefined ? keys : keys.filter((key) => key.kid === kid);
}
