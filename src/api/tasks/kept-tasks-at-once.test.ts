import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Task } from '../../contract/task.ts';
import type { UserId } from '../principal.ts';
import { encodeCursor } from './cursor.ts';
import { createKeptTasks, type KeptPage, type ListName, type TaskChange } from './kept-tasks.ts';

// Requests that are carried out at once: the version and the rows of a list are read one after the
// other, with commits in between, and the server is told of its own commits late and in any order.

const ann = 'ann' as UserId;
type Store = ReadonlyMap<string, Task>;

const list = fc.constantFrom<ListName>(
  { status: 'all', sort: 'newest', limit: 2 },
  { status: 'open', sort: 'newest', limit: 2 },
  { status: 'completed', sort: 'oldest', limit: 1 },
);
const ofAny = <Does extends string>(does: Does) =>
  fc.record({ does: fc.constant(does), which: fc.nat() });
const commit = fc.record({
  does: fc.constant('commit' as const),
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  /** Undefined: it is deleted. */
  completed: fc.constantFrom(undefined, true, false, false),
  isOwn: fc.constantFrom(true, true, true, false),
});
const step = fc.oneof(
  { weight: 2, arbitrary: commit },
  { weight: 3, arbitrary: ofAny('tell') },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('ask' as const), list }) },
  { weight: 3, arbitrary: ofAny('read') },
  { weight: 3, arbitrary: ofAny('keep') },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One person's store, and the server's memory of it. */
function world() {
  const kept = createKeptTasks();
  let store: Store = new Map();
  let version = 0;
  const untold: { version: number; change: TaskChange }[] = [];
  const readers: { version: number; list: ListName; page?: KeptPage }[] = [];

  function commit(id: string, completed: boolean | undefined, isOwn: boolean): void {
    if (completed === undefined && !store.has(id)) return;
    version++;
    const change = completed === undefined ? { id } : taskAt(version, id, completed);
    store = changed(store, change);
    if (isOwn) untold.push({ version, change });
  }

  /** Whether a page was given. */
  function ask(list: ListName): boolean {
    const page = kept.page(ann, version, list);
    if (page === undefined) readers.push({ version, list });
    else {
      const { tasks: data, nextCursor } = pageOf(store, list);
      expect(JSON.parse(String(page.content))).toEqual({ data, nextCursor });
    }
    return page !== undefined;
  }

  function read(which: number): void {
    const reader = readers[which % Math.max(1, readers.length)];
    if (reader) reader.page = pageOf(store, reader.list);
  }

  function keep(which: number): void {
    const [reader] = readers.splice(which % Math.max(1, readers.length), 1);
    if (reader?.page) kept.keepPage(ann, reader.version, reader.list, reader.page);
  }

  function tell(which: number): void {
    const [told] = untold.splice(which % Math.max(1, untold.length), 1);
    if (told) kept.changed(ann, told.version, told.change);
  }

  return function take(one: Step): boolean {
    if (one.does === 'ask') return ask(one.list);
    if (one.does === 'commit') commit(one.id, one.completed, one.isOwn);
    else ({ read, keep, tell })[one.does](one.which);
    return false;
  };
}

test('a page that is given is the list as it is at that version', () => {
  let given = 0;
  const property = fc.property(fc.array(step, { minLength: 30, maxLength: 90 }), (steps) => {
    const take = world();
    for (const one of steps) if (take(one)) given++;
  });
  fc.assert(property, { numRuns: 10_000 });
  expect(given).toBeGreaterThan(1_000);
});

const taskAt = (version: number, id: string, completed: boolean): Task => ({
  id,
  title: `at ${version}`,
  description: '',
  completed,
  completedAt: null,
  createdAt: '',
  updatedAt: '',
  version,
});

function changed(store: Store, change: TaskChange): Store {
  const now = new Map(store);
  if (change.version === undefined) now.delete(change.id);
  else now.set(change.id, change);
  return now;
}

function pageOf(store: Store, { status, sort, limit }: ListName): KeptPage {
  const tasks = [...store.values()]
    .filter(({ completed }) => status === 'all' || completed === (status === 'completed'))
    .sort((a, b) => (a.id < b.id === (sort === 'newest') ? 1 : -1));
  const page = tasks.slice(0, limit);
  const last = page.at(-1)?.id ?? '';
  const cursor = encodeCursor(ann, { status, sort, q: undefined }, last);
  return { tasks: page, nextCursor: tasks.length > limit ? cursor : null };
}
