import { failureOf } from './failure-data.ts';
import type { Settled } from './messages.ts';

/** What was asked on the other side of a thread and is not answered yet. */
export class Waiting<Answer> {
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #lastId = 0;

  /** Waits for the answer to a new number. */
  begin(): { id: number; promise: Promise<Answer> } {
    const settled = Promise.withResolvers<Answer>();
    const id = ++this.#lastId;
    this.#waiting.set(id, settled);
    return { id, promise: settled.promise };
  }

  settle({ id, answer, failure }: Settled<Answer>): void {
    const settled = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure) settled?.reject(failureOf(failure));
    else settled?.resolve(answer as Answer); // One of both is there; `undefined` is no JSON.
  }

  failAll(error: Error): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(error);
  }
}
