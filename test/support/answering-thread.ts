import { workerData } from 'node:worker_threads';
import { answerQuestions } from '../../src/threads/answer-questions.ts';

// A thread to ask: it does what the words of a question say.

const tell = answerQuestions<string, string, string>({ answer, end });

async function answer(question: string): Promise<string> {
  if (question === 'throw') throw Object.assign(new RangeError('as asked'), { code: 'ASKED' });
  if (question === 'exit') process.exit(7);
  if (question === 'fail') setImmediate(() => Promise.reject(new Error('a fault')));
  if (question === 'fail' || question === 'never') return new Promise<never>(() => undefined);
  if (question.startsWith('tell ')) await tell(question.slice('tell '.length));
  if (question === 'slowly') await new Promise((resolve) => void setTimeout(resolve, 50));
  return `${workerData}: ${question}`;
}

async function end(): Promise<void> {
  await tell('the end');
}
