import type { InfiniteData } from '@tanstack/react-query';
import type { ResultOf, Routes } from '../../../../src/contract/routes.ts';
import type { Task } from '../../../../src/contract/task.ts';
import { belongs, type TaskStatus } from '../../outbox/overlay.ts';

export const taskStatuses = ['open', 'completed', 'all'] as const satisfies TaskStatus[];

export type TaskPage = ResultOf<Routes['listTasks']>;
/** The pages of one list that have been loaded, newest task first, as the API orders them. */
export type TaskPages = InfiniteData<TaskPage, string | undefined>;

function change(pages: TaskPages, edit: (tasks: Task[]) => Task[]): TaskPages {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, data: edit(page.data) })) };
}

/** Swaps in this state of a task where it is listed; a newer one that is listed already stays. */
export function replaceTask(pages: TaskPages, task: Task): TaskPages {
  return change(pages, (tasks) =>
    tasks.map((other) => (other.id === task.id && other.version <= task.version ? task : other)),
  );
}

export function removeTask(pages: TaskPages, taskId: string): TaskPages {
  return change(pages, (tasks) => tasks.filter((task) => task.id !== taskId));
}

/**
 * The pages with this task where the API would list it: replaced, inserted by id, or taken out
 * when the list is of others. A task that lies behind the last loaded page is left to that page.
 */
export function placeTask(
  pages: TaskPages,
  task: Task,
  status: TaskStatus,
  words?: readonly string[],
): TaskPages {
  if (!belongs(task, status, words)) return removeTask(pages, task.id);
  const listed = pages.pages.some((page) => page.data.some((other) => other.id === task.id));
  return listed ? replaceTask(pages, task) : insertTask(pages, task);
}

function insertTask(pages: TaskPages, task: Task): TaskPages {
  const at = pages.pages.findIndex((page) => {
    const last = page.data.at(-1);
    return page.nextCursor === null || (last !== undefined && last.id < task.id);
  });
  return {
    ...pages,
    pages: pages.pages.map((page, index) =>
      index === at ? { ...page, data: [...page.data, task].sort(newestFirst) } : page,
    ),
  };
}

export function newestFirst(a: Task, b: Task): number {
  return a.id < b.id ? 1 : -1;
}
