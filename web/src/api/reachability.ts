import { createStore, type Store } from '../store.ts';
import { ApiProblem, NetworkFailure } from './failures.ts';
import type { Send } from './send.ts';

export interface Reachability {
  send: Send;
  /** False from the first request that got no answer until the next one that got one. */
  readonly isReachable: Store<boolean>;
}

/** Learns from every request that is sent anyway whether the server can be reached. */
export function watchReachability(send: Send): Reachability {
  const isReachable = createStore(true);
  return {
    isReachable,
    async send(outgoing) {
      try {
        const answer = await send(outgoing);
        isReachable.set(true);
        return answer;
      } catch (error) {
        // A proxy that stands before a server that is down answers in its place.
        const isGateway = error instanceof ApiProblem && error.problem.code === 'unknown';
        if (error instanceof NetworkFailure || isGateway) isReachable.set(false);
        else if (error instanceof ApiProblem) isReachable.set(true);
        throw error;
      }
    },
  };
}
