import { createStore, type Store } from '../store.ts';

/** Where the records of one person lie for good. */
export interface Shelf<R> {
  readAll(): Promise<R[]>;
  /** All of it or nothing: no moment exists at which only a part is written. */
  write(puts: readonly R[], removes: readonly string[]): Promise<void>;
  /** Gives up what matters less, where that may be why a write was refused; false: it is not. */
  makeRoom(refusal: unknown): Promise<boolean>;
}

/**
 * Records of one person, the same in every tab: in memory for the page to show, on the shelf so
 * that they outlive it. Memory changes at once, the shelf follows.
 */
export interface Records<R> {
  readonly all: Store<readonly R[]>;
  /** False while the shelf refuses: what is written then lives in this page only. */
  readonly kept: Store<boolean>;
  /** Puts and removes in one step. */
  write(puts: readonly R[], removes?: readonly string[]): void;
  /** Takes over what other tabs have written; what this one is about to write stays. */
  refresh(): Promise<void>;
  /** Resolves when everything written so far is on the shelf or was refused by it. */
  settled(): Promise<void>;
}

/**
 * A write that the shelf refuses is never lost from memory, and goes along with the next one.
 * `onWritten` tells the other tabs that there is something to take over.
 */
export function createRecords<R extends { id: string }>(
  shelf: Shelf<R>,
  onWritten: () => void,
): Records<R> {
  const all = createStore<readonly R[]>([]);
  const kept = createStore(true);
  /** How many writes of each record are under way: until they are done, memory knows better. */
  const underWay = new Map<string, number>();
  /** Records whose last write was refused. */
  const owed = new Set<string>();
  let last: Promise<void> = Promise.resolve();

  function count(ids: readonly string[], by: 1 | -1): void {
    for (const id of ids) {
      const writes = (underWay.get(id) ?? 0) + by;
      if (writes === 0) underWay.delete(id);
      else underWay.set(id, writes);
    }
  }

  /** Writes the records as they are in memory at this moment. */
  function put(ids: readonly string[]): Promise<void> {
    const puts = all.get().filter(({ id }) => ids.includes(id));
    const removes = ids.filter((id) => !puts.some((record) => record.id === id));
    return shelf.write(puts, removes);
  }

  async function store(ids: readonly string[]): Promise<void> {
    const everything = [...new Set([...ids, ...owed])];
    count(everything, 1);
    const refused = await put(everything)
      .catch(async (refusal: unknown) => {
        if (!(await shelf.makeRoom(refusal))) throw refusal;
        // As the records are by now: a later write of them may be on the shelf already.
        await put(everything);
      })
      .then(
        () => false,
        () => true,
      );
    count(everything, -1);
    for (const id of everything) {
      if (refused) owed.add(id);
      else owed.delete(id);
    }
    // All is kept again when nothing is owed any more, and no later letter is still on its way.
    if (refused) kept.set(false);
    else if (owed.size === 0 && underWay.size === 0) kept.set(true);
    if (!refused) onWritten();
  }

  return {
    all,
    kept,
    write(puts, removes = []) {
      const ids = [...removes, ...puts.map(({ id }) => id)];
      if (ids.length === 0) return;
      all.set([...all.get().filter(({ id }) => !ids.includes(id)), ...puts]);
      last = Promise.all([last, store(ids)]).then(() => undefined);
    },
    async refresh() {
      const own = (id: string) => underWay.has(id) || owed.has(id);
      let stored: R[];
      try {
        stored = await shelf.readAll();
      } catch {
        kept.set(false);
        return;
      }
      const mine = all.get().filter(({ id }) => own(id));
      all.set([...stored.filter(({ id }) => !own(id)), ...mine]);
    },
    settled: () => last,
  };
}
