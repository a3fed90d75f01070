import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cleanUpAtExit } from './clean-up.ts';

export interface SmallDisk {
  /** A folder on it, for the programs that are run `within`. */
  folder: string;
  within: readonly string[];
  /** The same folder for `node:fs` of everybody; SQLite does not find it by this name. */
  outside: string;
  /** Leaves no byte free. */
  fill: () => void;
  /** Takes that back. */
  free: () => void;
  remove: () => Promise<void>;
}

/**
 * A real file system of a few bytes, in memory. It is mounted in a namespace of its own, which
 * needs no rights, and is there as long as the process that holds the namespace.
 * @throws Error with a remedy, where this machine does not allow it.
 */
export async function smallDisk(bytes: number): Promise<SmallDisk> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ownlist-small-'));
  const mount = `mount -t tmpfs -o size=${bytes},mode=700 tmpfs ${folder} && echo mounted && exec sleep infinity`;
  const holder = spawn('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', mount], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [holder.stdout, holder.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  const exited = once(holder, 'close').catch((error) => (output += error));
  await Promise.race([once(holder.stdout, 'data'), exited]);
  if (holder.pid === undefined || !output.startsWith('mounted')) {
    throw new Error(
      `A small disk cannot be made (${output.trim()}). This needs Linux with user namespaces: elsewhere, run the tests in a virtual machine.`,
    );
  }
  const forget = cleanUpAtExit({ pid: holder.pid, signal: 'SIGKILL' });
  const outside = `/proc/${holder.pid}/root${folder}`;
  const filler = path.join(outside, 'filler');
  return {
    folder,
    within: ['nsenter', '--user', '--preserve-credentials', '--mount', `--target=${holder.pid}`],
    outside,
    fill() {
      const { bavail, bsize } = statfsSync(outside);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(filler),
    async remove() {
      holder.kill('SIGKILL');
      await exited;
      forget();
      rmdirSync(folder);
    },
  };
}
