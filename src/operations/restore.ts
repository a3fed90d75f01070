import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { everySession } from '../api/tokens/revocations.ts';
import type { Config } from '../config/config.ts';
import { StartError } from '../config/start-error.ts';
import { damageOf } from '../db/check-sqlite.ts';
import { NewerSchemaError } from '../db/migrate.ts';
import { isStoreFull } from '../db/store-unavailable.ts';
import {
  giveToOwnerOf,
  isUnfinished,
  markFinished,
  markUnfinished,
  type StoreName,
  seizeDataFolder,
  storeNames,
  storesIn,
} from './data-folder.ts';
import { syncFile, syncFolder } from './durable-files.ts';
import { type Manifest, manifestName, parseManifest, type StoreEntry } from './manifest.ts';
import { refuseNewer } from './newer.ts';
import { describeStore } from './store-file.ts';

const usage = `Usage:
  npm run restore -- BACKUP
  npm run restore -- BACKUP --into DATA_DIR
  npm run restore -- BACKUP --yes`;

export interface RestoreRequest {
  backup: string;
  /** The data folder, where it is not that of the settings. */
  into: string | undefined;
  /** Stores that are there may be put aside. */
  isConfirmed: boolean;
}

/**
 * Reads the arguments of `npm run restore`.
 * @throws {StartError} with the usage, for any others.
 */
export function parseRestoreRequest(args: string[]): RestoreRequest {
  try {
    const options = { into: { type: 'string' }, yes: { type: 'boolean' } } as const;
    const { positionals, values } = parseArgs({ args, allowPositionals: true, options });
    const [backup, ...more] = positionals;
    if (backup !== undefined && more.length === 0) {
      return { backup, into: values.into, isConfirmed: values.yes === true };
    }
  } catch {
    // An option that there is not.
  }
  throw new StartError(usage);
}

/**
 * Puts the stores of a backup into a data folder, all or none: a start refuses what was interrupted
 * in between, and running this again finishes it. Stores that were there are put aside, never
 * deleted. Every session has ended afterwards, and no access token from before is accepted.
 * @throws {StartError} for what is not a whole backup or is a newer program's, while a process uses
 *   the folder, and where stores are there and `--yes` is not.
 */
export async function restore(
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'accessToken'>,
  { backup, into, isConfirmed }: RestoreRequest,
  say: (line: string) => void,
): Promise<void> {
  if (config.databaseUrl !== undefined && into === undefined) {
    throw new StartError(
      'DATABASE_URL is set, so the stores are in PostgreSQL: see docs/operations/backups.md for pg_restore. To make SQLite files of a backup all the same, say where: --into DATA_DIR',
    );
  }
  const dataDir = into ?? config.dataDir;
  const manifest = readManifest(backup);
  const names = storeNames.filter((name) => manifest.stores[name] !== undefined);
  const { release } = seizeDataFolder(dataDir);
  const staged = join(dataDir, 'restore.partial');
  try {
    if (storesIn(dataDir).length > 0 && !isConfirmed && !isUnfinished(dataDir)) {
      throw new StartError(
        `The data folder ${dataDir} has stores. To put them aside, into a folder in it, and the backup in their place, add --yes`,
      );
    }
    rmSync(staged, { recursive: true, force: true });
    mkdirSync(staged, { mode: 0o700 });
    for (const name of names) {
      const entry = manifest.stores[name];
      await stage(name, { from: join(backup, name), to: join(staged, name), entry });
    }
    await endSessions(join(staged, 'guard.db'), config.accessToken.lifetimeSeconds);
    giveToOwnerOf(
      dataDir,
      names.map((name) => join(staged, name)),
    );
    syncFolder(staged);
    const aside = putInPlace(dataDir, staged);
    say(`The backup of ${manifest.takenAt} is in ${dataDir}. Everybody has to sign in again.`);
    if (aside !== undefined) say(`The stores that were there before are in ${aside}.`);
  } catch (cause) {
    if (!isUnfinished(dataDir)) rmSync(staged, { recursive: true, force: true });
    throw explain(cause, dataDir);
  } finally {
    release();
  }
}

function readManifest(backup: string): Manifest {
  const file = join(backup, manifestName);
  if (!existsSync(file)) {
    throw new StartError(
      `There is no backup in ${backup}: it has no ${manifestName}, which every whole one has.`,
    );
  }
  const manifest = parseManifest(readFileSync(file, 'utf8'));
  if (manifest?.stores['guard.db'] === undefined) {
    throw new StartError(
      `${file} is not a manifest that this version of Ownlist can read. Use the version that made the backup, or a newer one.`,
    );
  }
  return manifest;
}

/** Copies first, so that what is checked is what will be used. */
async function stage(
  name: StoreName,
  { from, to, entry }: { from: string; to: string; entry: StoreEntry | undefined },
): Promise<void> {
  copyFileSync(from, to);
  chmodSync(to, 0o600);
  syncFile(to);
  const copy = new DatabaseSync(to, { readOnly: true });
  try {
    const found = await describeStore(to, copy);
    const difference =
      found.sha256 === entry?.sha256 ? damageOf(copy, 'integrity_check') : 'its SHA-256 is another';
    if (difference !== undefined) throw new Error(difference);
    await refuseNewer(name, found.migrations, copy);
  } catch (cause) {
    if (cause instanceof NewerSchemaError) {
      throw new StartError(`${from} cannot be used: ${cause.message}.`, { cause });
    }
    throw new StartError(
      `The backup is damaged: ${from} is not what was backed up (${(cause as Error).message}). Use another one.`,
      { cause },
    );
  } finally {
    copy.close();
  }
}

/**
 * A session that has ended since the backup was taken would begin again, so none outlives a
 * restore: the backup has none, and the access tokens of all are refused until the last expires.
 */
async function endSessions(guard: string, tokenLifetimeSeconds: number): Promise<void> {
  const now = Date.now();
  const database = new DatabaseSync(guard);
  try {
    database
      .prepare('insert into revocations (session_id, until) values (?, ?)')
      .run(everySession, now + tokenLifetimeSeconds * 1000);
  } finally {
    database.close();
  }
  syncFile(guard);
  // Tokens tell time in seconds: one that is issued in a later second expires later.
  await delay(1000 - (now % 1000));
}

/** Renames alone, between two marks. Returns where the stores are that were there before. */
function putInPlace(dataDir: string, staged: string): string | undefined {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const aside = join(dataDir, `replaced-${time}`);
  // A log that stayed behind would be replayed into the file that is new.
  const old = storeNames
    .flatMap((name) => ['', '-wal', '-shm', '-journal'].map((end) => `${name}${end}`))
    .filter((name) => existsSync(join(dataDir, name)));
  markUnfinished(dataDir);
  if (old.length > 0) {
    mkdirSync(aside, { mode: 0o700 });
    giveToOwnerOf(dataDir, [aside]);
    for (const name of old) renameSync(join(dataDir, name), join(aside, name));
    syncFolder(aside);
  }
  for (const name of readdirSync(staged)) renameSync(join(staged, name), join(dataDir, name));
  rmdirSync(staged);
  markFinished(dataDir);
  return old.length > 0 ? aside : undefined;
}

function explain(cause: unknown, dataDir: string): unknown {
  if (cause instanceof StartError || !(cause instanceof Error)) return cause;
  if (isStoreFull(cause) || (cause as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new StartError(`There is no room to restore into ${dataDir}. Nothing was replaced.`, {
      cause,
    });
  }
  return new StartError(
    `The backup could not be restored (${cause.message}). Check that this user may read it, and write ${dataDir}.`,
    { cause },
  );
}
