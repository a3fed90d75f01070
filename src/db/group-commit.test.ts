import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ImmediateAdapter, openSqlite, sqliteDialect } from './sqlite.ts';
import type { Connection } from './transaction-group.ts';

interface Schema {
  notes: { id: number; text: string };
}

let folder: string;
let database: DatabaseSync;
let other: DatabaseSync;
let db: Kysely<Schema>;
/** Every statement that begins or ends a transaction or a part of one. */
let ran: string[];
/** A statement that fails the next time. */
let failing: string | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ownlist-group-'));
  database = openSqlite(join(folder, 'notes.db'));
  database.exec('create table notes (id integer primary key, text text not null) strict');
  ran = [];
  failing = undefined;
  const prepare = database.prepare.bind(database);
  database.prepare = (sql) => {
    const statement = prepare(sql);
    const run = statement.run.bind(statement) as (...values: unknown[]) => never;
    statement.run = (...values: unknown[]) => {
      if (sql === failing) {
        failing = undefined;
        throw new Error('no memory');
      }
      if (!/^(insert|select)/.test(sql)) ran.push(sql);
      return run(...values);
    };
    return statement;
  };
  db = new Kysely<Schema>({ dialect: sqliteDialect(database) });
  other = new DatabaseSync(join(folder, 'notes.db'));
});
afterEach(async () => {
  other.close();
  await db.destroy();
  if (database.isOpen) database.close();
  rmSync(folder, { recursive: true });
});

function transact<T>(work: (connection: Connection) => T): Promise<T> {
  const { adapter } = db.getExecutor();
  if (!(adapter instanceof ImmediateAdapter)) throw new Error('This is about SQLite.');
  return adapter.transact(work);
}
const put = (id: number, text = 'x') => transact((connection) => insert(connection, id, text));
const insert = (connection: Pick<Connection, 'execute'>, id: number, text = 'x') =>
  connection.execute({ sql: 'insert into notes (id, text) values (?, ?)', parameters: [id, text] });
const refused = () =>
  transact(() => {
    throw new Error('refused');
  });
/** What another process sees: what is committed. */
const committed = () =>
  other
    .prepare('select id from notes order by id')
    .all()
    .map(({ id }) => id);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
const times = (sql: string) => ran.filter((one) => one === sql).length;
const outcomes = async (all: Promise<unknown>[]) =>
  (await Promise.allSettled(all)).map(({ status }) => status);

test('transactions that come together are one commit, and each is resolved when it is made', async () => {
  const seen = numbers(20).map((id) => put(id).then(() => committed().includes(id)));
  expect(committed()).toEqual([]);
  expect(await Promise.all(seen)).toEqual(numbers(20).map(() => true));
  expect([times('begin immediate'), times('commit')]).toEqual([1, 1]);
});

test('a group has its bound: what comes after it is the next one', async () => {
  await Promise.all(numbers(250).map((id) => put(id)));
  expect(times('commit')).toBe(3);
  expect(committed()).toEqual(numbers(250));
});

test('transactions that come turn after turn are one commit too, of a few turns', async () => {
  const all: Promise<unknown>[] = [];
  for (const id of numbers(8)) {
    all.push(put(id), put(100 + id));
    await new Promise((resolve) => void setImmediate(resolve));
  }
  await Promise.all(all);
  expect(times('commit')).toBe(2);
});

test('one that fails is taken back whole, and none of its neighbours', async () => {
  const failing = () =>
    transact((connection) => {
      insert(connection, 2);
      insert(connection, 1); // It is there already.
    });
  const giving = () =>
    transact((connection) => {
      insert(connection, 3);
      throw new Error('changed my mind');
    });
  expect(await outcomes([put(1), failing(), put(4), giving(), put(5)])).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(committed()).toEqual([1, 4, 5]);
  expect(times('commit')).toBe(1);
});

test('only where one fails each has a savepoint, and behind that for a while', async () => {
  const group = (...all: Promise<unknown>[]) => outcomes(all);
  await group(put(1), put(2), put(3));
  expect(times('savepoint member')).toBe(0);
  await group(put(4), refused(), put(5));
  expect([times('savepoint member'), times('rollback'), times('commit')]).toEqual([3, 1, 2]);
  for (const id of numbers(100)) await put(100 + id);
  expect(times('savepoint member')).toBe(103);
  await put(300);
  expect(times('savepoint member')).toBe(103);
});

test('a group is over within its turn, so what is not committed is seen by nobody else', async () => {
  const reads: Promise<unknown>[] = [];
  const writing = transact((connection) => {
    insert(connection, 1);
    expect(connection.execute({ sql: 'select id from notes', parameters: [] }).rows).toEqual([
      { id: 1 },
    ]);
    // It has every chance to read too early.
    reads.push(db.selectFrom('notes').select('id').execute());
    throw new Error('and it never is');
  });
  await expect(writing).rejects.toThrow('never');
  expect(await Promise.all(reads)).toEqual([[], []]); // It ran twice, the second time by itself.
});

test("Kysely's own transactions, which go on from turn to turn, are refused", async () => {
  const transaction = db
    .transaction()
    .execute((trx) => trx.insertInto('notes').values({ id: 1, text: 'x' }).execute());
  await expect(transaction).rejects.toThrow('A transaction of this database is made of steps');
  await put(2);
  expect(committed()).toEqual([2]);
});

describe('when there is no room left', () => {
  const setRoom = (pages: number) => database.exec(`pragma max_page_count = ${pages}`);
  const large = 'x'.repeat(100_000);

  test('nothing is acknowledged that is not kept, and afterwards all is well again', async () => {
    await put(1);
    setRoom(10);
    const all = await outcomes([put(2), put(3), put(4, large), put(5), put(6)]);
    const kept = committed();
    const acknowledged = [2, 3, 4, 5, 6].filter((_, at) => all[at] === 'fulfilled');
    expect(kept).toEqual([1, ...acknowledged]);
    expect(acknowledged).not.toContain(4);
    expect(await db.selectFrom('notes').select('id').execute()).toHaveLength(kept.length);
    setRoom(10_000);
    await put(7, large);
    expect(committed()).toEqual([...kept, 7]);
  });

  test('a transaction that goes on after the whole was taken back changes nothing', async () => {
    setRoom(10);
    const goesOn = transact((connection) => {
      insert(connection, 1);
      expect(() => insert(connection, 2, large)).toThrow('full');
      database.exec('pragma max_page_count = 10000');
      insert(connection, 3);
    });
    const [outcome] = await outcomes([goesOn]);
    expect(committed()).toEqual(outcome === 'fulfilled' ? [1, 3] : []);
  });
});

describe('a database that takes the whole transaction back', () => {
  /** SQLite does so for some errors; here for one row, by its own word. */
  const poison = () =>
    database.exec(`create trigger poison before insert on notes when new.text = 'poison'
      begin select raise(rollback, 'poisoned'); end`);

  test('fails every transaction of the group that it took, and no other', async () => {
    poison();
    const all = [put(1), put(2), put(3, 'poison'), put(4), put(5)];
    for (const at of [0, 1, 2]) await expect(all[at]).rejects.toThrow('poisoned');
    expect(await outcomes(all.slice(3))).toEqual(['fulfilled', 'fulfilled']);
    expect(committed()).toEqual([4, 5]);
  });

  test('leaves nothing of a transaction that goes on all the same', async () => {
    poison();
    const goesOn = transact((connection) => {
      expect(() => insert(connection, 1, 'poison')).toThrow('poisoned');
      insert(connection, 2);
    });
    await expect(goesOn).rejects.toThrow('poisoned');
    expect(committed()).toEqual([]);
    await put(3);
    expect(committed()).toEqual([3]);
  });
});

test('a transaction that cannot begin fails alone', async () => {
  const beginNoOther = () => {
    failing = 'savepoint member';
  };
  const all = [refused(), put(1), transact(beginNoOther), put(2), put(3)];
  const [, ...others] = await outcomes(all);
  expect(others).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(committed()).toEqual([1, 3]);
});

test('a commit that fails fails all of its group, and the next group is made', async () => {
  database.exec(
    'create table parts (note integer references notes (id) deferrable initially deferred)',
  );
  const orphan = transact((connection) =>
    connection.execute({ sql: 'insert into parts values (9)', parameters: [] }),
  );
  expect(await outcomes([put(1), orphan, put(2)])).toEqual(Array(3).fill('rejected'));
  expect(committed()).toEqual([]);
  await put(3);
  expect(committed()).toEqual([3]);
});

test('while another process writes for too long all that wait fail at once, and later ones do not', async () => {
  database.exec('pragma busy_timeout = 0');
  other.exec('begin immediate');
  expect(await outcomes([put(1), put(2)])).toEqual(['rejected', 'rejected']);
  expect(times('begin immediate')).toBe(1);
  other.exec('rollback');
  await put(3);
  expect(committed()).toEqual([3]);
});

test('closing waits for what has begun', async () => {
  const writing = numbers(150).map((id) => put(id));
  // What is asked for before the closing is taken.
  await db.selectFrom('notes').select('id').execute();
  await db.destroy();
  await Promise.all(writing);
  expect(committed()).toEqual(numbers(150));
});

describe('what is left for the end of the group', () => {
  /** Puts a note, and leaves another one for the end. */
  const putLater = (id: number, later: number, work = () => undefined) =>
    transact((connection) => {
      connection.atTheEnd(0, (behind) => insert(behind, later));
      insert(connection, id);
      work();
    });

  test('is behind all of its transactions, and is committed with them', async () => {
    await Promise.all([putLater(1, 10), put(2), putLater(3, 4)]);
    expect(committed()).toEqual([1, 2, 3, 4, 10]);
    // A number that a later transaction of the group has taken: so it came after that one.
    expect(await outcomes([putLater(5, 6), put(6)])).toEqual(['rejected', 'rejected']);
    expect(committed()).toEqual([1, 2, 3, 4, 10]);
  });

  test('runs by its places, and in the order it came in one of them', async () => {
    const order: number[] = [];
    const leave = (place: number, name: number) =>
      transact((connection) => connection.atTheEnd(place, () => void order.push(name)));
    await Promise.all([leave(3, 31), leave(1, 11), leave(3, 32), leave(2, 21), leave(1, 12)]);
    expect(order).toEqual([11, 12, 21, 31, 32]);
  });

  test('may be more than a function takes arguments', async () => {
    await transact((connection) => {
      for (let n = 0; n < 300_000; n++) connection.atTheEnd(n, () => undefined);
    });
    await put(1);
    expect(committed()).toEqual([1]);
  });

  test('is gone with a transaction that is taken back, and stays of its neighbours', async () => {
    const failing = () => {
      throw new Error('no');
    };
    const all = [putLater(1, 10), putLater(2, 20, failing), putLater(3, 30)];
    expect(await outcomes(all)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(committed()).toEqual([1, 3, 10, 30]);
  });

  test('takes back the whole group where it fails, and the next one goes on', async () => {
    await put(10);
    expect(await outcomes([put(1), putLater(2, 10)])).toEqual(['rejected', 'rejected']);
    expect(database.isTransaction).toBe(false);
    await put(3);
    expect(committed()).toEqual([3, 10]);
  });

  test('a transaction that has ended runs nothing more', async () => {
    let connection: Connection | undefined;
    await transact((own) => {
      connection = own;
    });
    const ended = 'The transaction has ended.';
    expect(() => connection?.execute({ sql: 'delete from notes', parameters: [] })).toThrow(ended);
    expect(() => connection?.atTheEnd(0, () => undefined)).toThrow(ended);
  });
});

describe('reads outside of a transaction', () => {
  const read = async () =>
    (await db.selectFrom('notes').select('id').execute()).map(({ id }) => id);
  const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

  test('see one moment in a turn of the event loop, and hold up nobody', async () => {
    expect(await read()).toEqual([]);
    other.exec("insert into notes values (1, 'x')");
    expect(await read()).toEqual([]);
    await nextTurn();
    expect(await read()).toEqual([1]);
    await nextTurn();
    expect(database.isTransaction).toBe(false);
    expect(other.prepare('pragma wal_checkpoint(truncate)').get()).toMatchObject({ busy: 0 });
  });

  test('leave what is changed behind them, also by itself, to be committed at once', async () => {
    await read();
    await db.insertInto('notes').values({ id: 1, text: 'x' }).execute();
    expect(committed()).toEqual([1]);
    await read();
    await put(2);
    expect(committed()).toEqual([1, 2]);
    expect(await read()).toEqual([1, 2]);
  });

  test('go on after one that failed', async () => {
    await read();
    database.exec('rollback'); // As SQLite does where the file cannot be read.
    await nextTurn();
    expect(await read()).toEqual([]);
  });
});
