import type { Leases } from './leases.ts';

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
  /** For where there are no Web Locks: plain HTTP at home. */
  leases: Leases;
}

/**
 * One tab at a time, by Web Locks or else by a lease. The work of a tab that crashes is free to
 * others at once, or after 20 seconds. Where neither works the work runs anyway: everything done
 * under these names is harmless when done twice, a page that does nothing is not.
 */
export function createExclusively({ locks, leases }: ExclusivelyOptions): Exclusively {
  async function underLease<T>(name: string, work: (waited: boolean) => Promise<T>): Promise<T> {
    let waited = false;
    try {
      while (!(await leases.take(name, leaseMs))) {
        waited = true;
        await passed(lookEveryMs);
      }
    } catch {
      return work(waited);
    }
    const prolonging = setInterval(
      () => void leases.take(name, leaseMs).catch(() => undefined),
      prolongEveryMs,
    );
    try {
      return await work(waited);
    } finally {
      clearInterval(prolonging);
      await leases.giveBack(name).catch(() => undefined);
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
