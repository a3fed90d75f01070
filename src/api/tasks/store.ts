import { randomUUIDv7 } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { ListQuery } from '../../contract/page.ts';
import type { NewTask, Task, TaskPatch } from '../../contract/task.ts';
import { type Scope, type Steps, step } from '../../db/steps.ts';
import { untilCommit } from '../../db/until-commit.ts';
import { ownerRead, ownerSteps } from '../as-owner.ts';
import type { UserId } from '../principal.ts';
import { toInstant } from './instant.ts';
import { selectPage, type taskColumns } from './list-statements.ts';
import type { TaskRow, TasksSchema } from './schema.ts';
import { indexTask, searchRows } from './search.ts';
import { searchIndexOf } from './search-index.ts';
import {
  advanceVersion,
  type ChangedRow,
  deleteTask,
  insertTask,
  type PatchForm,
  selectTask,
  selectTaskVersion,
  selectVersion,
  updateTask,
} from './statements.ts';

/** A position in a list: the page begins behind this id. */
export interface ListPosition {
  status: NonNullable<ListQuery['status']>;
  sort: NonNullable<ListQuery['sort']>;
  limit: number;
  after: string | undefined;
  /** Only tasks that search finds by these; see `searchWords`. */
  words?: readonly string[] | undefined;
}

/**
 * The tasks of one owner; there is no other door to a task. Every statement names the owner, and
 * runs where the database, if it can, lets it reach the rows of that owner alone.
 */
export interface TaskStore {
  /** The owner's count of changes: equal means that no task of theirs has changed. */
  version(): Promise<number>;
  /** The same where the database need not be asked for it. */
  versionAtHand(): number | undefined;
  /**
   * At most `limit` tasks, and whether more follow. `version` is read before them: it may be older
   * than the tasks, never newer. None are read where `isKnown` says so of the version.
   */
  list(
    position: ListPosition,
    isKnown?: (version: number) => boolean,
  ): Promise<{ tasks: Task[]; more: boolean; version: number }>;
  /** `undefined` where the owner has no such task. */
  get(id: string): Promise<Task | undefined>;
  /** The version of a task; `undefined` where the owner has no such task. */
  versionOf(id: string): Promise<number | undefined>;
  /** `undefined` where the owner has a task with this id already. */
  create(task: NewTask): Promise<Task | undefined>;
  /** `undefined` where the owner has no such task, or it is not at `version`, when that is given. */
  update(id: string, patch: TaskPatch, version?: number): Promise<Task | undefined>;
  /**
   * The owner's version by that change; `undefined` where the owner has no such task, or it is not
   * at `version`, when that is given.
   */
  delete(id: string, version?: number): Promise<number | undefined>;
  /** How many tasks the owner has. */
  count(): Promise<number>;
  /** Removes every row of the owner: tasks, count of changes, and answers kept for keys. */
  eraseAll(): Promise<void>;
}

/**
 * The tasks of `owner`, who is proven by an access token. A resolved promise of a change means
 * that it is committed.
 */
export function tasksOf(db: Kysely<TasksSchema>, owner: UserId, now = Date.now): TaskStore {
  return new OwnTasks(db, owner, now);
}

/** A class, since one is made for each request: its functions are there already. */
class OwnTasks implements TaskStore {
  readonly #db: Kysely<TasksSchema>;
  readonly #owner: UserId;
  readonly #now: () => number;

  constructor(db: Kysely<TasksSchema>, owner: UserId, now: () => number) {
    this.#db = db;
    this.#owner = owner;
    this.#now = now;
  }

  version(): Promise<number> {
    return ownerRead(this.#db, this.#owner, (own) => versionOf(own, this.#owner));
  }

  versionAtHand(): number | undefined {
    return knownVersions(this.#db)?.get(this.#owner);
  }

  list(
    { status, sort, limit, after, words }: ListPosition,
    isKnown?: (version: number) => boolean,
  ): Promise<{ tasks: Task[]; more: boolean; version: number }> {
    const owner = this.#owner;
    return ownerRead(this.#db, owner, async (own) => {
      const version = await versionOf(own, owner);
      if (isKnown?.(version)) return { tasks: [], more: false, version };
      const values = { owner, after: after ?? '', count: limit + 1 };
      const list = { status, sort, isFirst: after === undefined };
      const rows =
        words === undefined
          ? await selectPage(list)(own, values)
          : await searchRows(own, values, list, words);
      return { tasks: rows.slice(0, limit).map(toTask), more: rows.length > limit, version };
    });
  }

  async get(id: string): Promise<Task | undefined> {
    const owner = this.#owner;
    const [row] = await ownerRead(this.#db, owner, (own) => selectTask(own, { owner, id }));
    return row && toTask(row);
  }

  async versionOf(id: string): Promise<number | undefined> {
    const owner = this.#owner;
    const [row] = await ownerRead(this.#db, owner, (own) => selectTaskVersion(own, { owner, id }));
    return row?.version;
  }

  async create(asked: NewTask): Promise<Task | undefined> {
    const { id = randomUUIDv7(), title, description = '', completed = false } = asked;
    const owner = this.#owner;
    const time = this.#now();
    const row = await change(this.#db, owner, (scope, version) =>
      insertSteps(scope, {
        user_id: owner,
        id,
        title,
        description,
        completed_at: completed ? time : null,
        created_at: time,
        updated_at: time,
        version,
      }),
    );
    return row && toTask(row);
  }

  async update(id: string, patch: TaskPatch, expected?: number): Promise<Task | undefined> {
    const { title, description, completed } = patch;
    const form = {
      title: title !== undefined,
      description: description !== undefined,
      completed,
      isConditional: expected !== undefined,
    };
    const given = { title: title ?? '', description: description ?? '', expected: expected ?? 0 };
    const owner = this.#owner;
    const row = await change(this.#db, owner, (scope, version) =>
      updateSteps(scope, form, { owner, id, ...given, time: this.#now(), version }),
    );
    return row && toTask(row);
  }

  delete(id: string, expected?: number): Promise<number | undefined> {
    const owner = this.#owner;
    return change(this.#db, owner, (scope, version) =>
      deleteSteps(scope, { owner, id, expected }, version),
    );
  }

  count(): Promise<number> {
    const owner = this.#owner;
    return ownerRead(this.#db, owner, async (own) => {
      const { count } = await own
        .selectFrom('tasks')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('user_id', '=', owner)
        .executeTakeFirstOrThrow();
      return count;
    });
  }

  eraseAll(): Promise<void> {
    const owner = this.#owner;
    return ownerSteps(this.#db, owner, (scope) => eraseSteps(scope, owner));
  }
}

// What a transaction does. Generators of the module, and none made for a request: V8 gives each that
// is made a prototype and a hidden class, of which every function that runs it has to learn.

type InTransaction = Scope<TasksSchema>;

function* insertSteps(scope: InTransaction, task: TaskRow) {
  const [created] = yield* insertTask.step(scope, task);
  if (created) yield* indexTask(scope, { ...task, ...created });
  return created && task;
}

function* updateSteps(scope: InTransaction, form: PatchForm, task: ChangedRow) {
  const [changed] = yield* updateTask(form).step(scope, task);
  if (changed && (form.title || form.description)) yield* indexTask(scope, changed);
  return changed;
}

function* deleteSteps(
  scope: InTransaction,
  { owner, id, expected }: { owner: UserId; id: string; expected: number | undefined },
  version: number,
) {
  const statement = deleteTask({ isConditional: expected !== undefined });
  const [deleted] = yield* statement.step(scope, { owner, id, expected: expected ?? 0 });
  if (deleted === undefined) return undefined;
  yield* searchIndexOf(scope.db).remove(scope, { owner, ...deleted });
  return version;
}

function* eraseSteps(scope: InTransaction, owner: UserId): Steps<void> {
  const of = (table: 'idempotency_keys' | 'owners') =>
    scope.db.deleteFrom(table).where('user_id', '=', owner).compile();
  yield* step(scope, of('idempotency_keys'));
  yield* searchIndexOf(scope.db).forgetAll(scope, owner);
  // The owner's row is locked first, as in every change; their tasks go with it (on delete cascade).
  yield* step(scope, of('owners'));
}

/** The owner's next version, and the change that has it. */
function* changeSteps<Row>(scope: InTransaction, owner: UserId, steps: ChangeSteps<Row>) {
  const [owned] = yield* advanceVersion.step(scope, { owner });
  if (owned === undefined) throw new Error('An owner has no version.');
  const row = yield* steps(scope, owned.version);
  if (row === undefined) throw new NothingChanged();
  return row;
}

type ChangeSteps<Row> = (scope: InTransaction, version: number) => Steps<Row | undefined>;

const knownVersions = untilCommit<UserId, number>();

async function versionOf(db: Kysely<TasksSchema>, owner: UserId): Promise<number> {
  const known = knownVersions(db);
  const version = known?.get(owner);
  if (version !== undefined) return version;
  const [row] = await selectVersion(db, { owner });
  const read = row?.version ?? 0;
  known?.set(owner, read);
  return read;
}

/** Thrown inside a transaction to take it back. */
class NothingChanged extends Error {}

/**
 * Runs one change together with the owner's next version, or neither when it finds nothing to
 * change. The owner's row is written first and stays locked until the commit, so that versions
 * become visible in their order.
 */
async function change<Row>(
  db: Kysely<TasksSchema>,
  owner: UserId,
  steps: ChangeSteps<Row>,
): Promise<Row | undefined> {
  try {
    return await ownerSteps(db, owner, (scope) => changeSteps(scope, owner, steps));
  } catch (error) {
    if (error instanceof NothingChanged) return undefined;
    throw error;
  }
}

function toTask(row: Pick<TaskRow, (typeof taskColumns)[number]>): Task {
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
