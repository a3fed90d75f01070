import { parentPort } from 'node:worker_threads';
import { failureData } from './failure-data.ts';
import type { FromThread, ToThread } from './messages.ts';
import { Waiting } from './waiting.ts';

/** How a thread answers what it is asked, and ends. */
export interface Answering<Question, Answer> {
  answer: (question: Question) => Promise<Answer>;
  /** Called when nothing more is asked; what has begun may still be under way. */
  end: () => Promise<void>;
}

/**
 * In a thread: answers what is asked of it by `openThread`. What settles together, as those of one
 * commit do, is told together.
 * @returns What tells the other side something, and waits until that has dealt with it.
 */
export function answerQuestions<Question, Answer, Told = never>({
  answer,
  end,
}: Answering<Question, Answer>): (told: Told) => Promise<void> {
  const waiting = new Waiting<undefined>();
  const underWay = new Set<Promise<unknown>>();
  let next: FromThread<Answer, Told> = { answered: [], told: [] };

  function sendSoon(add: () => void): void {
    if (next.answered.length + next.told.length === 0) process.nextTick(send);
    add();
  }
  function send(): void {
    parentPort?.postMessage(JSON.stringify(next));
    next = { answered: [], told: [] };
  }
  function carryOut(id: number, question: Question): void {
    const done = answer(question)
      .then(
        (given) => sendSoon(() => next.answered.push({ id, answer: given })),
        (error) => sendSoon(() => next.answered.push({ id, failure: failureData(error) })),
      )
      .finally(() => underWay.delete(done));
    underWay.add(done);
  }
  async function finish(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay);
    await end();
    parentPort?.close();
  }
  parentPort?.on('message', (text: string) => {
    const { asked, heard, isEnd } = JSON.parse(text) as ToThread<Question>;
    for (const { id, question } of asked) carryOut(id, question);
    for (const one of heard) waiting.settle(one);
    if (isEnd) void finish();
  });

  return (told) => {
    const { id, promise } = waiting.begin();
    sendSoon(() => next.told.push({ id, told }));
    return promise;
  };
}
