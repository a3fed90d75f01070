import { hash } from 'node:crypto';

/** Owners whose digest is remembered: a few megabytes. */
const digestsMax = 10_000;
/** Hexadecimal digits. */
export const ownerDigestLength = 16;

const digests = new Map<string, string>();

/** Stands for an owner's id, and is as long for any: the same at every time and place. */
export function ownerDigest(owner: string): string {
  let digest = digests.get(owner);
  if (digest === undefined) {
    digest = hash('sha256', owner, 'hex').slice(0, ownerDigestLength);
    if (digests.size >= digestsMax) digests.clear();
    digests.set(owner, digest);
  }
  return digest;
}
