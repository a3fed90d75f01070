import { workerData } from 'node:worker_threads';
import type { Config } from './config/config.ts';
import type { StatementKind } from './db/time-statements.ts';
import { exchangeWith } from './issuer/exchange.ts';
import type { IssuerAnswer, IssuerQuestion, ServedIssuer } from './issuer-thread.ts';
import { openIssuer, type Told } from './open-issuer.ts';
import { answerQuestions } from './threads/answer-questions.ts';

// The thread of `issuer-thread.ts`.

export interface IssuerData {
  config: Config;
  isObserved: boolean;
}

/** What the thread tells the other one. */
export type IssuerTold =
  | { sessionEnd: string }
  | { observed: [kind: StatementKind, milliseconds: number] }
  | { logged: Parameters<Told['log']> };

const { config, isObserved } = workerData as IssuerData;
const tell = answerQuestions<IssuerQuestion, IssuerAnswer, IssuerTold>({ answer, end });
const opened = open();
// Whoever asks is told why it could not be opened.
opened.catch(() => undefined);

async function open(): Promise<ServedIssuer> {
  const { issuer, ...rest } = await openIssuer(config, {
    onSessionEnd: (sessionEnd) => tell({ sessionEnd }),
    log: (...logged) => void tell({ logged }),
    onError: (error) => void tell({ logged: ['error', error.message] }),
    observe: isObserved ? (...observed) => void tell({ observed }) : undefined,
  });
  return { ...rest, exchange: exchangeWith(issuer) };
}

async function answer(question: IssuerQuestion): Promise<IssuerAnswer> {
  const issuer = await opened;
  if ('opening' in question) return { warnings: issuer.warnings };
  if ('isReady' in question) return { isReady: await issuer.isReady() };
  return { response: await issuer.exchange(question.request) };
}

async function end(): Promise<void> {
  const issuer = await opened.catch(() => undefined);
  await issuer?.close();
}
