import type { Task } from '../../src/contract/task.ts';

export type Status = 'open' | 'completed' | 'all';
export type Sort = 'newest' | 'oldest';

/** What somebody's list has to be, kept in the simplest way that can be right. */
export class TaskModel {
  readonly #tasks = new Map<string, Task>();
  #newestVersion = 0;

  get ids(): string[] {
    return [...this.#tasks.keys()];
  }

  get(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  has(id: string): boolean {
    return this.#tasks.has(id);
  }

  /** Takes what the server says a task is now; its version has to be the highest so far. */
  put(task: Task): void {
    if (task.version <= this.#newestVersion) {
      throw new Error(`version ${task.version} comes after ${this.#newestVersion}`);
    }
    this.#newestVersion = task.version;
    this.#tasks.set(task.id, task);
  }

  delete(id: string): void {
    this.#tasks.delete(id);
  }

  list(status: Status, sort: Sort): Task[] {
    const chosen = [...this.#tasks.values()].filter(
      ({ completed }) => status === 'all' || completed === (status === 'completed'),
    );
    const ascending = chosen.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return sort === 'oldest' ? ascending : ascending.toReversed();
  }
}
