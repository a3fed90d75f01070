import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';
import { readTasks, type TasksSchema, tasksMigrations } from './api/tasks/schema.ts';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import { migrate } from './db/migrate.ts';
import { openPostgres, type Schema } from './db/postgres.ts';
import { openProtected, RowSecurityError } from './db/protected-postgres.ts';
import { openSqlite, sqliteDialect } from './db/sqlite.ts';
import { type GuardSchema, guardMigrations } from './guard/schema.ts';

/** A store that is open, and asked whether it answers. */
interface Open<T> {
  database: T;
  isReady: () => Promise<boolean>;
  close: () => Promise<void>;
}

/**
 * Makes the data folder, readable by its owner alone.
 * @throws {StartError} where it cannot be made or written.
 */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new StartError(
      `The data folder ${dataDir} cannot be written (${(cause as Error).message}). Set DATA_DIR to a folder that this user may write.`,
      { cause },
    );
  }
}

type OnError = (error: Error) => void;

/** The accounts store, for the issuer alone; Better Auth makes and migrates its tables. */
export async function openAccounts(
  config: Config,
  onError: OnError,
): Promise<Open<DatabaseSync | pg.Pool>> {
  if (config.databaseUrl === undefined) {
    const database = openFile(config, 'accounts.db');
    return {
      database,
      isReady: answers(async () => void database.prepare('select 1').get()),
      close: async () => database.close(),
    };
  }
  const pool = await connect(config.databaseUrl, 'accounts', onError);
  return {
    database: pool,
    isReady: answers(async () => void (await pool.query('select 1'))),
    close: () => pool.end(),
  };
}

/** The tasks store, for the API alone, with every migration done and behind both walls. */
export async function openTasks(
  config: Config,
  onError: OnError,
): Promise<Open<Kysely<TasksSchema>>> {
  const database = await openMigratedTasks(config, onError);
  return {
    database,
    isReady: answers(() => readTasks(database)),
    close: () => database.destroy(),
  };
}

async function openMigratedTasks(config: Config, onError: OnError): Promise<Kysely<TasksSchema>> {
  const { databaseUrl: url } = config;
  if (url !== undefined) {
    const migrations = tasksMigrations('postgres');
    return reach(url, () => openProtected({ url, schema: 'tasks', migrations, onError }));
  }
  const database = new Kysely<TasksSchema>({
    dialect: sqliteDialect(openFile(config, 'tasks.db')),
  });
  await migrate(database, tasksMigrations('sqlite'));
  return database;
}

/** The guard store: ended sessions and counts of requests, for every process at the gate. */
export async function openGuard(
  config: Config,
  onError: OnError,
): Promise<Open<Kysely<GuardSchema>>> {
  const { databaseUrl } = config;
  const database = new Kysely<GuardSchema>({
    dialect:
      databaseUrl === undefined
        ? sqliteDialect(openFile(config, 'guard.db'))
        : new PostgresDialect({ pool: await connect(databaseUrl, 'guard', onError) }),
  });
  if (databaseUrl === undefined) await migrate(database, guardMigrations('sqlite'));
  else await migrate(database, guardMigrations('postgres'), 'guard');
  return {
    database,
    isReady: answers(
      async () => void (await sql`select 1 from revocations limit 1`.execute(database)),
    ),
    close: () => database.destroy(),
  };
}

function openFile({ dataDir }: Config, name: string): DatabaseSync {
  const file = join(dataDir, name);
  try {
    return openSqlite(file);
  } catch (cause) {
    throw new StartError(
      `The store ${file} cannot be opened (${(cause as Error).message}). Check that this user may write it, that the disk is not full, and that it is a SQLite file.`,
      { cause },
    );
  }
}

async function connect(url: string, schema: Schema, onError: OnError): Promise<pg.Pool> {
  return reach(url, () => openPostgres({ url, schema, onError }));
}

async function reach<T>(url: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    const remedy =
      cause instanceof RowSecurityError
        ? cause.remedy
        : 'Check DATABASE_URL, and that the server runs and lets this user create a schema.';
    throw new StartError(
      `PostgreSQL at ${new URL(url).host} cannot be used (${messageOf(cause)}). ${remedy}`,
      { cause },
    );
  }
}

/** Node reports a refused connection to a host of several addresses without words of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

const answers = (ask: () => Promise<void>) => async (): Promise<boolean> => {
  try {
    await ask();
    return true;
  } catch {
    return false; // The question was whether it answers.
  }
};
