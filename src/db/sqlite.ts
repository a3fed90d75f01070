import { chmodSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { checkpointer } from './checkpoints.ts';
import { GroupCommitDriver } from './group-commit.ts';
import { isStoreBusy } from './store-unavailable.ts';
import type { Connection } from './transaction-group.ts';

/** How long a statement waits for another process's lock before it fails. */
const busyTimeoutMs = 5_000;
/** More than the statements this program has; a bound against SQL that is made at run time. */
const preparedStatementsMax = 200;

/**
 * Opens (or creates, readable by its owner alone) a SQLite file that keeps every acknowledged
 * write: with a write-ahead log and `synchronous=FULL` a commit is on the disk before it returns
 * (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export function openSqlite(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  chmodSync(file, 0o600);
  database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
  keepWriteAheadLog(database);
  database.exec('pragma synchronous = full');
  database.exec('pragma trusted_schema = off');
  return database;
}

/** A few: each waits for whoever has the lock, and only one process at a time can be at this. */
const walTriesMax = 10;

/**
 * On a new file this takes a lock for which SQLite does not wait as `busy_timeout` says, since it
 * reads first: servers that begin together would fail at random. To begin a transaction does wait.
 */
function keepWriteAheadLog(database: DatabaseSync): void {
  for (let tries = 1; ; tries++) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (tries === walTriesMax || !isStoreBusy(error)) throw error;
      database.exec('begin immediate');
      database.exec('rollback');
    }
  }
}

/**
 * Kysely's SQLite dialect on `node:sqlite`, with statements prepared once and kept, and with
 * transactions that come together committed together.
 */
export function sqliteDialect(database: DatabaseSync): Dialect {
  const driver = new GroupCommitDriver(serialDatabase(database));
  return {
    createAdapter: () => new ImmediateAdapter(driver),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Of a database that runs a statement at once, as `node:sqlite` does. */
export class ImmediateAdapter extends SqliteAdapter {
  readonly #driver: GroupCommitDriver;

  constructor(driver: GroupCommitDriver) {
    super();
    this.#driver = driver;
  }

  /** A statement runs at once, and transactions wait in the driver; Kysely need not queue them. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  /**
   * Runs a statement outside of a transaction without going through Kysely's connections, which
   * would cost as much as the statement.
   */
  execute(sql: string, parameters: readonly unknown[]): QueryResult<unknown> {
    return this.#driver.execute(sql, parameters);
  }

  /** See `GroupCommitDriver`. */
  transact<T>(work: (connection: Connection) => T): Promise<T> {
    return this.#driver.transact(work);
  }

  /** Another number than before whenever something may have been committed since, by whomever. */
  moment(): number {
    return this.#driver.moment();
  }
}

function serialDatabase(
  database: DatabaseSync,
): ConstructorParameters<typeof GroupCommitDriver>[0] {
  const kept = new Map<string, { execute: Run; mayChange: boolean }>();
  const checkpoints = checkpointer(database);
  const others = commitsOfOthers(database);
  const reads = readsOfTheTurn(database);
  let changes = 0;
  return {
    get isTransaction() {
      return database.isTransaction;
    },
    moment: () => changes + others(),
    execute(sql, parameters = []) {
      let run = kept.get(sql);
      if (run === undefined) {
        // Also what only may change something: to begin a transaction is enough.
        run = { execute: prepare(database, sql), mayChange: !/^select\b/i.test(sql) };
        if (kept.size >= preparedStatementsMax) kept.clear();
        kept.set(sql, run);
      }
      if (run.mayChange) {
        reads.end();
        changes++;
      } else reads.begin();
      // Kysely passes what its compiler bound, and our tables hold only text and integers.
      return run.execute(parameters as SQLInputValue[]);
    },
    rest: checkpoints.whenDue,
    async close() {
      await checkpoints.close();
      reads.end();
      database.close();
    },
  };
}

/**
 * Lets the reads of one turn of the event loop share a transaction: of the 3 µs in which a task is
 * read alone, SQLite takes 2 to lock the log and to unlock it. Whatever may change something comes
 * after the end of it, since inside it would not be committed by itself.
 */
function readsOfTheTurn(database: DatabaseSync): { begin: () => void; end: () => void } {
  const [begin, end] = [prepare(database, 'begin'), prepare(database, 'rollback')];
  let isOpen = false;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    // SQLite may have ended it by itself, where the file cannot be read.
    if (database.isOpen && database.isTransaction) end([]);
  };
  return {
    begin() {
      if (isOpen || database.isTransaction) return;
      isOpen = true;
      setImmediate(close);
      begin([]);
    },
    end: close,
  };
}

/**
 * A number that grows when another connection has committed
 * (https://www.sqlite.org/pragma.html#pragma_data_version). It is looked at once in each turn of
 * the event loop, at most: what is committed meanwhile is seen by the requests of the next or,
 * where a read at the end of a turn has begun a transaction for them, of the one after that.
 */
function commitsOfOthers(database: DatabaseSync): () => number {
  const look = database.prepare('pragma data_version');
  let isLookedAt = false;
  let seen: unknown;
  let commits = 0;
  return () => {
    if (isLookedAt) return commits;
    isLookedAt = true;
    setImmediate(() => {
      isLookedAt = false;
    });
    const { data_version: current } = look.get() as { data_version: number };
    if (current !== seen) commits++;
    seen = current;
    return commits;
  };
}

type Run = (parameters: SQLInputValue[]) => QueryResult<unknown>;

function prepare(database: DatabaseSync, sql: string): Run {
  const statement = database.prepare(sql);
  const columns = statement.columns().map(({ name }) => asKey(name));
  if (columns.length > 0) return reader(statement, columns);
  // Node also reads the number of the last row, which in tables of FTS5 may be no safe integer.
  statement.setReadBigInts(true);
  return (parameters) => {
    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  };
}

/** The same text as V8 keeps it for names of members: any other it would look up for each row. */
const asKey = (name: string) => Object.keys({ [name]: true })[0] ?? name;

/** Rows come as arrays, and are made objects here: that is a third faster than as objects. */
function reader(statement: StatementSync, columns: string[]): Run {
  statement.setReturnArrays(true);
  return (parameters) => {
    // By `setReturnArrays`, which the type does not follow.
    const rows = statement.all(...parameters) as unknown as unknown[][];
    return { rows: rows.map((row) => objectOf(columns, row)) };
  };
}

function objectOf(columns: string[], values: unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let at = 0; at < columns.length; at++) object[columns[at] ?? ''] = values[at];
  return object;
}
