import pg from 'pg';
import { nameStatements } from './pipelined-postgres.ts';
import { watchPool } from './store-failures.ts';
import { type ObserveStatement, timePool } from './time-statements.ts';

/** A database that does not answer within these is treated as unreachable. */
const connectTimeoutMs = 5_000;
const usualStatementTimeoutMs = 10_000;
/** By then the database would have ended the statement itself and said so: the connection is silent. */
const silentAfter = 1.5;
/** A process that stops in the middle of a transaction holds its locks no longer. */
const idleInTransactionTimeout = '10s';
const poolSize = 10;
/** Any number of ours, so that processes starting together migrate one after another. */
const migrationLock = 0x6f776e6c;

// int8 holds counters and milliseconds, all below 2^53: read them as numbers, not as strings.
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
};

/** Each store has a schema of its own. */
export type Schema = 'accounts' | 'tasks' | 'guard';

export interface PostgresOptions {
  url: string;
  schema: Schema;
  onError: (error: Error) => void;
  /** Settings of every connection, besides its search path. */
  settings?: Record<string, string>;
  /** What a statement may take, instead of ten seconds; `Infinity` for what ends when it ends. */
  statementTimeoutMs?: number | undefined;
  /** Statements need not wait for each other; see `PipelinedPostgresDialect`. */
  pipeline?: boolean;
  /** Told of every statement and what it took. */
  observe?: ObserveStatement | undefined;
}

/**
 * A pool whose every connection works in one schema; it connects when it is first used. A connection
 * that breaks while idle is replaced and told to `onError`; it does not end the process.
 */
export function postgresPool(options: PostgresOptions): pg.Pool {
  const { url, schema, onError, settings, pipeline = false, observe } = options;
  const { statementTimeoutMs = usualStatementTimeoutMs } = options;
  const isLimited = Number.isFinite(statementTimeoutMs);
  const all = Object.entries({
    search_path: schema,
    idle_in_transaction_session_timeout: idleInTransactionTimeout,
    // The database has its own, where it was given one.
    ...(!isLimited && { statement_timeout: '0' }),
    ...settings,
  });
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    ...(isLimited && {
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs * silentAfter,
    }),
    keepAlive: true,
    pipeline,
    options: all.map(([name, value]) => `-c ${name}=${value}`).join(' '),
    application_name: `ownlist-${schema}`,
    types,
  });
  pool.on('error', onError);
  if (pipeline) nameStatements(pool);
  if (observe) timePool(pool, observe);
  watchPool(pool);
  // A connection can also break between two statements of a transaction. Nobody waits for it at
  // that moment, and an error event without a listener would end the process; the next statement
  // fails with the reason.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Runs `work` while no other process of ours on this database does (pg_advisory_lock). */
export async function withMigrationLock<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    try {
      return await work(client);
    } finally {
      await client.query('select pg_advisory_unlock($1)', [migrationLock]);
    }
  } finally {
    client.release();
  }
}
