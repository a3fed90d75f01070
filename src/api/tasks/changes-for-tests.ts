import type { Kysely } from 'kysely';
import type { NewTask, TaskPatch } from '../../contract/task.ts';
import type { Scope, Steps } from '../../db/steps.ts';
import { ownerSteps } from '../as-owner.ts';
import type { UserId } from '../principal.ts';
import type { TasksSchema } from './schema.ts';
import { tasksOf } from './store.ts';
import { changeTask, createTask, NothingChanged, removeTask } from './task-changes.ts';

export type ChangingTasks = ReturnType<typeof changingTasks>;

/**
 * The tasks of an owner with changes of them, each a transaction of its own, `undefined` where it finds
 * nothing to change. For tests: what carries out requests has more to say of that.
 */
export function changingTasks(db: Kysely<TasksSchema>, owner: UserId, now = Date.now) {
  const change = <T>(steps: (scope: Scope<TasksSchema>) => Steps<T>): Promise<T | undefined> =>
    ownerSteps(db, owner, steps).catch((error: unknown) => {
      if (error instanceof NothingChanged) return undefined;
      throw error;
    });
  return Object.assign(tasksOf(db, owner), {
    create: (task: NewTask) => change((scope) => createTask(scope, owner, task, now)),
    update: (id: string, patch: TaskPatch, expected?: number) =>
      change((scope) => changeTask(scope, { owner, id }, patch, expected, now)),
    delete: (id: string, expected?: number) =>
      change((scope) => removeTask(scope, { owner, id }, expected)),
  });
}
