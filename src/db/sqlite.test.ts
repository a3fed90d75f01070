import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite } from './sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ownlist-sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Another process that writes to the file, and goes on to do so for a while. */
const writing = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(workerData);
  database.exec('begin immediate; create table notes (id integer primary key)');
  parentPort.postMessage('writing');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  database.exec('commit');
  database.close();
`;

test('a new file that another process writes to is waited for', async () => {
  const file = join(folder, 'notes.db');
  const worker = new Worker(writing, { eval: true, workerData: file });
  await once(worker, 'message');
  const ended = once(worker, 'exit');
  const database = openSqlite(file);
  expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
  expect(database.prepare('select count(*) as notes from notes').get()).toEqual({ notes: 0 });
  database.close();
  await ended;
});
