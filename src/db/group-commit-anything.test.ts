import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { ImmediateAdapter, sqliteDialect } from './sqlite.ts';
import type { Connection } from './transaction-group.ts';

const action = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'addIfFree', 'remove', 'leave', 'give up'),
  id: fc.integer({ min: 0, max: 5 }),
});
const transaction = fc.array(action, { minLength: 1, maxLength: 4 });
type Transaction = typeof transaction extends fc.Arbitrary<infer One> ? One : never;

/** What an id is left under, for the end of the group. */
const left = (id: number) => 100 + id;

test('of whatever comes together each is kept whole or not at all, as if it had come by itself', async () => {
  let refused = 0;
  const groups = fc.array(fc.array(transaction, { minLength: 1, maxLength: 6 }), { maxLength: 5 });
  const property = fc.asyncProperty(groups, async (all) => {
    const database = new DatabaseSync(':memory:');
    database.exec('create table notes (id integer primary key) strict');
    const { transact, close } = open(database);
    const expected = new Set<number>();
    for (const group of all) {
      const outcomes = await Promise.allSettled(
        group.map((one) => transact((connection) => carryOut(connection, one))),
      );
      const isKept = group.map((one) => keepIn(expected, one));
      expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(isKept);
      refused += isKept.filter((kept) => !kept).length;
      const ids = database.prepare('select id from notes').all();
      expect(new Set(ids.map(({ id }) => id))).toEqual(expected);
    }
    await close();
  });
  await fc.assert(property, { numRuns: 300 });
  expect(refused).toBeGreaterThan(100);
});

function open(database: DatabaseSync) {
  const db = new Kysely<Record<never, never>>({ dialect: sqliteDialect(database) });
  const { adapter } = db.getExecutor();
  if (!(adapter instanceof ImmediateAdapter)) throw new Error('This is about SQLite.');
  return {
    transact: <T>(work: (connection: Connection) => T) => adapter.transact(work),
    close: () => db.destroy(),
  };
}

function carryOut(connection: Connection, transaction: Transaction): void {
  const add = (id: number) =>
    connection.execute({ sql: 'insert into notes values (?)', parameters: [id] });
  for (const { kind, id } of transaction) {
    if (kind === 'add') add(id);
    if (kind === 'addIfFree') {
      try {
        add(id);
      } catch {
        // It goes on without.
      }
    }
    if (kind === 'remove') {
      connection.execute({ sql: 'delete from notes where id = ?', parameters: [id] });
    }
    if (kind === 'leave') {
      const sql = 'insert or ignore into notes values (?)';
      connection.atTheEnd(id, (behind) => behind.execute({ sql, parameters: [left(id)] }));
    }
    if (kind === 'give up') throw new Error('given up');
  }
}

/** The same on a set of ids. @returns whether it is kept. */
function keepIn(ids: Set<number>, transaction: Transaction): boolean {
  const own = new Set(ids);
  for (const { kind, id } of transaction) {
    if (kind === 'give up' || (kind === 'add' && own.has(id))) return false;
    if (kind === 'add' || kind === 'addIfFree') own.add(id);
    if (kind === 'remove') own.delete(id);
    if (kind === 'leave') own.add(left(id));
  }
  ids.clear();
  for (const id of own) ids.add(id);
  return true;
}
