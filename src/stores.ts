import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import type pg from 'pg';
import { readTasks, type TasksSchema, tasksMigrations } from './api/tasks/schema.ts';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import { DamagedStoreError, requireUndamaged } from './db/check-sqlite.ts';
import { migrate, NewerSchemaError } from './db/migrate.ts';
import { type OpenAs, openMigrated, openPostgres, SchemaError } from './db/open-postgres.ts';
import type { Schema } from './db/postgres.ts';
import { openProtected, RowSecurityError } from './db/protected-postgres.ts';
import type { Role } from './db/roles.ts';
import { openSqlite, sqliteDialect } from './db/sqlite.ts';
import { watchSqlite } from './db/store-failures.ts';
import { isStoreDamaged } from './db/store-unavailable.ts';
import { type ObserveStatement, timeSqlite } from './db/time-statements.ts';
import { type GuardSchema, guardMigrations } from './guard/schema.ts';

const tasksFile = 'tasks.db';

/** A store that is open, and asked whether it answers. */
interface Open<T> {
  database: T;
  isReady: () => Promise<boolean>;
  close: () => Promise<void>;
  /** What is allowed and still unwise, for the log. */
  warnings: string[];
}

type OnError = (error: Error) => void;

/**
 * The accounts store, for the issuer alone. Better Auth makes and migrates its tables: as another
 * role than it works as, where that owns the schema, by `migrateAsOwner`.
 */
export async function openAccounts(
  config: Config,
  onError: OnError,
  observe: ObserveStatement | undefined,
  migrateAsOwner: (database: pg.Pool) => Promise<void>,
): Promise<Open<DatabaseSync | pg.Pool> & { isUpToDate: boolean }> {
  const { databaseUrl: url } = config;
  if (url === undefined) {
    const database = openFile(config, 'accounts.db', observe);
    watchSqlite(database);
    return {
      database,
      isReady: answers(async () => void database.prepare('select 1').get()),
      close: async () => database.close(),
      warnings: [],
      isUpToDate: false,
    };
  }
  const store = { url, schema: 'accounts', role: 'ownlist_issuer', onError, observe } as const;
  const opened = await reach(url, store.role, () => openPostgres(store, migrateAsOwner));
  const { database } = opened;
  return {
    database,
    isReady: answers(async () => void (await database.query('select 1'))),
    close: () => database.end(),
    warnings: warningsOf(opened, store.role),
    isUpToDate: opened.as !== 'login',
  };
}

/** The tasks store, for the API alone, with every migration done and behind both walls. */
export async function openTasks(
  config: Config,
  onError: OnError,
  observe?: ObserveStatement,
): Promise<Open<Kysely<TasksSchema>> & { file: string | undefined }> {
  const { database, warnings } = await openMigratedTasks(config, onError, observe);
  return {
    database,
    file: config.databaseUrl === undefined ? join(config.dataDir, tasksFile) : undefined,
    isReady: answers(() => readTasks(database)),
    close: () => database.destroy(),
    warnings,
  };
}

async function openMigratedTasks(config: Config, onError: OnError, observe?: ObserveStatement) {
  const { databaseUrl: url } = config;
  if (url !== undefined) {
    const migrations = tasksMigrations('postgres');
    const store = { url, schema: 'tasks', role: 'ownlist_api', onError, observe } as const;
    const opened = await reach(url, store.role, () =>
      openProtected<TasksSchema>({ ...store, migrations }),
    );
    return { database: opened.database, warnings: warningsOf(opened, store.role) };
  }
  const database = new Kysely<TasksSchema>({
    dialect: sqliteDialect(openFile(config, tasksFile, observe)),
  });
  await bringUpToDate(config, { schema: 'tasks' }, () =>
    migrate(database, tasksMigrations('sqlite')),
  );
  return { database, warnings: [] };
}

/**
 * Every statement of the guard touches few rows, and a connection that has fallen silent has to be
 * given up long before the feed that is read through it is too old to be trusted.
 */
const guardStatementTimeoutMs = 2_000;

/** Whom the guard store is opened for: what it has for the other side is out of reach. */
const guardRoles = {
  all: 'ownlist_guard',
  issuer: 'ownlist_issuer',
  api: 'ownlist_api',
} as const satisfies Record<Config['role'], Role>;

/** The guard store: ended sessions and counts of requests, for every process at the gate. */
export async function openGuard(
  config: Config,
  onError: OnError,
  observe?: ObserveStatement,
): Promise<Open<Kysely<GuardSchema>>> {
  const { database, warnings } = await openMigratedGuard(config, onError, observe);
  return {
    database,
    isReady: answers(
      async () => void (await sql`select 1 from revocations limit 1`.execute(database)),
    ),
    close: () => database.destroy(),
    warnings,
  };
}

async function openMigratedGuard(config: Config, onError: OnError, observe?: ObserveStatement) {
  const { databaseUrl: url } = config;
  if (url !== undefined) {
    const migrations = guardMigrations('postgres');
    const role = guardRoles[config.role];
    const store = { url, schema: 'guard', role, onError, observe } as const;
    const statementTimeoutMs = guardStatementTimeoutMs;
    const opened = await reach(url, role, () =>
      openMigrated<GuardSchema>({ ...store, statementTimeoutMs, migrations }),
    );
    return { database: opened.database, warnings: warningsOf(opened, role) };
  }
  const database = new Kysely<GuardSchema>({
    dialect: sqliteDialect(openFile(config, 'guard.db', observe)),
  });
  await bringUpToDate(config, { schema: 'guard' }, () =>
    migrate(database, guardMigrations('sqlite')),
  );
  return { database, warnings: [] };
}

function openFile({ dataDir }: Config, name: string, observe?: ObserveStatement): DatabaseSync {
  const file = join(dataDir, name);
  try {
    const database = openSqlite(file);
    requireUndamaged(database);
    if (observe) timeSqlite(database, observe);
    return database;
  } catch (cause) {
    if (isDamage(cause)) throw damaged(file, cause);
    throw new StartError(
      `The store ${file} cannot be opened (${(cause as Error).message}). Check that this user may write it, that the disk is not full, and that it is a SQLite file.`,
      { cause },
    );
  }
}

/**
 * Brings a store up to date by `work`.
 * @throws {StartError} for a store that a newer version has been at, or that is damaged.
 */
export async function bringUpToDate<T>(
  { dataDir, databaseUrl }: Pick<Config, 'dataDir' | 'databaseUrl'>,
  { schema }: { schema: Schema },
  work: () => Promise<T>,
): Promise<T> {
  const file = join(dataDir, `${schema}.db`);
  try {
    return await work();
  } catch (cause) {
    if (isDamage(cause)) throw damaged(file, cause);
    if (isRefusal(cause)) {
      throw new StartError(
        `The schema ${schema} of PostgreSQL is not that of this version (${messageOf(cause)}). ${prepareRemedy}`,
        { cause },
      );
    }
    if (!(cause instanceof NewerSchemaError)) throw cause;
    const store = databaseUrl === undefined ? file : `schema ${schema} of PostgreSQL`;
    throw new StartError(`The store ${store} cannot be used: ${cause.message}.`, { cause });
  }
}

const isDamage = (cause: unknown): boolean =>
  cause instanceof DamagedStoreError || isStoreDamaged(cause);

function damaged(file: string, cause: unknown): StartError {
  return new StartError(
    `The store ${file} is damaged (${messageOf(cause)}). Put the last backup in its place: npm run restore -- BACKUP --yes`,
    { cause },
  );
}

/** A wall that the database could hold and does not. */
function warningsOf({ as }: OpenAs<unknown>, role: Role): string[] {
  if (as !== 'owner') return [];
  return [
    `DATABASE_URL has a role that can neither make nor take ${role}, and works as itself: the database keeps nothing of the issuer from the API. Run as a superuser of the database: create role ${role} nologin; and grant it to that role. See docs/operations/postgresql.md.`,
  ];
}

async function reach<T>(url: string, role: Role, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (cause instanceof NewerSchemaError) {
      throw new StartError(`The store in PostgreSQL cannot be used: ${cause.message}.`, { cause });
    }
    throw new StartError(
      `PostgreSQL at ${new URL(url).host} cannot be used (${messageOf(cause)}). ${remedyOf(cause, role)}`,
      { cause },
    );
  }
}

function remedyOf(cause: unknown, role: Role): string {
  if (cause instanceof RowSecurityError) return cause.remedy;
  if (cause instanceof SchemaError && cause.reason === 'outdated') return prepareRemedy;
  if (cause instanceof SchemaError || isRefusal(cause)) {
    return `Let the user of DATABASE_URL create a schema; or, for a login that shall own nothing, grant it ${role}. ${prepareRemedy}`;
  }
  return 'Check DATABASE_URL, and that the server runs.';
}

const prepareRemedy =
  'The role that owns the schemas brings them up to date: npm run database:prepare, with its DATABASE_URL. See docs/operations/postgresql.md.';

/** insufficient_privilege: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const isRefusal = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === '42501';

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
