import type { Task } from '../../contract/task.ts';
import { toInstant } from './instant.ts';
import type { taskColumns } from './list-statements.ts';
import type { TaskRow } from './schema.ts';

/** A task as the contract has it. */
export function toTask(row: Pick<TaskRow, (typeof taskColumns)[number]>): Task {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    completed: row.completed_at !== null,
    completedAt: row.completed_at === null ? null : toInstant(row.completed_at),
    createdAt: toInstant(row.created_at),
    updatedAt: toInstant(row.updated_at),
    version: row.version,
  };
}
