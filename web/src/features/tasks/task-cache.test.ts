import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Task } from '../../../../src/contract/task.ts';
import { taskOf } from '../../outbox/sample-task.ts';
import { forgetTask, searchKey, storeTask } from './task-cache.ts';
import type { TaskPages } from './task-pages.ts';

let queries: QueryClient;
const milk = taskOf(1, { title: 'Buy milk' });
const key = searchKey('open', 'MIL');
const titles = () =>
  queries.getQueryData<TaskPages>(key)?.pages.flatMap(({ data }) => data.map(({ title }) => title));

const listOf = (...data: Task[]): TaskPages => ({
  pages: [{ data, nextCursor: null }],
  pageParams: [undefined],
});

beforeEach(() => {
  queries = new QueryClient();
  queries.setQueryData(key, listOf(milk));
});

test('a saved task comes into the searches that find it, and no others', () => {
  storeTask(queries, taskOf(2, { title: 'Milk the cow' }));
  storeTask(queries, taskOf(3, { title: 'Buy bread' }));
  storeTask(queries, taskOf(4, { title: 'More milk', completed: true }));
  expect(titles()).toEqual(['Milk the cow', 'Buy milk']);
});

test('a task leaves a search that does not find it any more', () => {
  storeTask(queries, { ...milk, title: 'Buy bread', version: 2 });
  expect(titles()).toEqual([]);
});

test('a deleted task leaves every search', () => {
  forgetTask(queries, milk.id);
  expect(titles()).toEqual([]);
});

test('while a list is asked for again, what is saved meanwhile is in it at once, and stays', async () => {
  const answers: PromiseWithResolvers<TaskPages>[] = [];
  const queryFn = () => {
    const answer = Promise.withResolvers<TaskPages>();
    answers.push(answer);
    return answer.promise;
  };
  const stop = new QueryObserver(queries, { queryKey: key, queryFn }).subscribe(() => undefined);
  const cow = taskOf(2, { title: 'Milk the cow' });
  storeTask(queries, cow);
  expect(titles()).toEqual(['Milk the cow', 'Buy milk']);
  forgetTask(queries, milk.id);
  expect(titles()).toEqual(['Milk the cow']);

  const seen: unknown[] = [];
  queries.getQueryCache().subscribe(() => seen.push(titles()));
  const [early, late, last] = answers;
  early?.resolve(listOf(milk));
  late?.resolve(listOf(cow, milk));
  last?.resolve(listOf(cow));
  await vi.waitFor(() => expect(queries.isFetching()).toBe(0));
  for (const each of seen) expect(each).toEqual(['Milk the cow']);
  stop();
});
