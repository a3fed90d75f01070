import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';

/** What must not outlive the process that made it: another process, or a folder. */
export type Leftover =
  | {
      /** A negative number is a group of processes, as for kill(2). */
      pid: number;
      /** How to end it, before SIGKILL is tried. */
      signal: NodeJS.Signals;
    }
  | { folder: string };

let reaper: ChildProcess | undefined;

/**
 * Ends the process, or removes the folder, when this process ends, in whatever way that happens.
 * Folders go last. Returns a function that calls it off, for when it has been dealt with.
 */
export function cleanUpAtExit(leftover: Leftover): () => void {
  const id = randomUUID();
  tellReaper({ id, leftover });
  return () => tellReaper({ id });
}

function tellReaper(message: { id: string; leftover?: Leftover }): void {
  reaper ??= startReaper();
  reaper.stdin?.write(`${JSON.stringify(message)}\n`);
}

/** In a session of its own, so that the Ctrl-C that ends the tests does not end it first. */
function startReaper(): ChildProcess {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'reaper.ts')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
    env: {},
  });
  child.unref();
  // The types know a Writable; a pipe to a child is a socket, which would keep this process alive.
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
