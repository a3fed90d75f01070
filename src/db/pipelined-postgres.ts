import {
  type DatabaseConnection,
  PostgresDialect,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely';
import type pg from 'pg';

/** More than the statements this program has; a bound against SQL that is made at run time. */
const namedStatementsMax = 500;

/**
 * Kysely's PostgreSQL dialect on connections that send a statement without waiting for the answer
 * to the one before it (`pipeline`, https://node-postgres.com/features/pipelining). The beginning of
 * a transaction goes out together with its first statements; where it fails so do they, and nobody
 * waits for the end of one that only reads.
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
    void super.beginTransaction(connection, settings).catch(() => undefined);
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const committed = super.commitTransaction(connection);
    if (!this.#readOnly.has(connection)) return committed;
    void committed.catch(() => undefined);
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
      return name === undefined ? query(text, values, ...rest) : query({ name, text, values });
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
