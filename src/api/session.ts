import { refusal } from './authenticate.ts';
import type { Handlers } from './mount.ts';
import type { Principal } from './principal.ts';
import type { Revocations } from './tokens/revocations.ts';
import { sessionEnded } from './tokens/verified-tokens.ts';

/** The longest that an answer is held back: less than proxies wait for one. */
const waitMaxSeconds = 25;

type Handler = Pick<Handlers, 'getSession'>;

/**
 * Tells callers of the end of their session when it happens. A wait costs a connection and a timer,
 * is never longer than the token lives, and is counted by the limits as any request is.
 */
export function sessionHandlers(revocations: Pick<Revocations, 'has' | 'watch'>): {
  handlers: Handler;
  /** Answers everybody who waits; nobody waits any more. */
  release: () => void;
} {
  const waiting = new Set<() => void>();
  let isReleased = false;

  function wait(principal: Principal, milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    const timer = setTimeout(resolve, milliseconds);
    const unwatch = revocations.watch(principal.sessionId ?? '', resolve);
    return promise.finally(() => {
      waiting.delete(resolve);
      clearTimeout(timer);
      unwatch();
    });
  }

  return {
    handlers: {
      async getSession({ principal, header }) {
        const life = principal.expiresAt * 1000 - Date.now();
        const milliseconds = Math.min(preferredWaitMs(header('prefer')), life);
        if (milliseconds > 0 && !isReleased && !revocations.has(principal)) {
          await wait(principal, milliseconds);
        }
        if (revocations.has(principal)) throw refusal(sessionEnded());
        return { status: 204 };
      },
    },
    release() {
      isReleased = true;
      for (const answer of waiting) answer();
    },
  };
}

/** How long `Prefer: wait` (RFC 7240 §4.3) asks us to take; what is not understood is passed over. */
function preferredWaitMs(header = ''): number {
  const preferences = header.split(',').map((preference) => preference.split(';', 1)[0]?.trim());
  const wait = preferences.find((preference) => /^wait\s*=/i.test(preference ?? ''));
  const seconds = /^wait\s*=\s*"?(\d{1,6})"?$/i.exec(wait ?? '')?.[1];
  return Math.min(Number(seconds ?? 0), waitMaxSeconds) * 1000;
}
