import type { Kysely } from 'kysely';
import { hasRowSecurity } from '../../db/row-security.ts';
import type { Scope, Steps } from '../../db/steps.ts';
import type { ListForm, Position, taskColumns } from './list-statements.ts';
import type { TaskRow, TasksSchema } from './schema.ts';
import { postgresIndex } from './search-postgres.ts';
import { sqliteIndex } from './search-sqlite.ts';

type Db = Kysely<TasksSchema>;
type InTransaction = Scope<TasksSchema>;

/** What search finds tasks by. Changes to it are a part of the transaction that changes the task. */
export interface SearchIndex {
  /** What the index adds to a row of `tasks`. */
  columns: readonly 'number'[];
  /** What that is for a new task. */
  ofNewTask?: (scope: InTransaction) => Steps<Pick<IndexedTask, 'number'>>;
  create(db: Db): Promise<void>;
  /** Adds tasks that the index does not have. */
  add(db: Db, tasks: readonly IndexedTask[]): Promise<void>;
  /** The task is found by these words and by no others. */
  put(scope: InTransaction, task: IndexedTask): Steps<unknown>;
  /** The task, which is deleted, is found no more. */
  remove(scope: InTransaction, task: Omit<IndexedTask, 'words'>): Steps<unknown>;
  /** Before the tasks themselves are deleted. */
  forgetAll(scope: InTransaction, owner: string): Steps<unknown>;
  /** The first rows of a list that have for each of the words one that begins with it. */
  find(db: Db, sought: Sought, form: ListForm): Promise<FoundTask[]>;
}

/** What is looked for: the first `count` tasks of a list, from its position on, that have words. */
export interface Sought extends Position {
  count: number;
  words: readonly [string, ...string[]];
}

export type FoundTask = Pick<TaskRow, (typeof taskColumns)[number]>;

/** A task with its words, each once, and with the columns of the index where there are any yet. */
export interface IndexedTask {
  owner: string;
  id: string;
  number?: number | undefined;
  words: readonly string[];
}

/** Which words a task has is this program's to say, so both stores find the same. */
export function searchIndexOf(db: Db): SearchIndex {
  return hasRowSecurity(db) ? postgresIndex : sqliteIndex;
}
