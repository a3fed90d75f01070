import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isStoreUnavailable } from '../../src/db/store-unavailable.ts';
import { openThread, type Thread } from '../../src/threads/thread.ts';

let thread: Thread<string, string>;
let onTold: ReturnType<typeof vi.fn<(told: string) => void | Promise<void>>>;
let onError: ReturnType<typeof vi.fn<(error: Error) => void>>;

beforeEach(() => {
  [onTold, onError] = [vi.fn(), vi.fn()];
  thread = openThread({
    module: new URL('../support/answering-thread', import.meta.url),
    data: 'it',
    onTold,
    onError,
  });
});
afterEach(() => thread.close());

const outcomes = async (all: Promise<unknown>[]) =>
  (await Promise.allSettled(all)).map((one) =>
    one.status === 'fulfilled' ? one.value : isStoreUnavailable(one.reason),
  );

test('each question gets its own answer, whichever comes first', async () => {
  const questions = ['slowly', 'b', 'slowly', 'd “\0\ud83c\udf82”'];
  expect(await Promise.all(questions.map((one) => thread.ask(one)))).toEqual(
    questions.map((one) => `it: ${one}`),
  );
});

test('what is thrown there is thrown here, and nothing else is disturbed', async () => {
  const failing = thread.ask('throw');
  const other = thread.ask('b');
  await expect(failing).rejects.toMatchObject({
    name: 'RangeError',
    message: 'as asked',
    code: 'ASKED',
  });
  expect(await other).toBe('it: b');
  expect(onError).not.toHaveBeenCalled();
});

test('it waits until what it tells was dealt with, and is told what that failed with', async () => {
  let isDone = false;
  onTold.mockImplementationOnce(async () => {
    await new Promise((resolve) => void setTimeout(resolve, 20));
    isDone = true;
  });
  await thread.ask('tell this');
  expect([isDone, onTold.mock.calls]).toEqual([true, [['this']]]);
  onTold.mockImplementationOnce(() => {
    throw new Error('not heard');
  });
  await expect(thread.ask('tell that')).rejects.toThrow('not heard');
});

test('what was asked before the end is answered, and it ends when it has told the last', async () => {
  const asked = [thread.ask('slowly'), thread.ask('b')];
  await thread.close();
  expect(await outcomes(asked)).toEqual(['it: slowly', 'it: b']);
  expect(onTold.mock.lastCall).toEqual(['the end']);
});

test.each([
  ['ends by itself', 'exit', []],
  ['has a fault', 'fail', [['a fault']]],
])('a thread that %s has answered what it did, and is begun anew', async (_, question, errors) => {
  expect(await thread.ask('before')).toBe('it: before');
  const unanswered = [thread.ask('never'), thread.ask(question)];
  expect(await outcomes(unanswered)).toEqual([true, true]);
  expect(onError.mock.calls.map(([error]) => [error.message])).toEqual(errors);
  expect(await thread.ask('after')).toBe('it: after');
});

test('what nobody has asked anything ends at once', async () => {
  await thread.close();
  expect(onTold).not.toHaveBeenCalled();
});
