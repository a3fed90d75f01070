import {
  type CompiledQuery,
  type DatabaseConnection,
  type Kysely,
  PostgresDialect,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely';
import type pg from 'pg';

/** More than the statements this program has; a bound against SQL that is made at run time. */
const namedStatementsMax = 500;

/** Of a transaction: what was sent and has not been waited for. */
const sentAhead = new WeakMap<DatabaseConnection, Promise<unknown>>();

function keepAhead(connection: DatabaseConnection, sent: Promise<unknown>): void {
  const all = Promise.all([sentAhead.get(connection), sent]);
  // Its failure is that of the transaction, which waits for it before it ends.
  all.catch(() => undefined);
  sentAhead.set(connection, all);
}

/**
 * Sends a statement without waiting for its answer: before those that follow it in the transaction,
 * which cannot succeed where it fails.
 */
export async function sendAhead<DB>(
  transaction: Kysely<DB>,
  statement: CompiledQuery,
): Promise<void> {
  await transaction.getExecutor().provideConnection(async (connection) => {
    keepAhead(connection, connection.executeQuery(statement));
  });
}

/**
 * Kysely's PostgreSQL dialect on connections that send a statement without waiting for the answer
 * to the one before it (`pipeline`, https://node-postgres.com/features/pipelining). The beginning of
 * a transaction, and what is sent ahead, go out together with its first statement; the transaction
 * fails where they do. Nobody waits for the end of one that only reads.
 */
export class PipelinedPostgresDialect extends PostgresDialect {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    super({ pool });
    this.#pool = pool;
  }

  override createDriver(): PostgresDriver {
    return new PipelinedDriver({ pool: this.#pool });
  }
}

class PipelinedDriver extends PostgresDriver {
  readonly #readOnly = new WeakSet<DatabaseConnection>();

  override async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    if (settings.accessMode === 'read only') this.#readOnly.add(connection);
    else this.#readOnly.delete(connection);
    sentAhead.delete(connection);
    keepAhead(connection, super.beginTransaction(connection, settings));
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    // Where it never began, its statements were carried out one by one, as nobody's.
    await sentAhead.get(connection);
    const committed = super.commitTransaction(connection);
    if (!this.#readOnly.has(connection)) return committed;
    void committed.catch(() => undefined);
  }

  override async rollbackTransaction(
    connection: Parameters<PostgresDriver['rollbackTransaction']>[0],
  ): Promise<void> {
    // A connection on which it fails is given up, and that is not why the transaction failed.
    await super.rollbackTransaction(connection).catch(() => undefined);
    await sentAhead.get(connection);
  }
}

/** Names of statements by their text, the same on every connection. */
const names = new Map<string, string>();

/**
 * Lets every connection that the pool makes from now on parse and plan a statement with values once
 * (https://www.postgresql.org/docs/current/sql-prepare.html).
 */
export function nameStatements(pool: pg.Pool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...values: unknown[]) => unknown;
    client.query = ((text: unknown, values: unknown, ...rest: unknown[]) => {
      const name = typeof text === 'string' && Array.isArray(values) ? nameOf(text) : undefined;
      return name === undefined
        ? query(text, values, ...rest)
        : query({ name, text, values }, ...rest);
    }) as typeof client.query;
  });
}

function nameOf(text: string): string | undefined {
  let name = names.get(text);
  if (name === undefined && names.size < namedStatementsMax) {
    name = `ownlist_${names.size}`;
    names.set(text, name);
  }
  return name;
}
