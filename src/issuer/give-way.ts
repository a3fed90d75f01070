import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/**
 * By how much of niceness: as much as is needed for reads beside sign-ins, and as little as
 * possible. Libuv's threads also read the page's files, on machines that have more to do.
 */
const behind = 10;

const threads = '/proc/self/task';
const thisThread = 0;

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
      if (name === 'libuv-worker') putBehind(Number(thread));
    } catch {
      // It has ended, or may not be changed: passwords are hashed all the same.
    }
  }
}

/**
 * The same for the thread that calls this. Once its own short turn is over, the thread that answers
 * would wait for the next tick of the clock (4 ms) behind one of the same priority.
 */
export function giveWay(): void {
  // Elsewhere it would be the whole process.
  if (process.platform !== 'linux') return;
  try {
    putBehind(thisThread);
  } catch {
    // It may not be changed: sign-ins are served all the same.
  }
}

/** Behind the main thread, wherever the operator has put that. */
function putBehind(thread: number): void {
  setPriority(thread, Math.min(getPriority(process.pid) + behind, constants.priority.PRIORITY_LOW));
}
