import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb';
import type { Shelf } from './records.ts';

/** How long a database that another tab is about to erase is waited for. */
const patienceMs = 3_000;

interface PersonSchema extends DBSchema {
  changes: { key: string; value: unknown };
  lists: { key: string; value: unknown };
}

/**
 * What this browser keeps of one person: a database of their own, so that it goes as a whole and
 * nobody else's code path can reach into it. Every promise rejects where the browser refuses
 * storage (private windows) or has none left.
 */
export interface PersonStore {
  /** What the person typed and the server does not have: never given up for room. */
  changes: Shelf<unknown>;
  /** The tasks as last seen, to be shown without a network: given up first. */
  lists: {
    read(status: string): Promise<unknown>;
    write(status: string, pages: unknown): Promise<void>;
  };
  /** How many changes wait here, without looking at one. */
  count(): Promise<number>;
  /** Erases the lists alone; what waits to be sent stays for the person's return. */
  forgetLists(): Promise<void>;
  /** Erases everything, in every tab. */
  erase(): Promise<void>;
  close(): void;
}

const nameOf = (userId: string) => `ownlist-person-${userId}`;

/** Opens the store at its first use; what cannot be opened now is tried again at the next. */
export function openPersonStore(userId: string): PersonStore {
  const name = nameOf(userId);
  let opening: Promise<IDBPDatabase<PersonSchema>> | undefined;
  let closed = false;

  async function database(): Promise<IDBPDatabase<PersonSchema>> {
    if (closed) throw new DOMException('The store is closed.', 'InvalidStateError');
    opening ??= open();
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  }

  function open() {
    const connection = openDB<PersonSchema>(name, 1, {
      upgrade(db) {
        db.createObjectStore('changes', { keyPath: 'id' });
        db.createObjectStore('lists');
      },
      // Another tab erases the store: whoever holds it open would keep that from happening.
      blocking: close,
      terminated() {
        opening = undefined;
      },
    });
    return inTime(connection);
  }

  function close(): void {
    const connection = opening;
    opening = undefined;
    void connection?.then(
      (db) => db.close(),
      () => undefined,
    );
  }

  async function writeChanges(puts: readonly unknown[], removes: readonly string[]) {
    const transaction = (await database()).transaction('changes', 'readwrite');
    const steps = [
      ...removes.map((id) => transaction.store.delete(id)),
      ...puts.map((record) => transaction.store.put(record)),
    ];
    // Not waiting for what else this page may ask of the transaction: it is on disk sooner.
    transaction.commit();
    await Promise.all([...steps, transaction.done]);
  }

  const store: PersonStore = {
    changes: {
      readAll: async () => (await database()).getAll('changes'),
      write: writeChanges,
      async makeRoom(refusal) {
        if (!isFull(refusal)) return false;
        await store.forgetLists();
        return true;
      },
    },
    lists: {
      read: async (status) => (await database()).get('lists', status),
      async write(status, pages) {
        await (await database()).put('lists', pages, status);
      },
    },
    count: async () => (await database()).count('changes'),
    async forgetLists() {
      await (await database()).clear('lists');
    },
    async erase() {
      // Emptied first: that needs no other tab's consent, as deleting the database does.
      try {
        const db = await database();
        const transaction = db.transaction(['changes', 'lists'], 'readwrite');
        await Promise.all([
          transaction.objectStore('changes').clear(),
          transaction.objectStore('lists').clear(),
          transaction.done,
        ]);
      } finally {
        store.close();
        await inTime(deleteDB(name)).catch(() => undefined);
      }
    },
    close() {
      closed = true;
      close();
    },
  };
  return store;
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

/** Rejects where the database stays blocked: work goes on in memory rather than not at all. */
function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DOMException('Blocked.', 'TimeoutError')), patienceMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
