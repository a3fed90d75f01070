import { ProblemError } from '../../contract/problem-error.ts';
import { startRefresh } from './key-refresh.ts';
import { createKeyRing } from './key-ring.ts';
import { type KeySet, type PublicKey, publicKeyAlgorithms } from './key-set.ts';
import { fixedKeys, type KeySource } from './key-source.ts';

/** A key that the issuer removed is refused here after this long. */
const refreshMs = 5 * 60 * 1000;
/** Tokens of unknown keys make it ask the issuer at most this often. */
const seekMs = 10_000;
/** When it asks again after a failure, and while it has no key at all. */
const retryMs = 10_000;
const firstRetryMs = 1_000;

/** Such keys sign nothing but tokens, and a stock Better Auth leaves `typ` out of its own. */
const policy = { algorithms: publicKeyAlgorithms, types: ['at+jwt', 'jwt', undefined] } as const;

/** The keys of one key set, for the life of the process. */
export function pinnedKeys(keys: readonly PublicKey[]): KeySource {
  return { ...policy, ...fixedKeys(keys) };
}

export interface PublishedKeysOptions {
  /** Asks the issuer for its key set. */
  ask: (stop: AbortSignal) => Promise<KeySet>;
  log: (level: 'info' | 'error', details: object, message: string) => void;
  /** Milliseconds of a clock that is never set back. */
  now?: () => number;
}

/**
 * The keys that an issuer publishes. It is asked at once, every five minutes, and when a token
 * names a key that is not known, which happens at most once in ten seconds. One question is under
 * way at a time. While the issuer does not answer, the last keys stay.
 */
export function publishedKeys({ ask, log, now = monotonic }: PublishedKeysOptions): KeySource {
  const ring = createKeyRing();
  let failure: string | undefined;
  let soughtAt = Number.NEGATIVE_INFINITY;
  let sought: Promise<void> | undefined;

  const refresh = startRefresh(async (stop) => {
    const before = failure;
    try {
      const { keys, problem } = await ask(stop);
      failure = problem && `The key set of the issuer ${problem}`;
      if (ring.replace(keys)) log('info', { kids: keys.map(({ kid }) => kid) }, 'keys changed');
    } catch (error) {
      failure = `The key set of the issuer cannot be had: ${reasonOf(error)}`;
    }
    // Said once: an outage is many questions.
    if (failure !== undefined && failure !== before && !stop.aborted) log('error', {}, failure);
    if (ring.isEmpty()) return firstRetryMs;
    return failure === undefined ? refreshMs : retryMs;
  });
  /** Asks for keys that are not known; whoever comes in the next ten seconds joins in. */
  const seek = (): Promise<void> | undefined => {
    if (now() - soughtAt >= seekMs) {
      soughtAt = now();
      // What is under way may have been answered before the key was made.
      sought = Promise.resolve(refresh.underWay()).then(refresh.now);
    }
    return sought;
  };
  return {
    ...policy,
    named: async (kid) => {
      if (ring.isEmpty()) await refresh.underWay();
      if (!ring.isEmpty() && ring.named(kid).length === 0) await seek();
      const keys = ring.named(kid);
      // Perhaps the issuer knows the key: that is no reason to call the token wrong.
      if (keys.length === 0 && failure !== undefined) throw unavailable();
      return keys;
    },
    generation: ring.generation,
    isReady: () => !ring.isEmpty(),
    close: refresh.close,
  };
}

const monotonic = (): number => performance.now();

const unavailable = () =>
  new ProblemError('unavailable', 'The keys of the issuer cannot be had at the moment.', {
    headers: { 'retry-after': '5' },
  });

/** `fetch` says only that it failed; its cause says why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
