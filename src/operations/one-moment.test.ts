import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { atOneMoment } from './one-moment.ts';

const moments = 30;

let folder: string;
let files: [string, string];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ownlist-moment-'));
  files = [join(folder, 'first.db'), join(folder, 'second.db')];
  for (const file of files) {
    const database = new DatabaseSync(file);
    database.exec(
      'pragma journal_mode = wal; create table t (n integer); insert into t values (0)',
    );
    database.close();
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Counts in the first file, and then in the second, without a rest. */
const counting = `
  const { DatabaseSync } = require('node:sqlite');
  const [first, second] = require('node:worker_threads').workerData.map((file) => new DatabaseSync(file, { timeout: 5000 }));
  for (const database of [first, second]) database.exec('pragma synchronous = off');
  for (;;) for (const database of [first, second]) database.exec('update t set n = n + 1');`;

const numberIn = (database: DatabaseSync): number =>
  Number(database.prepare('select n from t').get()?.['n']);

test('what is read of several files is of one moment, however they change meanwhile', async () => {
  const writer = new Worker(counting, { eval: true, workerData: files });
  const now = new DatabaseSync(files[1], { readOnly: true });
  const waitForMore = async (than: number) => {
    while (numberIn(now) <= than) await new Promise(setImmediate);
  };
  try {
    for (let moment = 0; moment < moments; moment++) {
      await waitForMore(numberIn(now));
      const { databases, close } = atOneMoment(files);
      const [first, second] = databases as [DatabaseSync, DatabaseSync]; // One for each file.
      const before = numberIn(first);
      await waitForMore(before + 1);
      // The writer is at most one ahead in the first.
      expect([before, before - 1]).toContain(numberIn(second));
      expect(numberIn(first)).toBe(before);
      close();
    }
  } finally {
    await writer.terminate();
    now.close();
  }
}, 30_000);
