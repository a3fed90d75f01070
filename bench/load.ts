import type { Connection } from './connection.ts';

/** What a load came to. */
export interface Outcome {
  requests: number;
  seconds: number;
  /** What the server used for them, where a load is more than what it counts. */
  cpuMicroseconds?: number | undefined;
}

/**
 * Keeps every connection busy with one request at a time until `next` has none left for it.
 * @throws {Error} for an answer with another status than `expected`: a fast refusal is no result.
 */
export function drive(
  connections: readonly Connection[],
  expected: number,
  next: (connection: number) => Buffer | undefined,
): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const started = performance.now();
  let busy = connections.length;
  let requests = 0;

  const send = (index: number, connection: Connection): void => {
    const request = next(index);
    if (request === undefined) {
      busy -= 1;
      if (busy === 0) {
        resolve({ requests, seconds: (performance.now() - started) / 1000 });
      }
      return;
    }
    connection.exchange(request, (status) => {
      if (status !== expected) {
        reject(new Error(`An answer had the status ${status} where ${expected} was expected.`));
        return;
      }
      requests += 1;
      send(index, connection);
    });
  };
  for (const [index, connection] of connections.entries()) send(index, connection);
  return promise;
}

/** The same for a time: `next` always has another request. */
export function driveFor(
  seconds: number,
  connections: readonly Connection[],
  expected: number,
  next: (connection: number) => Buffer,
): Promise<Outcome> {
  const end = performance.now() + seconds * 1000;
  return drive(connections, expected, (index) =>
    performance.now() < end ? next(index) : undefined,
  );
}
