import type { PublicKey } from './key-set.ts';
import { keysNamed } from './key-source.ts';

/** The keys that an issuer has at the moment. */
export interface KeyRing {
  /** Takes these in place of the ones before; tells whether that changed anything. */
  replace: (fresh: readonly PublicKey[]) => boolean;
  named: (kid: string | undefined) => readonly PublicKey[];
  isEmpty: () => boolean;
  /** Changes when a key is no longer among them. */
  generation: () => number;
}

/** Without any keys, until it is given some. */
export function createKeyRing(): KeyRing {
  let keys: readonly PublicKey[] = [];
  let generation = 0;
  return {
    replace(fresh) {
      const added = without(fresh, keys);
      const retired = without(keys, fresh);
      keys = fresh;
      if (retired.length > 0) generation++;
      return added.length > 0 || retired.length > 0;
    },
    named: (kid) => keysNamed(keys, kid),
    isEmpty: () => keys.length === 0,
    generation: () => generation,
  };
}

/** Those of `keys` that are not among `others`. */
function without(keys: readonly PublicKey[], others: readonly PublicKey[]): readonly PublicKey[] {
  const prints = new Set(others.map(({ fingerprint }) => fingerprint));
  return keys.filter(({ fingerprint }) => !prints.has(fingerprint));
}
