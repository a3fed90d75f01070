/** SQLite's primary result codes for a store that cannot be used now: https://sqlite.org/rescode.html */
const sqliteUnavailable = new Set([
  5, // SQLITE_BUSY
  6, // SQLITE_LOCKED
  8, // SQLITE_READONLY
  10, // SQLITE_IOERR
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
]);

/**
 * PostgreSQL's classes for the same: connection exceptions (08), insufficient resources (53),
 * operator intervention (57) and system errors (58), https://www.postgresql.org/docs/current/errcodes-appendix.html;
 * 40001 and 40P01 are a serialisation failure and a deadlock, 25006 a server that is read-only.
 */
const postgresUnavailable = /^(08|53|57|58)|^(40001|40P01|25006)$/;

const networkUnavailable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/**
 * Whether an error means that the store cannot answer now (full, locked, unreachable, restarting)
 * rather than that the program is wrong: such a request may be sent again later.
 */
export function isStoreUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isStoreUnavailable);
  if ('errcode' in error && typeof error.errcode === 'number') {
    // The low byte of an extended result code is the primary one.
    return sqliteUnavailable.has(error.errcode & 0xff);
  }
  if ('code' in error && typeof error.code === 'string') {
    if (networkUnavailable.has(error.code)) return true;
    if ('severity' in error) return postgresUnavailable.test(error.code);
  }
  // pg gives these no code.
  return /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (has encountered a connection error|was closed) and is not queryable)/.test(
    error.message,
  );
}
