import type { Kysely } from 'kysely';
import type { ListQuery } from '../../contract/page.ts';
import type { Task } from '../../contract/task.ts';
import { type Scope, type Steps, step } from '../../db/steps.ts';
import { untilCommit } from '../../db/until-commit.ts';
import { ownerRead, ownerSteps } from '../as-owner.ts';
import type { UserId } from '../principal.ts';
import { selectPage } from './list-statements.ts';
import type { TasksSchema } from './schema.ts';
import { searchRows } from './search.ts';
import { searchIndexOf } from './search-index.ts';
import { advanceVersion, selectTask, selectTaskVersion, selectVersion } from './statements.ts';
import { toTask } from './task-of-row.ts';

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
 * The tasks of one owner, to be read or erased; `task-changes.ts` changes them, and there is no other
 * door to a task. Every statement names the owner, and runs where the database, if it can, lets it
 * reach the rows of that owner alone.
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
  /** How many tasks the owner has. */
  count(): Promise<number>;
  /** Removes every row of the owner: tasks, count of changes, and answers kept for keys. */
  eraseAll(): Promise<void>;
}

/** The tasks of `owner`, who is proven by an access token. */
export function tasksOf(db: Kysely<TasksSchema>, owner: UserId): TaskStore {
  return new OwnTasks(db, owner);
}

/** A class, since one is made for each request: its functions are there already. */
class OwnTasks implements TaskStore {
  readonly #db: Kysely<TasksSchema>;
  readonly #owner: UserId;

  constructor(db: Kysely<TasksSchema>, owner: UserId) {
    this.#db = db;
    this.#owner = owner;
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

function* eraseSteps(scope: Scope<TasksSchema>, owner: UserId): Steps<void> {
  const of = (table: 'idempotency_keys' | 'owners') =>
    scope.db.deleteFrom(table).where('user_id', '=', owner).compile();
  // Locks the owner's row, as every change does: one that is under way is waited for, and erased too.
  yield* advanceVersion.step(scope, { owner });
  yield* step(scope, of('idempotency_keys'));
  yield* searchIndexOf(scope.db).forgetAll(scope, owner);
  // Their tasks go with it (on delete cascade).
  yield* step(scope, of('owners'));
}

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
