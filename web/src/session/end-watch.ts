import { SessionEnded } from '../api/failures.ts';
import type { Leases } from './leases.ts';

/** How long the server holds each answer back: the longest that it does. */
const waitSeconds = 25;
/** A tab that watches is gone when it has not asked again by then. */
const leaseMs = (waitSeconds + 15) * 1_000;
/** After an answer: a session that ends just then is known this much later. */
const pauseMs = 250;
/** Where another tab watches: its place is free when it is closed or out of sight. */
const takeOverMs = 2_000;
/** After a failure, and after an answer that came too soon. */
const lookAgainMs = 15_000;

export interface EndWatchOptions {
  /** Asks whether the session goes on and waits for its end; throws SessionEnded when it is over. */
  ask: (waitSeconds: number) => Promise<unknown>;
  leases: Leases;
  /** Whether somebody can see the page: a hidden one does not watch. */
  isVisible: () => boolean;
  /** Milliseconds that only ever grow. */
  monotonicNow: () => number;
  schedule: (run: () => void, milliseconds: number) => () => void;
}

export interface EndWatch {
  /** The page is seen again, or the session goes on: watches, unless another tab does. */
  look(): void;
  stop(): void;
}

/**
 * Learns at once that the session has been ended on another device: one request is always waiting
 * at the server, of one tab, which tells the others. A server that does not wait, or is out of
 * reach, is asked four times a minute.
 */
export function watchForEnd(options: EndWatchOptions): EndWatch {
  const { ask, leases, isVisible, monotonicNow, schedule } = options;
  let cancel: () => void = () => undefined;
  let watching = false;
  let stopped = false;

  /** Asks once; how long to leave it at that, or undefined when the session is over. */
  async function askOnce(): Promise<number | undefined> {
    // A browser that refuses storage has every tab watch for itself.
    const mine = await leases.take('watch', leaseMs).catch(() => true);
    if (!mine) return takeOverMs;
    const askedAt = monotonicNow();
    try {
      await ask(waitSeconds);
      const waited = monotonicNow() - askedAt >= (waitSeconds * 1_000) / 2;
      return waited ? pauseMs : lookAgainMs;
    } catch (error) {
      return error instanceof SessionEnded ? undefined : lookAgainMs;
    }
  }

  async function watch(): Promise<void> {
    cancel();
    if (stopped || watching) return;
    if (!isVisible()) return letGo();
    watching = true;
    const nextMs = await askOnce();
    watching = false;
    if (nextMs === undefined || stopped) return letGo();
    cancel = schedule(() => void watch(), nextMs);
  }

  function letGo(): Promise<void> {
    return leases.giveBack('watch').catch(() => undefined);
  }

  return {
    look: () => void watch(),
    stop() {
      stopped = true;
      cancel();
      void letGo();
    },
  };
}
