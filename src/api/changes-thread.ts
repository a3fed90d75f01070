import type { ObserveStatement } from '../db/time-statements.ts';
import { openThread } from '../threads/thread.ts';
import type { CarryOut, Change, Outcome } from './changes.ts';
import type { ChangesData, Observed } from './changes-worker.ts';

interface Options {
  /** The SQLite file of the tasks store, which is up to date. */
  file: string;
  /** Told of the statements of the thread. */
  observe: ObserveStatement | undefined;
  /** Told why the thread has ended by itself. */
  onError: (error: Error) => void;
}

/**
 * Carries out changes in a thread of its own, which begins with the first one: what runs SQLite and
 * waits for the disk keeps nobody here waiting.
 */
export function changesInThread({ file, observe, onError }: Options): {
  carryOut: CarryOut;
  close: () => Promise<void>;
} {
  const data: ChangesData = { file, isObserved: observe !== undefined };
  const { ask, close } = openThread<Change, Outcome, Observed>({
    module: new URL('./changes-worker', import.meta.url),
    data,
    onTold: ([kind, milliseconds]) => observe?.(kind, milliseconds),
    onError,
  });
  return { carryOut: ask, close };
}
