import type { Connection } from './connection.ts';

/**
 * Sends requests at an even pace, whether or not the answers keep up, and tells how long each took
 * from the moment it was due: a server that stalls delays those behind, too.
 * @returns Milliseconds.
 * @throws {Error} for an answer that is not 200.
 */
export function pace(
  connections: readonly Connection[],
  requests: readonly Buffer[],
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<number[]> {
  const started = performance.now();
  const count = Math.round(perSecond * seconds);
  const latencies: number[] = [];
  const free = [...connections];
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  let due = 0;

  const sendWhatIsDue = (): void => {
    while (due < count && dueAt(due) <= performance.now()) {
      const connection = free.pop();
      if (connection === undefined) return;
      const dueTime = dueAt(due);
      const request = requests[due % requests.length] ?? Buffer.alloc(0);
      due += 1;
      connection.exchange(request, (status) => {
        if (status !== 200) reject(new Error(`A paced request was answered ${status}.`));
        latencies.push(performance.now() - dueTime);
        free.push(connection);
        if (latencies.length === count) resolve(latencies);
        sendWhatIsDue();
      });
    }
  };
  const dueAt = (n: number): number => started + (n / perSecond) * 1000;
  const timer = setInterval(sendWhatIsDue, 1);
  return promise.finally(() => clearInterval(timer));
}
