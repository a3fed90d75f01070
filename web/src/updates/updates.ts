import { createStore, type Store } from '../store.ts';

/** A newer page than the one in this tab: offered, and shown when the person asks for it. */
export interface Updates {
  /** Whether there is one to offer. */
  ready: Store<boolean>;
  /** Shows it: this tab, and no other, is loaded again, once. */
  apply(): void;
  /** Withdraws the offer until this tab looks for an update again. */
  later(): void;
}

/** What these rules need of the browser. */
export interface UpdateSource {
  /** Whether a newer worker is installed and waits. */
  isWaiting(): boolean;
  /** Lets the worker that waits take over, in every tab. */
  takeOver(): void;
  /** Asks the server for a newer worker; fails where it cannot be reached. */
  look(): Promise<unknown>;
  reload(): void;
  now(): number;
}

/** What happens in the browser that the offer follows from. */
export interface UpdateEvents {
  /** A newer worker is installed and waits. */
  waiting(): void;
  /** A worker controls this tab that did not before. */
  controlled(): void;
  /** The tab is in sight again. */
  visible(): Promise<void>;
}

const lookIntervalMs = 60 * 60 * 1000;

/**
 * The rules of an update. A tab is loaded again only by `apply` of that tab: where another tab had
 * the new worker take over, this one goes on as it is, and offers the same.
 *
 * @param wasControlled Whether a worker has brought this page, and not the server.
 */
export function createUpdates(
  browser: UpdateSource,
  wasControlled: boolean,
): Updates & UpdateEvents {
  const ready = createStore(false);
  let isControlled = wasControlled;
  let isOutdated = false;
  let isAsked = false;
  let lookedAt = browser.now();

  return {
    ready,
    apply() {
      if (!browser.isWaiting()) return browser.reload();
      isAsked = true;
      browser.takeOver();
    },
    later: () => ready.set(false),
    waiting: () => ready.set(true),
    controlled() {
      // The first worker takes over a page that is no older than itself.
      isOutdated ||= isControlled;
      isControlled = true;
      if (isOutdated) ready.set(true);
      if (!isAsked) return;
      isAsked = false;
      browser.reload();
    },
    async visible() {
      const now = browser.now();
      if (now - lookedAt < lookIntervalMs) return;
      try {
        await browser.look();
        lookedAt = now;
      } catch {
        // Without a network there is nothing to find, and the next time is soon enough.
      }
      if (isOutdated || browser.isWaiting()) ready.set(true);
    },
  };
}
