import { QueryClient } from '@tanstack/react-query';
import { beforeEach, expect, test } from 'vitest';
import { taskOf } from '../../outbox/sample-task.ts';
import { forgetTask, searchKey, storeTask } from './task-cache.ts';
import type { TaskPages } from './task-pages.ts';

let queries: QueryClient;
const milk = taskOf(1, { title: 'Buy milk' });
const key = searchKey('open', 'MIL');
const titles = () =>
  queries.getQueryData<TaskPages>(key)?.pages.flatMap(({ data }) => data.map(({ title }) => title));

beforeEach(() => {
  queries = new QueryClient();
  const pages: TaskPages = { pages: [{ data: [milk], nextCursor: null }], pageParams: [undefined] };
  queries.setQueryData(key, pages);
});

test('a saved task comes into the searches that find it, and no others', async () => {
  await storeTask(queries, taskOf(2, { title: 'Milk the cow' }));
  await storeTask(queries, taskOf(3, { title: 'Buy bread' }));
  await storeTask(queries, taskOf(4, { title: 'More milk', completed: true }));
  expect(titles()).toEqual(['Milk the cow', 'Buy milk']);
});

test('a task leaves a search that does not find it any more', async () => {
  await storeTask(queries, { ...milk, title: 'Buy bread', version: 2 });
  expect(titles()).toEqual([]);
});

test('a deleted task leaves every search', async () => {
  await forgetTask(queries, milk.id);
  expect(titles()).toEqual([]);
});
