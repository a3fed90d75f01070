import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByOwner, withEveryRow } from '../../db/row-security.ts';
import { createSearchIndex } from './search.ts';

/** The rows of the tasks store. Every primary key begins with the owner. */
export interface TasksSchema {
  owners: OwnersTable;
  tasks: TasksTable;
  idempotency_keys: IdempotencyKeysTable;
}

interface OwnersTable {
  user_id: string;
  /** How many changes the owner has made: the version of the newest one. */
  version: number;
}

/** The requests that were carried out once, with their answers; see `idempotency.ts`. */
interface IdempotencyKeysTable {
  user_id: string;
  operation: string;
  key: string;
  /** A digest of the request, to tell another one with the same key. */
  fingerprint: string;
  /** JSON; empty only inside the transaction that makes it. */
  answer: string;
  created_at: number;
}

export interface TasksTable {
  user_id: string;
  id: string;
  title: string;
  description: string;
  /** Milliseconds since 1970, like the other times; null while the task is open. */
  completed_at: number | null;
  created_at: number;
  updated_at: number;
  /** The owner's version at the task's last change. */
  version: number;
  /** On SQLite alone, where search knows it by this; see `search-sqlite.ts`. */
  number?: number;
}

/** A row without what search adds. */
export type TaskRow = Omit<TasksTable, 'number'>;

/**
 * What makes the tables, in order. A task lies beside its owner's others (`WITHOUT ROWID` in
 * SQLite), and no index finds one without its owner, but by the number that it has for search in
 * SQLite. Ids compare by their bytes on both stores.
 */
export const tasksMigrations = (dialect: 'sqlite' | 'postgres'): Record<string, Migration> => ({
  '0001-tasks': {
    async up(db: Kysely<never>) {
      const { id, integer, clustered } = columnTypes(dialect);
      await sql`
        create table owners (
          user_id ${id} not null primary key,
          version ${integer} not null
        ) ${clustered}`.execute(db);
      await sql`
        create table tasks (
          user_id ${id} not null references owners (user_id) on delete cascade,
          id ${id} not null,
          title text not null,
          description text not null,
          completed_at ${integer},
          created_at ${integer} not null,
          updated_at ${integer} not null,
          version ${integer} not null,
          primary key (user_id, id)
        ) ${clustered}`.execute(db);
      // The lists of open and of completed tasks read only their own rows, however many others
      // the owner has.
      await sql`create index tasks_open on tasks (user_id, id) where completed_at is null`.execute(
        db,
      );
      await sql`create index tasks_completed on tasks (user_id, id) where completed_at is not null`.execute(
        db,
      );
    },
  },
  '0002-row-security': {
    async up(db: Kysely<never>) {
      await protectByOwner(db, 'owners');
      await protectByOwner(db, 'tasks');
    },
  },
  '0003-idempotency-keys': {
    async up(db: Kysely<never>) {
      const { id, integer, clustered } = columnTypes(dialect);
      await sql`
        create table idempotency_keys (
          user_id ${id} not null,
          operation text not null,
          key ${id} not null,
          fingerprint text not null,
          answer text not null,
          created_at ${integer} not null,
          primary key (user_id, operation, key)
        ) ${clustered}`.execute(db);
      await sql`create index idempotency_keys_age on idempotency_keys (user_id, created_at)`.execute(
        db,
      );
      await protectByOwner(db, 'idempotency_keys');
    },
  },
  '0004-search': {
    // On SQLite the next one makes it anew.
    async up(db: Kysely<TasksSchema>) {
      if (dialect === 'sqlite') return;
      await withEveryRow(db, 'tasks', () => createSearchIndex(db));
    },
  },
  ...(dialect === 'sqlite' && {
    '0005-search-by-number': { up: createSearchIndex },
    '0006-open-and-completed-apart': { up: keepCompletedApart },
  }),
});

/**
 * Makes whether a task is completed a part of its key: the open ones of an owner lie together, and so
 * do the completed ones, each in their order. So neither list needs an index, of which everybody who
 * adds a task would write a page of their own (decision 4). The table keeps that part of the key true
 * by itself, also for a version that knows nothing of it.
 */
async function keepCompletedApart(db: Kysely<never>): Promise<void> {
  const columns = sql.raw(
    'user_id, id, title, description, completed_at, created_at, updated_at, version, number',
  );
  await sql`
    create table tasks_apart (
      user_id text not null references owners (user_id) on delete cascade,
      is_completed integer not null default 0,
      id text not null,
      title text not null,
      description text not null,
      completed_at integer,
      created_at integer not null,
      updated_at integer not null,
      version integer not null,
      number integer,
      primary key (user_id, is_completed, id)
    ) strict, without rowid`.execute(db);
  await sql`
    insert into tasks_apart (${columns}, is_completed)
    select ${columns}, completed_at is not null from tasks`.execute(db);
  await sql`drop table tasks`.execute(db);
  await sql`alter table tasks_apart rename to tasks`.execute(db);
  await sql`
    create unique index tasks_number on tasks (number) where number is not null`.execute(db);
  // An owner has one task with an id, as where the key is made of both alone.
  await sql`
    create trigger tasks_once before insert on tasks
    when exists (
      select 1 from tasks where user_id = new.user_id
        and is_completed = (new.is_completed = 0) and id = new.id)
    begin
      select raise(ignore);
    end`.execute(db);
  const move = sql`
    when new.is_completed <> (new.completed_at is not null)
    begin
      update tasks set is_completed = (new.completed_at is not null)
      where user_id = new.user_id and is_completed = new.is_completed and id = new.id;
    end`;
  await sql`create trigger tasks_made after insert on tasks ${move}`.execute(db);
  await sql`create trigger tasks_moved after update of completed_at on tasks ${move}`.execute(db);
}

/** What the two dialects call the same thing. */
function columnTypes(dialect: 'sqlite' | 'postgres') {
  return dialect === 'sqlite'
    ? { id: sql`text`, integer: sql`integer`, clustered: sql`strict, without rowid` }
    : { id: sql`text collate "C"`, integer: sql`bigint`, clustered: sql`` };
}

/** Fails where the tables cannot be read. */
export async function readTasks(db: Kysely<TasksSchema>): Promise<void> {
  await db.selectFrom('owners').select('user_id').limit(1).execute();
}
