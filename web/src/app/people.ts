import type { BrowserStore } from '../kept/browser-store.ts';
import type { People } from '../session/session.ts';

/** Who has been in this browser, as its store knows. */
export function createPeople(store: BrowserStore): People {
  return {
    async current() {
      const person = (await store.people()).find(({ current }) => current);
      return person && person.sessionEndsAt > Date.now() ? person : undefined;
    },
    welcome: (user, sessionEndsAt) => store.welcome({ ...user, sessionEndsAt }),
    dismiss: (userId) => store.dismiss(userId),
    forget: (userId) => store.forget(userId),
  };
}
