import { chmodSync, chownSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeDataDir } from '../config/data-dir.ts';
import { StartError } from '../config/start-error.ts';
import { syncFolder } from './durable-files.ts';

/** The SQLite files of an installation. */
export const storeNames = ['accounts.db', 'guard.db', 'tasks.db'] as const;
export type StoreName = (typeof storeNames)[number];

/** The stores that a data folder has; with ROLE=api it has no accounts. */
export function storesIn(dataDir: string): StoreName[] {
  return storeNames.filter((name) => existsSync(join(dataDir, name)));
}

/** How long somebody waits for the folder: an operator's command may be at it for a moment. */
const waitMs = 1_000;
/** Locks of this process: closed by its end, however it ends. */
const held: DatabaseSync[] = [];

/**
 * Takes part in the use of a data folder until this process ends, so that nobody puts other stores
 * in place under it. Any number of processes may.
 * @throws {StartError} while a restore is at work there, and after one that was interrupted.
 */
export function shareDataFolder(dataDir: string): void {
  const lock = openLock(dataDir);
  try {
    // A read transaction that stays open: SQLite's shared lock, on a file that never has a row.
    lock.exec('begin');
    lock.prepare('select 1 from sqlite_schema').get();
  } catch (cause) {
    lock.close();
    throw new StartError(`The data folder ${dataDir} is being restored. Wait until that is done.`, {
      cause,
    });
  }
  if (isUnfinished(dataDir)) {
    lock.close();
    throw new StartError(
      `A restore into the data folder ${dataDir} was interrupted, and its stores do not fit together. Run npm run restore again to finish it.`,
    );
  }
  held.push(lock);
}

/**
 * Keeps everybody else out of a data folder, made if it is missing, until `release`.
 * @throws {StartError} while a process uses it.
 */
export function seizeDataFolder(dataDir: string): { release: () => void } {
  makeDataDir(dataDir);
  const lock = openLock(dataDir);
  try {
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    throw new StartError(
      `The data folder ${dataDir} is in use. Stop the server, and whatever else works on it.`,
      { cause },
    );
  }
  return { release: () => lock.close() };
}

function openLock(dataDir: string): DatabaseSync {
  const file = join(dataDir, 'lock');
  try {
    const lock = new DatabaseSync(file, { timeout: waitMs });
    chmodSync(file, 0o600);
    giveToOwnerOf(dataDir, [file]);
    return lock;
  } catch (cause) {
    throw new StartError(
      `The lock ${file} cannot be opened (${(cause as Error).message}). Check that this user may write it, and that the disk is not full.`,
      { cause },
    );
  }
}

/** The server's user has to be able to open what root makes in its data folder. */
export function giveToOwnerOf(dataDir: string, files: readonly string[]): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dataDir);
  for (const file of files) chownSync(file, uid, gid);
}

/** Says, across a crash, that the stores of a folder are being replaced and do not fit together. */
export function markUnfinished(dataDir: string): void {
  writeFileSync(markIn(dataDir), '', { mode: 0o600, flush: true });
  syncFolder(dataDir);
}

/** Takes that back, when everything that was done before is on the disk. */
export function markFinished(dataDir: string): void {
  syncFolder(dataDir);
  rmSync(markIn(dataDir));
  syncFolder(dataDir);
}

/** Whether it was said, and not taken back. */
export function isUnfinished(dataDir: string): boolean {
  return existsSync(markIn(dataDir));
}

const markIn = (dataDir: string): string => join(dataDir, 'unfinished');
