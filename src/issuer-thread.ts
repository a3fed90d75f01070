import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import type { Exchange, IssuerRequest, IssuerResponse } from './issuer/exchange.ts';
import type { IssuerData, IssuerTold } from './issuer-worker.ts';
import type { Told } from './open-issuer.ts';
import { openThread } from './threads/thread.ts';

export type IssuerQuestion = { opening: true } | { isReady: true } | { request: IssuerRequest };
export type IssuerAnswer =
  | { warnings: string[] }
  | { isReady: boolean }
  | { response: IssuerResponse };

/** The issuer, open on its store, as a server needs it. */
export interface ServedIssuer {
  exchange: Exchange;
  isReady: () => Promise<boolean>;
  close: () => Promise<void>;
  warnings: string[];
}

/** An issuer that is being opened in its thread. */
export interface IssuerThread {
  /**
   * Resolves when it is open. From then on it tells what it has to tell.
   * @throws {StartError} as `openIssuer` does.
   */
  serve(told: Told): Promise<ServedIssuer>;
}

/**
 * Begins the issuer in a thread of its own: what Better Auth does for a sign-in, besides the hash of
 * the password, takes some milliseconds in which this thread would answer nobody. To load it takes as
 * long as all else at the start, so it is begun first.
 */
export function beginIssuer(config: Config): IssuerThread {
  const told = Promise.withResolvers<Told>();
  const data: IssuerData = { config, isObserved: config.metrics !== undefined };
  const { ask, close } = openThread<IssuerQuestion, IssuerAnswer, IssuerTold>({
    module: new URL('./issuer-worker', import.meta.url),
    data,
    async onTold(what) {
      const { onSessionEnd, observe, log } = await told.promise;
      if ('sessionEnd' in what) await onSessionEnd(what.sessionEnd);
      else if ('observed' in what) observe?.(...what.observed);
      else log(...what.logged);
    },
    onError: (error) => void told.promise.then(({ onError }) => onError(error)),
  });
  const opened = ask({ opening: true }).catch(async (cause: unknown) => {
    await close();
    if (cause instanceof Error && cause.name === 'StartError') {
      throw new StartError(cause.message, { cause });
    }
    throw cause;
  });
  opened.catch(() => undefined); // Whoever serves it is told.
  return {
    async serve(given) {
      told.resolve(given);
      // Each question has its own kind of answer.
      const { warnings } = (await opened) as { warnings: string[] };
      return {
        exchange: async (request) =>
          ((await ask({ request })) as { response: IssuerResponse }).response,
        isReady: () =>
          ask({ isReady: true }).then(
            (answer) => (answer as { isReady: boolean }).isReady,
            () => false, // The question was whether it answers.
          ),
        close,
        warnings,
      };
    },
  };
}
