import { expect, test } from 'vitest';
import { taskOf } from '../../outbox/sample-task.ts';
import { placeTask, removeTask, replaceTask, type TaskPages } from './task-pages.ts';

function pagesOf(...pages: number[][]): TaskPages {
  return {
    pageParams: pages.map(() => undefined),
    pages: pages.map((numbers, index) => ({
      data: numbers.map((number) => taskOf(number)),
      nextCursor: index === pages.length - 1 ? 'more' : 'next',
    })),
  };
}

const complete = (pages: TaskPages): TaskPages => ({
  ...pages,
  pages: pages.pages.map((page) => ({ ...page, nextCursor: null })),
});
const titles = (pages: TaskPages) => pages.pages.map((page) => page.data.map((task) => task.title));

test('a new task comes first', () => {
  const pages = placeTask(pagesOf([5, 4], [3, 2]), taskOf(9), 'open');
  expect(titles(pages)).toEqual([
    ['Task 9', 'Task 5', 'Task 4'],
    ['Task 3', 'Task 2'],
  ]);
});

test('a task comes back to its place', () => {
  const pages = placeTask(pagesOf([9, 7], [4, 2]), taskOf(3), 'open');
  expect(titles(pages)[1]).toEqual(['Task 4', 'Task 3', 'Task 2']);
});

test('a task behind the last page that is loaded is left to the next one', () => {
  const pages = pagesOf([9, 7]);
  expect(titles(placeTask(pages, taskOf(1), 'open'))).toEqual(titles(pages));
});

test('a task behind the last of all is appended, and an empty list takes its first', () => {
  expect(titles(placeTask(complete(pagesOf([9])), taskOf(1), 'open'))[0]).toContain('Task 1');
  expect(titles(placeTask(complete(pagesOf([])), taskOf(1), 'open'))).toEqual([['Task 1']]);
});

test('a completed task leaves the open ones and stays among all', () => {
  const done = taskOf(5, { completed: true, version: 2 });
  expect(titles(placeTask(pagesOf([5, 4]), done, 'open'))).toEqual([['Task 4']]);
  expect(placeTask(pagesOf([5, 4]), done, 'all').pages[0]?.data[0]).toBe(done);
});

test('an older state does not replace a newer one', () => {
  const newer = taskOf(5, { title: 'newer', version: 3 });
  const pages = replaceTask(pagesOf([5]), newer);
  expect(titles(replaceTask(pages, taskOf(5, { title: 'older', version: 2 })))).toEqual([
    ['newer'],
  ]);
});

test('a deleted task is gone from every page', () => {
  expect(titles(removeTask(pagesOf([5, 4]), taskOf(5).id))).toEqual([['Task 4']]);
});
