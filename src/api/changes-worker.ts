import { workerData } from 'node:worker_threads';
import { Kysely } from 'kysely';
import { openSqlite, sqliteDialect } from '../db/sqlite.ts';
import { type StatementKind, timeSqlite } from '../db/time-statements.ts';
import { answerQuestions } from '../threads/answer-questions.ts';
import { type Change, changesOn, type Outcome } from './changes.ts';
import { taskChanges } from './tasks/changes.ts';
import type { TasksSchema } from './tasks/schema.ts';

// The thread of `changes-thread.ts`: a connection of its own to the store, and the same code.

export interface ChangesData {
  file: string;
  isObserved: boolean;
}

/** How long a statement took. */
export type Observed = [kind: StatementKind, milliseconds: number];

const { file, isObserved } = workerData as ChangesData;
const tell = answerQuestions<Change, Outcome, Observed>({
  answer: (change) => carryOut(change),
  end: () => store.destroy(),
});
const database = openSqlite(file);
if (isObserved) timeSqlite(database, (...observed) => void tell(observed));
const store = new Kysely<TasksSchema>({ dialect: sqliteDialect(database) });
const carryOut = changesOn(store, taskChanges);
