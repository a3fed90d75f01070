import type { Lease } from '../kept/browser-store.ts';

/** A lease that is not prolonged lapses after so long: its tab is gone or stands still. */
const leaseMs = 20_000;
const prolongEveryMs = 5_000;
const lookEveryMs = 50;

/**
 * Runs work under a name while no other tab of this origin runs its own under the same. The work is
 * told whether it had to wait for others.
 */
export type Exclusively = <T>(name: string, work: (waited: boolean) => Promise<T>) => Promise<T>;

export interface ExclusivelyOptions {
  /** Web Locks; browsers have them on HTTPS and localhost alone. */
  locks: LockManager | undefined;
  /** Leases in the browser's store, for where there are no Web Locks: plain HTTP at home. */
  changeLease: (
    name: string,
    change: (lease: Lease | undefined) => Lease | undefined,
  ) => Promise<void>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Unlike any other tab's. */
  holder: string;
}

/**
 * One tab at a time, by Web Locks or else by a lease. The work of a tab that crashes is free to
 * others at once, or after 20 seconds. Where neither works the work runs anyway: everything done
 * under these names is harmless when done twice, a page that does nothing is not.
 */
export function createExclusively(options: ExclusivelyOptions): Exclusively {
  const { locks, changeLease, now, holder } = options;

  async function tryLease(name: string): Promise<boolean> {
    let mine = false;
    await changeLease(name, (lease) => {
      const time = now();
      // One from far ahead was written before the clock was set back: it would never lapse. The
      // clocks of two tabs can be a little apart.
      const lapsed = !lease || lease.until <= time || lease.until > time + 2 * leaseMs;
      mine = lapsed || lease.holder === holder;
      return mine ? { holder, until: time + leaseMs } : lease;
    });
    return mine;
  }

  async function underLease<T>(name: string, work: (waited: boolean) => Promise<T>): Promise<T> {
    let waited = false;
    try {
      while (!(await tryLease(name))) {
        waited = true;
        await passed(lookEveryMs);
      }
    } catch {
      return work(waited);
    }
    const prolonging = setInterval(
      () => void tryLease(name).catch(() => undefined),
      prolongEveryMs,
    );
    try {
      return await work(waited);
    } finally {
      clearInterval(prolonging);
      const giveBack = (lease: Lease | undefined) => (lease?.holder === holder ? undefined : lease);
      await changeLease(name, giveBack).catch(() => undefined);
    }
  }

  /** What this tab does under a name, so that two of its own do not share one lease. */
  const own = new Map<string, Promise<unknown>>();

  return async function exclusively<T>(
    name: string,
    work: (waited: boolean) => Promise<T>,
  ): Promise<T> {
    if (locks) return underLock(locks, `ownlist-${name}`, work);
    const turn = (own.get(name) ?? Promise.resolve()).then(
      () => underLease(name, work),
      () => underLease(name, work),
    );
    own.set(name, turn);
    return turn;
  };
}

async function underLock<T>(
  locks: LockManager,
  name: string,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  const atOnce = await locks.request(name, { ifAvailable: true }, async (lock) =>
    lock === null ? undefined : { result: await work(false) },
  );
  return atOnce ? atOnce.result : locks.request(name, () => work(true));
}

function passed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
