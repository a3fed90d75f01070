import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/**
 * By how much of niceness: as much behind the thread that answers requests as is needed for reads
 * beside sign-ins, and as little as possible, since these threads also read the page's files, on
 * machines that have more to do.
 */
const behind = 10;

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
      if (name === 'libuv-worker') setPriority(Number(thread), behindTheMainThread());
    } catch {
      // It has ended, or may not be changed: passwords are hashed all the same.
    }
  }
}

/** From where the operator has put that one, whose id is that of the process. */
function behindTheMainThread(): number {
  return Math.min(getPriority(process.pid) + behind, constants.priority.PRIORITY_LOW);
}
