import { SessionEnded } from '../api/failures.ts';
import type { AccessTokens } from './access-tokens.ts';

/** Looking again so soon at the earliest, whatever the token says. */
const earliestMs = 1_000;
/** Who comes back to the page learns of the session's end unless it was asked about just now. */
const askedLatelyMs = 30_000;
/** And after a failure so late: the token's own pauses come on top. */
const afterFailureMs = 15_000;

export interface KeepAliveOptions {
  tokens: Pick<AccessTokens, 'get' | 'dueInMs'>;
  /** Whether somebody can see the page: a hidden one asks nothing until it is seen again. */
  isVisible: () => boolean;
  schedule: (run: () => void, milliseconds: number) => () => void;
}

export interface KeepAlive {
  /** Something has changed: the page is seen again, or the session goes on. Looks at once. */
  look(): void;
  stop(): void;
}

/**
 * Renews the access token by a timer, so that the end of a session is known when it ends and not
 * when somebody saves: a token is renewed before it expires, and its life never reaches beyond
 * the session's own. And it asks when the page is seen again, since the session may have been ended
 * from another device meanwhile.
 */
export function keepAlive({ tokens, isVisible, schedule }: KeepAliveOptions): KeepAlive {
  let cancel: () => void = () => undefined;
  let stopped = false;

  async function look(maxAgeMs?: number): Promise<void> {
    cancel();
    if (stopped || !isVisible()) return;
    let pauseMs = afterFailureMs;
    try {
      await tokens.get(maxAgeMs);
      pauseMs = Math.max(earliestMs, tokens.dueInMs());
    } catch (error) {
      // There is nothing to keep alive; if it begins again, that begins with `look`.
      if (error instanceof SessionEnded) return;
    }
    cancel();
    // Other tabs may have been given tokens meanwhile: the timer asks for what is due alone.
    if (!stopped) cancel = schedule(() => void look(), pauseMs);
  }

  return {
    look: () => void look(askedLatelyMs),
    stop() {
      stopped = true;
      cancel();
    },
  };
}
