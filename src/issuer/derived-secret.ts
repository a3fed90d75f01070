import { hkdfSync } from 'node:crypto';

const keyBytes = 32;

/**
 * A secret for one purpose, made from the shared one (HKDF-SHA-256, RFC 5869; `label` is its
 * `info`). Whoever holds it learns nothing of the shared secret or of another purpose's, so what
 * Better Auth signs can never pass for an access token, nor the other way round.
 */
export function derivedSecret(secret: string, label: 'better-auth'): string {
  const key = hkdfSync('sha256', secret, '', `ownlist/${label}/1`, keyBytes);
  return Buffer.from(key).toString('base64url');
}
