import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/**
 * Pages of the write-ahead log that are worth a checkpoint: 64 MB. What is changed again and again
 * until then is copied once, and changes wait for it more seldom: with 16 MB a new task takes 15 %
 * longer. SQLite's own default is 4 MB.
 */
const dueFromPages = 16_000;
/** From here on SQLite makes one by itself, in a commit: for whatever does not wait for ours. */
const automaticFromPages = 32_000;
/**
 * How many groups of changes there are for each look at the log, which takes 15 to 30 µs: after each
 * of them it was 3 % of the time of 64 who write without a pause.
 */
export const groupsForEachLook = 16;

/**
 * Copies the write-ahead log of a database into its file, from a thread of its own, which begins
 * with the first one that is due. A checkpoint writes and waits for the disk for 10 ms and more;
 * in a commit, where SQLite makes it by default, no request would be answered meanwhile.
 */
export function checkpointer(database: DatabaseSync): {
  /**
   * Called after each group: begins one if it is due, and it is time to look. The promise is never
   * rejected: a later one makes up for it.
   */
  whenDue: () => Promise<void> | undefined;
  close: () => Promise<void>;
} {
  const file = database.location() ?? '';
  // What is in memory has no log.
  if (file === '') return { whenDue: () => undefined, close: async () => undefined };
  database.exec(`pragma wal_autocheckpoint = ${automaticFromPages}`);
  // Only tells how much there is: https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
  const look = database.prepare('pragma wal_checkpoint(noop)');
  let worker: Worker | undefined;
  let groups = 0;

  /** Resolves with the answer of the thread, or with its end. */
  async function checkpoint(): Promise<void> {
    worker ??= startWorker(file, () => {
      worker = undefined;
    });
    const answered = Promise.withResolvers<void>();
    worker.once('message', answered.resolve).once('exit', answered.resolve);
    worker.postMessage('checkpoint');
    await answered.promise;
    worker?.off('exit', answered.resolve);
  }
  return {
    whenDue() {
      groups++;
      if (groups % groupsForEachLook !== 0) return undefined;
      // The columns of that pragma.
      const { log, checkpointed } = look.get() as { log: number; checkpointed: number };
      return log - checkpointed >= dueFromPages ? checkpoint() : undefined;
    },
    close: async () => void (await worker?.terminate()),
  };
}

/** The worker is built as this module is, beside it. */
const extension = path.extname(import.meta.url);

/** A thread that ends without being told to is begun anew at the next checkpoint. */
function startWorker(file: string, onEnd: () => void): Worker {
  const worker = new Worker(new URL(`./checkpoint-worker${extension}`, import.meta.url), {
    workerData: file,
  });
  // Its end says the same; until then the log grows, which costs room and nothing else.
  worker.on('error', () => undefined);
  worker.once('exit', onEnd);
  worker.unref();
  return worker;
}
