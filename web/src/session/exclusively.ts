const lockName = 'ownlist-access-token';
const patienceMs = 5_000;

/**
 * Runs work while no other tab of this origin runs its own under the same lock. Where the browser
 * has no locks (they need HTTPS or localhost), or a tab holds this one for longer than 5 seconds,
 * the work runs anyway: a second renewal is harmless, a page that never answers is not.
 */
export function exclusivelyAcrossTabs(locks: LockManager | undefined) {
  return async function exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (locks === undefined) return work();
    let started = false;
    try {
      return await locks.request(lockName, { signal: AbortSignal.timeout(patienceMs) }, () => {
        started = true;
        return work();
      });
    } catch (error) {
      if (started) throw error;
      return work();
    }
  };
}
