/** A value that can be watched: the one primitive under session, drafts and notices. */
export interface Store<T> {
  get(): T;
  set(next: T): void;
  /** Calls back after every change until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

/** Every listener hears of a change after it is in place; setting the same value is no change. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
