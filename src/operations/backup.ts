import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { backup as copyPages, DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import type { Config } from '../config/config.ts';
import { StartError } from '../config/start-error.ts';
import { damageOf } from '../db/check-sqlite.ts';
import { isStoreDamaged, isStoreFull } from '../db/store-unavailable.ts';
import { type StoreName, storesIn } from './data-folder.ts';
import { syncFile, syncFolder } from './durable-files.ts';
import { type Manifest, manifestName, type StoreEntry } from './manifest.ts';
import { atOneMoment } from './one-moment.ts';
import { describeStore } from './store-file.ts';

const usage = `Usage:
  npm run backup
  npm run backup -- FOLDER`;

/** Pages that are copied before others in this process have a turn. */
const pagesAtOnce = 1_000;

/**
 * Reads the arguments of `npm run backup`: the folder that backups are kept in.
 * @throws {StartError} with the usage, for any others.
 */
export function parseBackupRequest(args: string[]): { folder: string } {
  try {
    const { positionals } = parseArgs({ args, allowPositionals: true });
    if (positionals.length <= 1) return { folder: positionals[0] ?? './backups' };
  } catch {
    // An option, and there are none.
  }
  throw new StartError(usage);
}

/**
 * Copies every store of the data folder as all were at one moment, while servers write, into a new
 * folder in `folder` that its owner alone can read. It has that name when it is complete and on the
 * disk, and is never there by half. Sessions and the secret are left out: whoever finds a backup
 * can be nobody by it.
 * @returns the path of the backup.
 * @throws {StartError} where there are no stores, where one is damaged, or without room.
 */
export async function backUp(
  { dataDir, databaseUrl }: Pick<Config, 'dataDir' | 'databaseUrl'>,
  { folder, version }: { folder: string; version: string },
  say: (line: string) => void,
): Promise<string> {
  if (databaseUrl !== undefined) {
    throw new StartError(
      'The stores are in PostgreSQL, which has its own tools for this: see docs/operations/backups.md for pg_dump.',
    );
  }
  const names = storesIn(dataDir);
  if (!names.includes('guard.db')) {
    throw new StartError(
      `There are no stores in the data folder ${dataDir}. Set DATA_DIR to that of the server.`,
    );
  }
  const takenAt = new Date().toISOString();
  const target = join(resolve(folder), `ownlist-${takenAt.replaceAll(/[:.]/g, '-')}`);
  const draft = `${target}.partial`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mkdirSync(draft, { mode: 0o700 });
    const stores = await copyStores({ names, from: dataDir, to: draft });
    const manifest: Manifest = { format: 1, program: 'ownlist', version, takenAt, stores };
    const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
    writeFileSync(join(draft, manifestName), text, { mode: 0o600, flush: true });
    syncFolder(draft);
    renameSync(draft, target);
    syncFolder(folder);
    say(`${target} (${Object.values(stores).reduce((sum, { bytes }) => sum + bytes, 0)} bytes)`);
    return target;
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    throw explain(cause, folder);
  }
}

interface Copying {
  names: readonly StoreName[];
  from: string;
  to: string;
}

async function copyStores({ names, from, to }: Copying): Promise<Manifest['stores']> {
  const { databases, close } = atOneMoment(names.map((name) => join(from, name)));
  try {
    const stores: Partial<Record<StoreName, StoreEntry>> = {};
    for (const [index, name] of names.entries()) {
      const database = databases[index];
      if (database !== undefined) stores[name] = await copyStore(database, to, name);
    }
    return stores;
  } finally {
    close();
  }
}

/** First as it is, and then, without its sessions, row by row: free pages are not taken along. */
async function copyStore(source: DatabaseSync, to: string, name: StoreName): Promise<StoreEntry> {
  const raw = join(to, `${name}.raw`);
  const file = join(to, name);
  // Made before SQLite does, which would let others read them.
  for (const path of [raw, file]) writeFileSync(path, '', { mode: 0o600, flag: 'wx' });
  await copyPages(source, raw, { rate: pagesAtOnce });
  const pages = new DatabaseSync(raw);
  try {
    pages.exec('pragma journal_mode = delete');
    if (name === 'accounts.db') pages.exec('delete from "session"');
    pages.prepare('vacuum into ?').run(file);
  } finally {
    pages.close();
  }
  rmSync(raw);
  syncFile(file);
  const copy = new DatabaseSync(file, { readOnly: true });
  try {
    const damage = damageOf(copy, 'integrity_check');
    if (damage !== undefined) throw new DamagedError(name, damage);
    return await describeStore(file, copy);
  } finally {
    copy.close();
  }
}

class DamagedError extends Error {
  constructor(name: string, damage: string) {
    super(`${name} is damaged (${damage})`);
    this.name = 'DamagedError';
  }
}

function explain(cause: unknown, folder: string): unknown {
  if (cause instanceof StartError || !(cause instanceof Error)) return cause;
  if (isStoreFull(cause) || (cause as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new StartError(
      `There is no room for a backup in ${folder}, and nothing was left there. Make room, about twice what the data folder takes, or name another folder.`,
      { cause },
    );
  }
  if (cause instanceof DamagedError || isStoreDamaged(cause)) {
    return new StartError(
      `There is no backup: a store is damaged (${cause.message}). Restore the last one that is whole: npm run restore -- BACKUP`,
      { cause },
    );
  }
  return new StartError(
    `There is no backup (${cause.message}). Check that this user may read the data folder and write ${folder}.`,
    { cause },
  );
}
