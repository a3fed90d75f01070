import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type FailureData, failureData } from './failure-data.ts';
import type { FromThread, ToThread } from './messages.ts';
import { Waiting } from './waiting.ts';

export interface ThreadOptions<Told> {
  /** The module that it runs, without its extension: see `answerQuestions`. */
  module: URL;
  /** What that module finds as `workerData`. */
  data: unknown;
  /** What the thread tells; it waits for the promise. */
  onTold: (told: Told) => void | Promise<void>;
  /** Why it has ended by itself. */
  onError: (error: Error) => void;
}

export interface Thread<Question, Answer> {
  /**
   * Rejected with what was thrown there, or, where the thread has ended by itself, with an error
   * that means that a store is unavailable: nobody knows how far it came.
   */
  ask(question: Question): Promise<Answer>;
  /** Resolves when what was asked is done, and the thread has ended. */
  close(): Promise<void>;
}

/** So many questions do not wait for the end of their turn: the thread works while others come. */
const askedMax = 32;

/**
 * A thread that answers questions. It begins with the first one, and again with the next one after
 * it has ended by itself. What is asked in one turn of the event loop goes there as one text, or as
 * a few where it is much.
 */
export function openThread<Question, Answer, Told = never>({
  module,
  data,
  onTold,
  onError,
}: ThreadOptions<Told>): Thread<Question, Answer> {
  const waiting = new Waiting<Answer>();
  let worker: Worker | undefined;
  let next = nothing<Question>();

  function begin(): Worker {
    const begun = new Worker(new URL(`${module}${extension}`), { workerData: data });
    begun.on('message', receive);
    begun.on('error', onError);
    begun.once('exit', () => {
      worker = undefined;
      next = nothing(); // It is for the one that has ended.
      waiting.failAll(
        Object.assign(new Error('A thread has ended with what it was doing.'), {
          code: 'ERR_THREAD_ENDED',
        }),
      );
    });
    return begun;
  }

  function send(): void {
    if (isEmpty() && !next.isEnd) return; // It has gone with the end already.
    worker?.postMessage(JSON.stringify(next));
    next = nothing();
  }

  /** Calls `add`, and sends what is there then at the end of the turn, or at once where it is much. */
  function sendSoon(add: () => void): void {
    if (isEmpty()) setImmediate(send);
    add();
    if (next.asked.length >= askedMax) send();
  }
  const isEmpty = () => next.asked.length + next.heard.length === 0;

  function receive(text: unknown): void {
    // Under `node --watch` threads also tell which files they have read.
    if (typeof text !== 'string') return;
    const { answered, told } = JSON.parse(text) as FromThread<Answer, Told>;
    for (const one of answered) waiting.settle(one);
    for (const { id, told: what } of told) void hear(id, what);
  }

  async function hear(id: number, told: Told): Promise<void> {
    let failure: FailureData | undefined;
    try {
      await onTold(told);
    } catch (error) {
      failure = failureData(error);
    }
    sendSoon(() => next.heard.push({ id, ...(failure && { failure }) }));
  }

  return {
    ask(question) {
      worker ??= begin(); // Now, not at the end of the turn: it takes some time.
      const { id, promise } = waiting.begin();
      sendSoon(() => next.asked.push({ id, question }));
      return promise;
    },

    async close() {
      if (worker === undefined) return;
      next.isEnd = true;
      send();
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      worker?.once('exit', () => resolve());
      await ended;
    },
  };
}

const nothing = <Question>(): ToThread<Question> => ({ asked: [], heard: [], isEnd: false });

/** A module of a thread is built as this one is. */
const extension = path.extname(import.meta.url);
