import type { BrowserStore } from '../kept/browser-store.ts';
import { openPersonStore } from '../kept/person-store.ts';
import type { People } from '../session/session.ts';

/** Who has been in this browser, as its store knows. */
export function createPeople(store: BrowserStore): People {
  return {
    async current() {
      const person = (await store.people()).find(({ current }) => current);
      return person && person.sessionEndsAt > Date.now() ? person : undefined;
    },
    async welcome(user, sessionEndsAt) {
      await store.welcome({ ...user, sessionEndsAt });
      // Whoever comes does not wait until what another left behind is put away.
      void findAwaited(store).catch(() => undefined);
    },
    dismiss: (userId) => store.dismiss(userId),
    async dismissAll() {
      const people = await store.people();
      await Promise.all(people.map(({ id }) => store.dismiss(id)));
    },
    forget: (userId) => store.forget(userId),
  };
}

/**
 * The address of somebody who is not signed in while work of theirs waits in this browser. Of
 * everybody else who is not signed in, what is still there is erased on the way.
 */
export async function findAwaited(store: BrowserStore): Promise<string | undefined> {
  let awaited: string | undefined;
  for (const { id, email, current } of await store.people()) {
    if (current) continue;
    const kept = openPersonStore(id);
    if ((await kept.count()) > 0) {
      awaited ??= email;
      await kept.forgetLists();
    } else {
      await kept.erase();
      await store.forget(id);
    }
    kept.close();
  }
  return awaited;
}
