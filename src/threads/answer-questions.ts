import { parentPort } from 'node:worker_threads';
import { failureData } from './failure-data.ts';
import type { FromThread, Settled, ToThread } from './messages.ts';
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
  let underWay = 0;
  const allSettled = Promise.withResolvers<void>();
  let isEnding = false;
  let next: FromThread<Answer, Told> = { answered: [], told: [] };

  const isEmpty = () => next.answered.length + next.told.length === 0;

  function sendSoon(add: () => void): void {
    if (isEmpty()) process.nextTick(send);
    add();
  }
  function send(): void {
    if (isEmpty()) return;
    parentPort?.postMessage(JSON.stringify(next));
    next = { answered: [], told: [] };
  }
  function carryOut(id: number, question: Question): void {
    underWay++;
    answer(question).then(
      (given) => settle({ id, answer: given }),
      (error) => settle({ id, failure: failureData(error) }),
    );
  }
  function settle(one: Settled<Answer>): void {
    sendSoon(() => next.answered.push(one));
    underWay--;
    if (isEnding && underWay === 0) allSettled.resolve();
  }
  async function finish(): Promise<void> {
    isEnding = true;
    if (underWay > 0) await allSettled.promise;
    await end();
    send(); // What still waits for the end of its turn.
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
