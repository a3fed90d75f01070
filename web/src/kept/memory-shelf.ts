import type { Shelf } from './records.ts';

/** A shelf for tests: it can refuse, as a full disk does, and hold writes back, as a slow one. */
export function memoryShelf<R extends { id: string }>() {
  const stored = new Map<string, R>();
  let refusing = false;
  let held: Promise<void> | undefined;
  let room: Promise<void> | undefined;
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
    async makeRoom() {
      await room;
      return room !== undefined;
    },
  };
  return {
    ...shelf,
    refuse(now: boolean) {
      refusing = now;
    },
    /** There is something to give up, once the returned function is called. */
    offerRoom(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      room = promise;
      return resolve;
    },
    /** Holds every write back until the returned function is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
}
