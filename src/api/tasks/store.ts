import { randomUUIDv7 } from 'node:crypto';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { ListQuery } from '../../contract/page.ts';
import type { NewTask, Task, TaskPatch } from '../../contract/task.ts';
import { ownerRead, ownerTransaction } from '../as-owner.ts';
import type { UserId } from '../principal.ts';
import type { TasksSchema, TasksTable } from './schema.ts';

/** A position in a list: the page begins behind this id. */
export interface ListPosition {
  status: NonNullable<ListQuery['status']>;
  sort: NonNullable<ListQuery['sort']>;
  limit: number;
  after: string | undefined;
}

/**
 * The tasks of one owner; there is no other door to a task. Every statement names the owner, and
 * runs where the database, if it can, lets it reach the rows of that owner alone.
 */
export interface TaskStore {
  /** The owner's count of changes: equal means that no task of theirs has changed. */
  version(): Promise<number>;
  /**
   * At most `limit` tasks, and whether more follow. `version` is read before them: it may be older
   * than the tasks, never newer.
   */
  list(position: ListPosition): Promise<{ tasks: Task[]; more: boolean; version: number }>;
  /** `undefined` where the owner has no such task. */
  get(id: string): Promise<Task | undefined>;
  /** `undefined` where the owner has a task with this id already. */
  create(task: NewTask): Promise<Task | undefined>;
  /** `undefined` where the owner has no such task, or it is not at `version`, when that is given. */
  update(id: string, patch: TaskPatch, version?: number): Promise<Task | undefined>;
  /** False where the owner has no such task, or it is not at `version`, when that is given. */
  delete(id: string, version?: number): Promise<boolean>;
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
  return {
    version: () => ownerRead(db, owner, (own) => versionOf(own, owner)),

    list: ({ status, sort, limit, after }) =>
      ownerRead(db, owner, async (own) => {
        const version = await versionOf(own, owner);
        let query = own.selectFrom('tasks').selectAll().where('user_id', '=', owner);
        if (status === 'open') query = query.where('completed_at', 'is', null);
        if (status === 'completed') query = query.where('completed_at', 'is not', null);
        if (after !== undefined) query = query.where('id', sort === 'newest' ? '<' : '>', after);
        const rows = await query
          .orderBy('id', sort === 'newest' ? 'desc' : 'asc')
          .limit(limit + 1)
          .execute();
        return { tasks: rows.slice(0, limit).map(toTask), more: rows.length > limit, version };
      }),

    async get(id) {
      const row = await ownerRead(db, owner, (own) =>
        own
          .selectFrom('tasks')
          .selectAll()
          .where('user_id', '=', owner)
          .where('id', '=', id)
          .executeTakeFirst(),
      );
      return row && toTask(row);
    },

    async create({ id = randomUUIDv7(), title, description = '', completed = false }) {
      const time = now();
      const row = await change(db, owner, (trx, version) =>
        trx
          .insertInto('tasks')
          .values({
            user_id: owner,
            id,
            title,
            description,
            completed_at: completed ? time : null,
            created_at: time,
            updated_at: time,
            version,
          })
          .onConflict((conflict) => conflict.doNothing())
          .returningAll()
          .executeTakeFirst(),
      );
      return row && toTask(row);
    },

    async update(id, patch, expected) {
      const row = await change(db, owner, (trx, version) => {
        let query = trx
          .updateTable('tasks')
          .set({ ...columnsOf(patch, now()), version })
          .where('user_id', '=', owner)
          .where('id', '=', id);
        if (expected !== undefined) query = query.where('version', '=', expected);
        return query.returningAll().executeTakeFirst();
      });
      return row && toTask(row);
    },

    async delete(id, expected) {
      const row = await change(db, owner, (trx) => {
        let query = trx.deleteFrom('tasks').where('user_id', '=', owner).where('id', '=', id);
        if (expected !== undefined) query = query.where('version', '=', expected);
        return query.returning('id').executeTakeFirst();
      });
      return row !== undefined;
    },

    count: () =>
      ownerRead(db, owner, async (own) => {
        const { count } = await own
          .selectFrom('tasks')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('user_id', '=', owner)
          .executeTakeFirstOrThrow();
        return count;
      }),

    eraseAll: () =>
      ownerTransaction(db, owner, async (trx) => {
        await trx.deleteFrom('idempotency_keys').where('user_id', '=', owner).execute();
        // The owner's row is locked first, as in every change; their tasks go with it (on delete
        // cascade).
        await trx.deleteFrom('owners').where('user_id', '=', owner).execute();
      }),
  };
}

async function versionOf(db: Kysely<TasksSchema>, owner: UserId): Promise<number> {
  const row = await db
    .selectFrom('owners')
    .select('version')
    .where('user_id', '=', owner)
    .executeTakeFirst();
  return row?.version ?? 0;
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
  statement: (trx: Transaction<TasksSchema>, version: number) => Promise<Row | undefined>,
): Promise<Row | undefined> {
  try {
    return await ownerTransaction(db, owner, async (trx) => {
      const { version } = await trx
        .insertInto('owners')
        .values({ user_id: owner, version: 1 })
        .onConflict((conflict) =>
          conflict
            .column('user_id')
            .doUpdateSet((eb) => ({ version: eb('owners.version', '+', 1) })),
        )
        .returning('version')
        .executeTakeFirstOrThrow();
      const row = await statement(trx, version);
      if (row === undefined) throw new NothingChanged();
      return row;
    });
  } catch (error) {
    if (error instanceof NothingChanged) return undefined;
    throw error;
  }
}

/** What a merge patch sets (RFC 7396): absent members are not touched. */
function columnsOf({ title, description, completed }: TaskPatch, time: number) {
  return {
    updated_at: time,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description: description ?? '' }),
    // Completing a completed task keeps the time at which it was completed.
    ...(completed === true && { completed_at: sql<number>`coalesce(completed_at, ${time})` }),
    ...(completed === false && { completed_at: null }),
  };
}

function toTask(row: Selectable<TasksTable>): Task {
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

const toInstant = (milliseconds: number): string => new Date(milliseconds).toISOString();
