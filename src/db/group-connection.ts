import type { CompiledQuery, DatabaseConnection, Kysely, QueryResult } from 'kysely';

/** Transactions that are committed together: `committed` settles for all of them at once. */
export interface Group {
  committed: PromiseWithResolvers<void>;
  /** Resolves when the database is out of the transaction, however that ended. */
  ended: PromiseWithResolvers<void>;
  size: number;
  /** What its transactions left for the end of it. */
  atTheEnd: Later[];
  /** Why all of it was taken back: then no statement is a part of it any more. */
  lost: { cause: unknown } | undefined;
}

type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>;

/** What runs behind all of a smaller `place`; of one place, in the order they came. */
interface Later {
  place: number;
  run: (execute: (statement: Statement) => void) => void;
}

export class Connection implements DatabaseConnection {
  /** The group of its transaction; undefined outside of one. */
  group: Group | undefined;
  /** What its transaction leaves for the end of the group. */
  atTheEnd: Later[] = [];
  readonly executeQuery: DatabaseConnection['executeQuery'];
  /** Runs a statement of its transaction, without a turn of the event loop. */
  readonly executeNow: (statement: Statement) => QueryResult<unknown>;

  constructor(
    execute: (connection: Connection, query: CompiledQuery) => Promise<unknown>,
    executeInGroup: (group: Group, statement: Statement) => QueryResult<unknown>,
  ) {
    // The rows are those of the caller's query, by its type.
    this.executeQuery = (query) => execute(this, query) as Promise<never>;
    this.executeNow = (statement) => executeInGroup(membershipOf(this), statement);
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }
}

const connections = new WeakMap<object, Connection>();

/** The connection that a transaction of this driver has. */
export async function connectionOf(
  transaction: Pick<Kysely<unknown>, 'getExecutor'>,
): Promise<Connection> {
  const executor = transaction.getExecutor();
  const known = connections.get(executor);
  if (known !== undefined) return known;
  const connection = await executor.provideConnection(async (provided) => provided);
  if (!(connection instanceof Connection)) throw new Error('This is no transaction of SQLite.');
  connections.set(executor, connection);
  return connection;
}

/** @throws the cause where the group of the connection's transaction is lost. */
export function membershipOf({ group }: Connection): Group {
  if (group === undefined) throw new Error('The transaction has ended.');
  if (group.lost) throw group.lost.cause;
  return group;
}
