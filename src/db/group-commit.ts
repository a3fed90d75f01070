import type { CompiledQuery, Driver, QueryResult } from 'kysely';
import { Connection, type Group, membershipOf } from './group-connection.ts';

/** The most transactions of one commit: what comes after them lets the event loop have its turn. */
const groupMax = 100;

/** The most turns of the event loop that a group waits for more; each may be long. */
const turnsMax = 4;

/** A database that runs each statement at once, and one transaction at a time. */
export interface SerialDatabase {
  execute(sql: string, parameters?: readonly unknown[]): QueryResult<unknown>;
  readonly isTransaction: boolean;
  /** Another number than before whenever something may have been committed since, by whomever. */
  moment(): number;
  /**
   * Called between two groups: as long as what it returns is pending no other begins, and reads
   * go on.
   */
  rest(): Promise<void> | undefined;
  close(): Promise<void>;
}

/** A transaction that waits for its turn. */
interface Waiting {
  /** Begins it, in the group and behind its savepoint; `false` where it has ended already. */
  begin: (group: Group) => boolean;
  fail: (cause: unknown) => void;
}

/**
 * Commits the transactions that come together, within one turn of the event loop or turn after
 * turn, so that they wait for the disk once. They run one after another, each in a savepoint: one
 * that fails is taken back alone. A transaction is resolved when the group is committed, and never
 * before; where that fails, or the database takes all of it back (a full disk), each of them fails
 * with the cause. What a transaction leaves for the end of the group runs behind all of them, where
 * no savepoint is.
 *
 * A statement outside of a transaction waits while a group is open, so it sees what is committed
 * and nothing else.
 */
export class GroupCommitDriver implements Driver {
  readonly #database: SerialDatabase;
  readonly #waiting: Waiting[] = [];
  #group: Group | undefined;
  #isScheduled = false;
  #resting: Promise<void> | undefined;

  constructor(database: SerialDatabase) {
    this.#database = database;
  }

  async init(): Promise<void> {
    // The database is open.
  }

  async acquireConnection(): Promise<Connection> {
    return this.#connect();
  }

  #connect(): Connection {
    return new Connection(
      (connection, query) => this.#execute(connection, query),
      (group, { sql, parameters }) => this.#runInGroup(group, sql, parameters),
    );
  }

  beginTransaction(connection: Connection): Promise<void> {
    const begun = Promise.withResolvers<void>();
    const begin = (group: Group) => {
      connection.group = group;
      begun.resolve();
      return true;
    };
    this.#wait({ begin, fail: begun.reject });
    return begun.promise;
  }

  commitTransaction(connection: Connection): Promise<void> {
    const group = this.#leave(connection);
    this.#next(group);
    return group.committed.promise;
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    const group = this.#takeBack(connection);
    if (group) this.#next(group);
  }

  /**
   * Makes a transaction of `work`, which is done when it returns: without a turn of the event loop,
   * and without what Kysely does for one. It has the connection until then. Resolved means
   * committed; where it throws, it is taken back.
   */
  transact<T>(work: (connection: Connection) => T): Promise<T> {
    const done = Promise.withResolvers<T>();
    const begin = (group: Group) => {
      const connection = this.#connect();
      connection.group = group;
      try {
        const result = work(connection);
        this.#leave(connection);
        group.committed.promise.then(() => done.resolve(result), done.reject);
      } catch (error) {
        this.#takeBack(connection);
        done.reject(error);
      }
      return false;
    };
    this.#wait({ begin, fail: done.reject });
    return done.promise;
  }

  /** Ends the part of a transaction in its group, which has yet to be committed. */
  #leave(connection: Connection): Group {
    const group = membershipOf(connection);
    this.#runInGroup(group, 'release member');
    connection.group = undefined;
    for (const later of connection.atTheEnd) group.atTheEnd.push(later);
    return group;
  }

  /** The same without its changes. */
  #takeBack(connection: Connection): Group | undefined {
    const { group } = connection;
    connection.group = undefined;
    // Where the commit failed, or the group is lost, it has been taken back already.
    if (group === undefined || group.lost) return undefined;
    try {
      this.#runInGroup(group, 'rollback to member');
      this.#runInGroup(group, 'release member');
      return group;
    } catch (cause) {
      // What is still in it must not be committed with the others.
      if (!group.lost) this.#lose(group, cause);
      return undefined;
    }
  }

  async releaseConnection(): Promise<void> {
    // There is one database, and it stays open.
  }

  async destroy(): Promise<void> {
    while (this.#waiting.length > 0 || this.#group !== undefined || this.#resting !== undefined) {
      await (this.#resting ?? this.#group?.ended.promise ?? nextTurn());
    }
    await this.#database.close();
  }

  async #execute(connection: Connection, { sql, parameters }: CompiledQuery) {
    if (connection.group) {
      return this.#runInGroup(membershipOf(connection), sql, parameters);
    }
    while (this.#group) await this.#group.ended.promise;
    return this.#database.execute(sql, parameters);
  }

  /** Runs a statement outside of a transaction; `undefined` while a group is open. */
  executeNow(sql: string, parameters: readonly unknown[]): QueryResult<unknown> | undefined {
    return this.#group === undefined ? this.#database.execute(sql, parameters) : undefined;
  }

  /** See `SerialDatabase`. */
  moment(): number {
    return this.#database.moment();
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#group || this.#resting || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#beginOnceAllAreHere();
  }

  /** After a turn of the event loop in which no other came: who waits for one answer sends at once. */
  #beginOnceAllAreHere(turns = 1): void {
    const before = this.#waiting.length;
    setImmediate(() => {
      const count = this.#waiting.length;
      if (count === before || count >= groupMax || turns === turnsMax) this.#begin();
      else this.#beginOnceAllAreHere(turns + 1);
    });
  }

  #begin(): void {
    this.#isScheduled = false;
    try {
      this.#database.execute('begin immediate');
    } catch (error) {
      // Each of them alone would wait for the lock, and block everything else, as long again.
      for (const { fail } of this.#waiting.splice(0)) fail(error);
      return;
    }
    const group: Group = {
      committed: Promise.withResolvers(),
      ended: Promise.withResolvers(),
      size: 0,
      atTheEnd: [],
      lost: undefined,
    };
    // Where nobody waits for it (all were taken back) its failure is nobody's.
    group.committed.promise.catch(() => undefined);
    this.#group = group;
    this.#next(group);
  }

  /** Lets the next transactions into the group, until one takes its time; commits it behind the last. */
  #next(group: Group): void {
    while (this.#group === group) {
      const next = group.size < groupMax ? this.#waiting.shift() : undefined;
      if (next === undefined) {
        this.#commit(group);
        return;
      }
      group.size++;
      try {
        this.#runInGroup(group, 'savepoint member');
      } catch (error) {
        next.fail(error);
        continue;
      }
      if (next.begin(group)) return;
    }
  }

  #commit(group: Group): void {
    try {
      for (const { run } of group.atTheEnd.sort((a, b) => a.place - b.place)) {
        run(({ sql, parameters }) => void this.#database.execute(sql, parameters));
      }
      this.#database.execute('commit');
    } catch (cause) {
      this.#lose(group, cause);
      return;
    }
    group.committed.resolve();
    this.#end(group);
  }

  #runInGroup(group: Group, sql: string, parameters?: readonly unknown[]): QueryResult<unknown> {
    try {
      return this.#database.execute(sql, parameters);
    } catch (cause) {
      // Some errors take the whole transaction back: https://www.sqlite.org/lang_transaction.html
      if (!this.#database.isTransaction) this.#lose(group, cause);
      throw cause;
    }
  }

  /** Ends a group of which nothing is committed. */
  #lose(group: Group, cause: unknown): void {
    group.lost = { cause };
    group.committed.reject(cause);
    try {
      if (this.#database.isTransaction) this.#database.execute('rollback');
    } finally {
      this.#end(group);
    }
  }

  #end(group: Group): void {
    this.#group = undefined;
    group.ended.resolve();
    this.#resting = this.#database.rest()?.finally(() => {
      this.#resting = undefined;
      this.#schedule();
    });
    this.#schedule();
  }
}

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));
