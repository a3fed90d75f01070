import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * As much behind the thread that answers requests as is needed for reads beside sign-ins, and as
 * little as possible: these threads also read the page's files, on machines that have more to do.
 */
const niceness = 10;

const threads = '/proc/self/task';

/**
 * Lets the threads on which Node hashes passwords (libuv's, all begun with the first work) give way
 * to every other. Linux knows a priority of each thread (setpriority(2), "C library/kernel
 * differences"); elsewhere, and where it is not allowed, nothing changes.
 */
export function letHashingGiveWay(): void {
  if (!existsSync(threads)) return;
  for (const thread of readdirSync(threads)) {
    try {
      const name = readFileSync(`${threads}/${thread}/comm`, 'utf8').trim();
      if (name === 'libuv-worker') setPriority(Number(thread), niceness);
    } catch {
      // It has ended, or may not be changed: passwords are hashed all the same.
    }
  }
}
