import type { OperationId } from '../../../src/contract/routes.ts';

/** A call that an operation takes, besides the ids in its path, which the caller's own data gives. */
export interface Sample {
  /** What it answers to the owner. */
  succeeds: number;
  body?: Readonly<Record<string, unknown>>;
  /** Whether the answer holds the text of the owner's tasks. */
  shows: boolean;
}

/** An operation that is not here is a type error, and the matrix does not run. */
export const samples = {
  listTasks: { succeeds: 200, shows: true },
  createTask: { succeeds: 201, body: { title: 'A task' }, shows: false },
  getTask: { succeeds: 200, shows: true },
  updateTask: { succeeds: 200, body: { completed: true }, shows: true },
  deleteTask: { succeeds: 204, shows: false },
  getSession: { succeeds: 204, shows: false },
  getOpenApi: { succeeds: 200, shows: false },
} as const satisfies Record<OperationId, Sample>;
