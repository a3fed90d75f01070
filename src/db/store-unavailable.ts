/** SQLite's primary result codes for a store that cannot be used now: https://sqlite.org/rescode.html */
const sqliteUnavailable = new Set([
  5, // SQLITE_BUSY
  6, // SQLITE_LOCKED
  8, // SQLITE_READONLY
  10, // SQLITE_IOERR
  11, // SQLITE_CORRUPT
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
  26, // SQLITE_NOTADB
]);

/**
 * PostgreSQL's classes for the same: connection exceptions (08), insufficient resources (53),
 * operator intervention (57) and system errors (58), https://www.postgresql.org/docs/current/errcodes-appendix.html;
 * 40001 and 40P01 are a serialisation failure and a deadlock, 25006 a server that is read-only,
 * 25P02 to 25P04 a transaction that was aborted, or idle or open for too long.
 */
const postgresUnavailable = /^(08|53|57|58)|^(40001|40P01|25006|25P02|25P03|25P04)$/;

/** Of the network, and of a thread that worked on a store and has ended (`openThread`). */
const connectionUnavailable = new Set([
  'ERR_THREAD_ENDED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

// What pg gives no code.
const connectionTerminated =
  /^(Connection terminated|Client (has encountered a connection error|was closed) and is not queryable)/;
const connectionSilent = /^Query read timeout/;
const cannotConnect = /^timeout exceeded when trying to connect/;

/**
 * Whether an error means that the store cannot answer now (full, damaged, locked, unreachable,
 * restarting) rather than that the program is wrong: such a request may be sent again later.
 */
export function isStoreUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isStoreUnavailable);
  const result = sqliteResult(error);
  if (result !== undefined) return sqliteUnavailable.has(result);
  if ('code' in error && typeof error.code === 'string') {
    if (connectionUnavailable.has(error.code)) return true;
    if ('severity' in error) return postgresUnavailable.test(error.code);
  }
  return isLostByItsWords(error) || cannotConnect.test(error.message);
}

/**
 * Whether the connection to PostgreSQL broke, was ended by it, or has fallen silent: a statement
 * that takes too long is ended by the database before that. What was only read may be read again at
 * once, on another: the database may be well, as after a switch to its stand-in.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') {
    return /^(08.{3}|57P01|ECONNRESET|EPIPE)$/.test(error.code);
  }
  return isLostByItsWords(error);
}

function isLostByItsWords({ message }: Error): boolean {
  return connectionTerminated.test(message) || connectionSilent.test(message);
}

/** Whether a store has no room left: reads go on, and writes do again when there is some. */
export function isStoreFull(error: unknown): boolean {
  if (sqliteResult(error) === 13) return true;
  return error instanceof Error && 'severity' in error && 'code' in error && error.code === '53100';
}

/** Whether another process has the lock of a SQLite file. */
export function isStoreBusy(error: unknown): boolean {
  return sqliteResult(error) === 5;
}

/** Whether a file is not, or no longer, a database that can be read: a backup has to take its place. */
export function isStoreDamaged(error: unknown): boolean {
  const result = sqliteResult(error);
  return result === 11 || result === 26;
}

/** SQLite's primary result code, which is the low byte of an extended one. */
function sqliteResult(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}
