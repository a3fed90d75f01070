/** More callers than this at once are counted only while they are the most recent ones. */
const bucketsMax = 100_000;

export interface LimitPolicy {
  /** What is counted: the name of the policy in the RateLimit header. */
  name: string;
  /** Requests in a window. */
  quota: number;
  windowSeconds: number;
}

export interface Verdict {
  allowed: boolean;
  /** Requests left in the window. */
  remaining: number;
  /** Whole seconds until the window ends, at least 1. */
  resetSeconds: number;
}

/** What one process has counted and the store does not know yet. */
export interface Uncounted {
  bucket: string;
  window: number;
  count: number;
}

/**
 * Counts requests by caller in windows that begin at the same moment in every process. The counts
 * are in memory, so that a request costs no look-up; `takeUncounted` and `learn` exchange them with
 * a store that other processes, and the next start of this one, read too.
 */
export interface Limiter {
  policy: LimitPolicy;
  /** Counts one request of a caller; one over the quota is refused and not counted. */
  consume(bucket: string): Verdict;
  /** The counts since the last call. */
  takeUncounted(): Uncounted[];
  /** The count of all processes, without what is uncounted here. */
  learn(counted: Uncounted): void;
}

interface Count {
  window: number;
  /** Of all processes, as far as the store has said. */
  known: number;
  /** Of this one, since it was last asked. */
  fresh: number;
}

/** A limiter with a clock in milliseconds since 1970. */
export function createLimiter(
  policy: LimitPolicy,
  now: () => number = Date.now,
  max = bucketsMax,
): Limiter {
  const counts = new Map<string, Count>();
  const windowMs = policy.windowSeconds * 1000;

  const countOf = (bucket: string, window: number): Count => {
    const existing = counts.get(bucket);
    if (existing?.window === window) return existing;
    const count = { window, known: 0, fresh: 0 };
    counts.delete(bucket);
    const [oldest] = counts.keys();
    if (counts.size >= max && oldest !== undefined) counts.delete(oldest);
    counts.set(bucket, count);
    return count;
  };

  return {
    policy,

    consume(bucket) {
      const time = now();
      const window = Math.floor(time / windowMs);
      const count = countOf(bucket, window);
      const allowed = count.known + count.fresh < policy.quota;
      if (allowed) count.fresh++;
      return {
        allowed,
        remaining: Math.max(0, policy.quota - count.known - count.fresh),
        resetSeconds: Math.ceil(((window + 1) * windowMs - time) / 1000),
      };
    },

    takeUncounted() {
      const taken: Uncounted[] = [];
      for (const [bucket, count] of counts) {
        if (count.fresh === 0) continue;
        taken.push({ bucket, window: count.window, count: count.fresh });
        count.known += count.fresh;
        count.fresh = 0;
      }
      return taken;
    },

    learn({ bucket, window, count }) {
      if (window !== Math.floor(now() / windowMs)) return;
      countOf(bucket, window).known = count;
    },
  };
}
