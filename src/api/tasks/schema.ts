import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The rows of the tasks store. Every primary key begins with the owner. */
export interface TasksSchema {
  owners: OwnersTable;
  tasks: TasksTable;
}

interface OwnersTable {
  user_id: string;
  /** How many changes the owner has made: the version of the newest one. */
  version: number;
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
}

/**
 * What makes the tables, in order. A task lies beside its owner's others (`WITHOUT ROWID` in
 * SQLite), and no index finds one without its owner. Ids compare by their bytes on both stores.
 */
export const tasksMigrations = (dialect: 'sqlite' | 'postgres'): Record<string, Migration> => ({
  '0001-tasks': {
    async up(db: Kysely<never>) {
      const id = dialect === 'postgres' ? sql`text collate "C"` : sql`text`;
      const clustered = dialect === 'sqlite' ? sql`strict, without rowid` : sql``;
      const integer = dialect === 'sqlite' ? sql`integer` : sql`bigint`;
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
});
