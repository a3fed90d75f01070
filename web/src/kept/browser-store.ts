import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { membersOf } from '../api/parse-problem.ts';

/** Somebody who has signed in in this browser and not signed out. */
export interface KnownPerson {
  id: string;
  name: string;
  email: string;
  /** When their session ends, by the server's clock: milliseconds since 1970. */
  sessionEndsAt: number;
  /** Whether it is they whom the page opens for. */
  current: boolean;
}

/** Who holds an exclusive right, and until when it lapses by itself: milliseconds since 1970. */
export interface Lease {
  holder: string;
  until: number;
}

interface BrowserSchema extends DBSchema {
  people: { key: string; value: unknown };
  leases: { key: string; value: Lease };
}

/**
 * What this browser keeps that belongs to no one person: who was here, and which tab may do what
 * one tab at a time does. Never anything that was typed, and no secret. Promises reject where the
 * browser refuses storage.
 */
export interface BrowserStore {
  people(): Promise<KnownPerson[]>;
  /** Makes this person the current one, and the only one. */
  welcome(person: Omit<KnownPerson, 'current'>): Promise<void>;
  /** The page does not open for this person any more; what they left waiting still waits. */
  dismiss(id: string): Promise<void>;
  forget(id: string): Promise<void>;
  /** Changes a lease in one step that no other tab can come between. */
  changeLease(name: string, change: (lease: Lease | undefined) => Lease | undefined): Promise<void>;
}

/** Opens the store at its first use. */
export function openBrowserStore(): BrowserStore {
  let opening: Promise<IDBPDatabase<BrowserSchema>> | undefined;

  async function database() {
    opening ??= openDB<BrowserSchema>('ownlist', 1, {
      upgrade(db) {
        db.createObjectStore('people', { keyPath: 'id' });
        db.createObjectStore('leases');
      },
      terminated() {
        opening = undefined;
      },
    });
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  }

  async function readPeople(): Promise<KnownPerson[]> {
    return (await (await database()).getAll('people')).flatMap((value) => readPerson(value) ?? []);
  }

  async function writePeople(people: readonly KnownPerson[]): Promise<void> {
    const transaction = (await database()).transaction('people', 'readwrite');
    await Promise.all([...people.map((person) => transaction.store.put(person)), transaction.done]);
  }

  return {
    people: readPeople,
    async welcome(person) {
      const others = (await readPeople()).filter(({ id }) => id !== person.id);
      await writePeople([
        ...others.map((other) => ({ ...other, current: false })),
        { ...person, current: true },
      ]);
    },
    async dismiss(id) {
      const people = (await readPeople()).filter((person) => person.id === id);
      await writePeople(people.map((person) => ({ ...person, current: false })));
    },
    async forget(id) {
      await (await database()).delete('people', id);
    },
    async changeLease(name, change) {
      const transaction = (await database()).transaction('leases', 'readwrite');
      const next = change(await transaction.store.get(name));
      const step = next ? transaction.store.put(next, name) : transaction.store.delete(name);
      await Promise.all([step, transaction.done]);
    },
  };
}

function readPerson(value: unknown): KnownPerson | undefined {
  const { id, name, email, sessionEndsAt, current } = membersOf(value) ?? {};
  if (typeof id !== 'string' || typeof name !== 'string' || typeof email !== 'string') {
    return undefined;
  }
  if (typeof sessionEndsAt !== 'number') return undefined;
  return { id, name, email, sessionEndsAt, current: current === true };
}
