/**
 * How many ended sessions are remembered. An entry is a session's id and a time, under 200 bytes,
 * so the whole is below 20 MB; with tokens of five minutes it takes 320 sign-outs a second to fill.
 */
const revocationsMax = 100_000;

/** Stands for every session there was, in place of an id: all have ended. */
export const everySession = '*';

export interface Revocation {
  /** The id of the session that ended (`sid`), or `everySession`. */
  sessionId: string;
  /** Milliseconds since 1970 by which every token of the session has expired. */
  until: number;
}

/** An expired token is still accepted for the skew between clocks, so its session is remembered. */
export const rememberedBeyondMs = 10_000;

/**
 * The sessions whose tokens are refused before they expire, in memory. It is bounded: what does
 * not fit makes every token of that moment be refused, never an ended one be accepted.
 */
export interface Revocations {
  /** How many it holds. */
  size(): number;
  add(revocation: Revocation): void;
  has(token: { sessionId: string | undefined; expiresAt: number }): boolean;
  /** Calls back whenever a session that may be this one has ended; returns how to stop that. */
  watch(sessionId: string, onEnd: () => void): () => void;
}

/** An empty memory of revocations. `now` is in milliseconds since 1970. */
export function createRevocations(now: () => number = Date.now, max = revocationsMax): Revocations {
  const untilBySession = new Map<string, number>();
  let refusedUntil = 0;
  const watchers = new Set<{ sessionId: string; onEnd: () => void }>();
  const tellAll = () => {
    for (const { onEnd } of watchers) onEnd();
  };

  const isOver = (until: number) => until + rememberedBeyondMs <= now();
  const forgetExpired = () => {
    // Tokens have one lifetime, so the entries lie in the order in which they run out.
    for (const [sessionId, until] of untilBySession) {
      if (!isOver(until)) return;
      untilBySession.delete(sessionId);
    }
  };
  return {
    size: () => untilBySession.size,

    add({ sessionId, until }) {
      forgetExpired();
      if (isOver(until)) return;
      if (sessionId === everySession) {
        refusedUntil = Math.max(refusedUntil, until);
        tellAll();
        return;
      }
      if (untilBySession.size >= max && !untilBySession.has(sessionId)) {
        // Every token that is alive now ends by then; clients get a new one and go on.
        refusedUntil = Math.max(refusedUntil, until);
        for (const other of untilBySession.values()) refusedUntil = Math.max(refusedUntil, other);
        untilBySession.clear();
        tellAll();
        return;
      }
      untilBySession.set(sessionId, until);
      for (const watcher of watchers) if (watcher.sessionId === sessionId) watcher.onEnd();
    },

    has({ sessionId, expiresAt }) {
      if (expiresAt * 1000 <= refusedUntil) return true;
      const until = untilBySession.get(sessionId ?? '');
      return until !== undefined && !isOver(until);
    },

    watch(sessionId, onEnd) {
      const watcher = { sessionId, onEnd };
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}
