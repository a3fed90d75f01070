import { randomUUIDv7 } from 'node:crypto';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { ListQuery } from '../../contract/page.ts';
import type { NewTask, Task, TaskPatch } from '../../contract/task.ts';
import { prepared, preparedForms } from '../../db/prepared.ts';
import { untilCommit } from '../../db/until-commit.ts';
import { ownerRead, ownerTransaction } from '../as-owner.ts';
import type { UserId } from '../principal.ts';
import { toInstant } from './instant.ts';
import type { TasksSchema, TasksTable } from './schema.ts';
import { indexTask, searchRows } from './search.ts';
import { type SearchIndex, searchIndexOf } from './search-index.ts';

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
  return {
    version: () => ownerRead(db, owner, (own) => versionOf(own, owner)),

    versionAtHand: () => knownVersions(db)?.get(owner),

    list: ({ status, sort, limit, after, words }, isKnown) =>
      ownerRead(db, owner, async (own) => {
        const version = await versionOf(own, owner);
        if (isKnown?.(version)) return { tasks: [], more: false, version };
        const values = { owner, after: after ?? '', count: limit + 1 };
        const list = { status, sort, isFirst: after === undefined };
        const rows =
          words === undefined
            ? await selectPage(own, values, list)
            : await searchRows({ db: own, owner }, listOf(own, values, list), words, limit + 1);
        return { tasks: rows.slice(0, limit).map(toTask), more: rows.length > limit, version };
      }),

    async get(id) {
      const [row] = await ownerRead(db, owner, (own) => selectTask(own, { owner, id }));
      return row && toTask(row);
    },

    async versionOf(id) {
      const [row] = await ownerRead(db, owner, (own) => selectTaskVersion(own, { owner, id }));
      return row?.version;
    },

    async create({ id = randomUUIDv7(), title, description = '', completed = false }) {
      const time = now();
      const completedAt = completed ? time : null;
      const row = await change(db, owner, async (trx, version) => {
        const task = { owner, id, title, description, completedAt, time, version };
        const [created] = await insertTask(trx, task);
        if (created) await indexTask(trx, created);
        return created;
      });
      return row && toTask(row);
    },

    async update(id, patch, expected) {
      const { title, description, completed } = patch;
      const row = await change(db, owner, async (trx, version) => {
        const [changed] = await updateTask(
          trx,
          {
            owner,
            id,
            title: title ?? '',
            description: description ?? '',
            time: now(),
            version,
            expected: expected ?? 0,
          },
          {
            title: title !== undefined,
            description: description !== undefined,
            completed,
            isConditional: expected !== undefined,
          },
        );
        if (changed && (title !== undefined || description !== undefined)) {
          await indexTask(trx, changed);
        }
        return changed;
      });
      return row && toTask(row);
    },

    delete: (id, expected) =>
      change(db, owner, async (trx, version) => {
        const values = { owner, id, expected: expected ?? 0 };
        const [deleted] = await deleteTask(trx, values, { isConditional: expected !== undefined });
        if (deleted === undefined) return undefined;
        await searchIndexOf(trx).remove(trx, { owner, ...deleted });
        return version;
      }),

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
        await searchIndexOf(trx).forgetAll(trx, owner);
        // The owner's row is locked first, as in every change; their tasks go with it (on delete
        // cascade).
        await trx.deleteFrom('owners').where('user_id', '=', owner).execute();
      }),
  };
}

type OfOwner = { owner: UserId };
type OfTask = OfOwner & { id: string };

/** What a task is made of: the owner is known. */
const taskColumns = [
  'id',
  'title',
  'description',
  'completed_at',
  'created_at',
  'updated_at',
  'version',
] as const;
/** By name: what a newer version adds would change what a statement that is prepared answers. */
const rowColumns = ['user_id', ...taskColumns] as const;

/** With a row that is changed comes what search knows it by. */
const searchColumnsOf = (db: Kysely<TasksSchema>) =>
  Object.keys(searchIndexOf(db).columns) as (keyof SearchIndex['columns'])[];

const selectVersion = prepared((db: Kysely<TasksSchema>, { owner }: OfOwner) =>
  db.selectFrom('owners').select('version').where('user_id', '=', owner),
);

const advanceVersion = prepared((db: Kysely<TasksSchema>, { owner }: OfOwner) =>
  db
    .insertInto('owners')
    .values({ user_id: owner, version: 1 })
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet((eb) => ({ version: eb('owners.version', '+', 1) })),
    )
    .returning('version'),
);

const selectTask = prepared((db: Kysely<TasksSchema>, { owner, id }: OfTask) =>
  db.selectFrom('tasks').select(rowColumns).where('user_id', '=', owner).where('id', '=', id),
);

const selectTaskVersion = prepared((db: Kysely<TasksSchema>, { owner, id }: OfTask) =>
  db.selectFrom('tasks').select('version').where('user_id', '=', owner).where('id', '=', id),
);

type PageForm = Pick<ListPosition, 'status' | 'sort'> & { isFirst: boolean };

function listOf(
  db: Kysely<TasksSchema>,
  { owner, after }: OfOwner & { after: string },
  { status, sort, isFirst }: PageForm,
) {
  let query = db.selectFrom('tasks').select(rowColumns).where('user_id', '=', owner);
  if (status === 'open') query = query.where('completed_at', 'is', null);
  if (status === 'completed') query = query.where('completed_at', 'is not', null);
  if (!isFirst) query = query.where('id', sort === 'newest' ? '<' : '>', after);
  return query.orderBy('id', sort === 'newest' ? 'desc' : 'asc');
}

const selectPage = preparedForms(
  (db: Kysely<TasksSchema>, values: OfOwner & { after: string; count: number }, form: PageForm) =>
    listOf(db, values, form).clearSelect().select(taskColumns).limit(values.count),
);

interface NewRow extends OfTask {
  title: string;
  description: string;
  completedAt: number | null;
  time: number;
  version: number;
}

const insertTask = prepared((db: Kysely<TasksSchema>, task: NewRow) =>
  db
    .insertInto('tasks')
    .values({
      user_id: task.owner,
      id: task.id,
      title: task.title,
      description: task.description,
      completed_at: task.completedAt,
      created_at: task.time,
      updated_at: task.time,
      version: task.version,
      ...searchIndexOf(db).columns,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning([...rowColumns, ...searchColumnsOf(db)]),
);

interface ChangedRow extends OfTask {
  title: string;
  description: string;
  time: number;
  version: number;
  /** The version that the task has to be at. */
  expected: number;
}

/** Which members a merge patch has (RFC 7396); the others are not touched. */
interface PatchForm {
  title: boolean;
  description: boolean;
  completed: boolean | undefined;
  isConditional: boolean;
}

const updateTask = preparedForms((db: Kysely<TasksSchema>, values: ChangedRow, form: PatchForm) => {
  const { owner, id, title, description, time, version, expected } = values;
  let query = db
    .updateTable('tasks')
    .set({
      updated_at: time,
      version,
      ...(form.title && { title }),
      ...(form.description && { description }),
      // Completing a completed task keeps the time at which it was completed.
      ...(form.completed === true && {
        completed_at: sql<number>`coalesce(completed_at, ${time})`,
      }),
      ...(form.completed === false && { completed_at: null }),
    })
    .where('user_id', '=', owner)
    .where('id', '=', id);
  if (form.isConditional) query = query.where('version', '=', expected);
  return query.returning([...rowColumns, ...searchColumnsOf(db)]);
});

const deleteTask = preparedForms(
  (
    db: Kysely<TasksSchema>,
    { owner, id, expected }: OfTask & { expected: number },
    { isConditional }: { isConditional: boolean },
  ) => {
    let query = db.deleteFrom('tasks').where('user_id', '=', owner).where('id', '=', id);
    if (isConditional) query = query.where('version', '=', expected);
    return query.returning(['id', ...searchColumnsOf(db)]);
  },
);

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
  statement: (trx: Transaction<TasksSchema>, version: number) => Promise<Row | undefined>,
): Promise<Row | undefined> {
  try {
    return await ownerTransaction(db, owner, async (trx) => {
      const [owned] = await advanceVersion(trx, { owner });
      if (owned === undefined) throw new Error('An owner has no version.');
      const row = await statement(trx, owned.version);
      if (row === undefined) throw new NothingChanged();
      return row;
    });
  } catch (error) {
    if (error instanceof NothingChanged) return undefined;
    throw error;
  }
}

function toTask(row: Pick<Selectable<TasksTable>, (typeof taskColumns)[number]>): Task {
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
