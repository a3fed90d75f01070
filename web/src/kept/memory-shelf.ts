import type { Shelf } from './records.ts';

/** A shelf for tests: it can refuse, as a full disk does, and hold writes back, as a slow one. */
export function memoryShelf<R extends { id: string }>() {
  const stored = new Map<string, R>();
  let refusing = false;
  let held: Promise<void> | undefined;
  const shelf: Shelf<R> = {
    async readAll() {
      if (refusing) throw new DOMException('no', 'UnknownError');
      return [...stored.values()];
    },
    async write(puts, removes) {
      await held;
      if (refusing) throw new DOMException('full', 'QuotaExceededError');
      for (const id of removes) stored.delete(id);
      for (const record of puts) stored.set(record.id, record);
    },
  };
  return {
    ...shelf,
    refuse(now: boolean) {
      refusing = now;
    },
    /** Holds every write back until the returned function is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
}
