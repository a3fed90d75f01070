import { QueryClient } from '@tanstack/react-query';
import { beforeEach, expect, test } from 'vitest';
import { taskOf } from '../../outbox/sample-task.ts';
import { keepLists, keptTasks, restoreLists } from './kept-lists.ts';
import { forgetTask, savedTasks, searchKey, storeTask, taskListKey } from './task-cache.ts';
import type { TaskPages } from './task-pages.ts';

let shelf: Map<string, unknown>;
let queries: QueryClient;
let refuses: boolean;

const lists = {
  read: async (status: string) => {
    if (refuses) throw new DOMException('no', 'UnknownError');
    return shelf.get(status);
  },
  write: async (status: string, pages: unknown) => {
    if (refuses) throw new DOMException('full', 'QuotaExceededError');
    shelf.set(status, structuredClone(pages));
  },
};

beforeEach(() => {
  shelf = new Map();
  queries = new QueryClient();
  refuses = false;
});

const pages: TaskPages = {
  pages: [
    { data: [taskOf(3), taskOf(2)], nextCursor: 'next' },
    { data: [taskOf(1)], nextCursor: null },
  ],
  pageParams: [undefined, 'next'],
};
const listOf = (status: 'open' | 'completed' | 'all') =>
  queries.getQueryData<TaskPages>(taskListKey(status));

test('a list comes back as it was last seen', async () => {
  keepLists(queries, lists);
  queries.setQueryData(taskListKey('open'), pages);
  queries = new QueryClient();
  await restoreLists(queries, lists);
  expect(listOf('open')).toEqual(pages);
  expect(listOf('all')).toBeUndefined();
});

test('a list that comes back is old, so that the server is asked', async () => {
  shelf.set('open', pages);
  await restoreLists(queries, lists);
  const query = queries.getQueryCache().find({ queryKey: taskListKey('open') });
  expect(query?.isStaleByTime(24 * 60 * 60 * 1_000)).toBe(true);
});

test('what is saved is kept too, in every list that has it', async () => {
  queries.setQueryData(taskListKey('open'), pages);
  queries.setQueryData(taskListKey('all'), pages);
  keepLists(queries, lists);
  storeTask(queries, taskOf(2, { completed: true, version: 2 }));
  // What keepLists wrote is what the query holds.
  const titles = (status: string) =>
    (shelf.get(status) as TaskPages).pages.map(({ data }) => data.map(({ title }) => title));
  expect(titles('open')).toEqual([['Task 3'], ['Task 1']]);
  expect(titles('all')).toEqual([['Task 3', 'Task 2'], ['Task 1']]);
});

test('each list is kept under its own name, and nothing else is', () => {
  keepLists(queries, lists);
  queries.setQueryData(taskListKey('completed'), pages);
  queries.setQueryData(['account'], { name: 'Anna' });
  queries.setQueryData(['tasks'], pages);
  expect([...shelf.keys()]).toEqual(['completed']);
});

test('a list that could not be loaded does not replace the one that is kept', async () => {
  shelf.set('open', pages);
  keepLists(queries, lists);
  const loading = queries.fetchQuery({
    queryKey: taskListKey('open'),
    queryFn: () => Promise.reject(new Error('no answer')),
    retry: false,
  });
  await expect(loading).rejects.toThrow('no answer');
  expect(shelf.get('open')).toEqual(pages);
});

test('once it is told to, it keeps nothing any more', () => {
  const stop = keepLists(queries, lists);
  stop();
  queries.setQueryData(taskListKey('open'), pages);
  expect(shelf.size).toBe(0);
});

test('where nothing can be kept the lists work all the same', async () => {
  refuses = true;
  keepLists(queries, lists);
  queries.setQueryData(taskListKey('open'), pages);
  expect(listOf('open')).toEqual(pages);
});

const page = { data: [taskOf(1)], nextCursor: null };

test.each([
  undefined,
  null,
  'pages',
  [],
  {},
  { pages: 'pages', pageParams: [undefined] },
  { pages: [page] },
  { pages: [page, 'page'], pageParams: [undefined, 'next'] },
  { pages: [{ data: 'tasks', nextCursor: null }], pageParams: [undefined] },
  { pages: [{ data: [{ id: 1 }], nextCursor: null }], pageParams: [undefined] },
  { pages: [{ data: [taskOf(1), null], nextCursor: null }], pageParams: [undefined] },
  { pages: [{ data: [taskOf(1)], nextCursor: 7 }], pageParams: [undefined] },
  { pages: [{ data: [taskOf(1)] }], pageParams: [undefined] },
])('%j is no list, and none is shown', async (value) => {
  shelf.set('open', value);
  shelf.set('all', pages);
  await restoreLists(queries, lists);
  expect(listOf('open')).toBeUndefined();
  expect(listOf('all')).toEqual(pages);
});

test('what is kept is every task once, as it was seen last, and no search is kept', () => {
  keepLists(queries, lists);
  expect(keptTasks(queries)).toEqual([]);
  const newer = taskOf(2, { title: 'newer', version: 9 });
  queries.setQueryData(taskListKey('open'), pages);
  queries.setQueryData(taskListKey('all'), {
    pages: [{ data: [taskOf(4), newer], nextCursor: null }],
    pageParams: [undefined],
  });
  queries.setQueryData(searchKey('open', 'x'), pages);
  expect(keptTasks(queries)).toEqual([taskOf(4), taskOf(3), newer, taskOf(1)]);
  expect([...shelf.keys()]).toEqual(['open', 'all']);
});

test('a saved task is among them until a list is loaded that says whether it is there', () => {
  storeTask(queries, taskOf(1));
  storeTask(queries, taskOf(2, { completed: true }));
  storeTask(queries, taskOf(3));
  forgetTask(queries, taskOf(3).id);
  expect(keptTasks(queries)).toEqual([taskOf(2, { completed: true }), taskOf(1)]);
  const empty = { pages: [{ data: [], nextCursor: null }], pageParams: [undefined] };
  queries.setQueryData(taskListKey('open'), empty);
  expect(keptTasks(queries)).toEqual([taskOf(2, { completed: true })]);
  queries.setQueryData(taskListKey('all'), empty);
  expect(keptTasks(queries)).toEqual([]);
});

test('a saved task is there until every list that it belongs to has been loaded', () => {
  const empty = { pages: [{ data: [], nextCursor: null }], pageParams: [undefined] };
  storeTask(queries, taskOf(1, { version: 2 }));
  storeTask(queries, taskOf(1, { version: 1 }));
  expect(savedTasks(queries)).toEqual([taskOf(1, { version: 2 })]);
  queries.setQueryData(taskListKey('completed'), empty);
  queries.setQueryData(taskListKey('all'), empty);
  expect(savedTasks(queries)).toEqual([taskOf(1, { version: 2 })]);
  queries.setQueryData(taskListKey('open'), empty);
  expect(savedTasks(queries)).toEqual([]);
});
