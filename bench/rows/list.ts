import { type Bench, tasksPath } from '../bench.ts';
import { requestBytes } from '../request-bytes.ts';
import { record, startLimit } from '../servers/limit.ts';
import { runRepeated } from './repeated.ts';
import type { Row } from './row.ts';

/** The first page of fifty tasks, read again and again. */
export const list: Row = {
  name: 'list',
  async run(bench) {
    return runRepeated(bench, {
      what: 'list, unchanged since the last read',
      requests: bench.people.map(({ token }) => requestBytes('GET', tasksPath, { token })),
      expected: 200,
      bare: {
        server: await startLimit({ GET: await recordList(bench) }),
        name: 'the limit',
        target: { atLeast: 0.7 },
      },
      isBoundByProcessor: true,
      peers: { express: { atLeast: 10 }, fastify: undefined, fastapi: { atLeast: 100 } },
    });
  },
};

/** The answer to the first person's list, as it goes over the wire. */
export async function recordList(bench: Bench, headers: Record<string, string> = {}) {
  const { origin } = await bench.ownlist();
  return record(origin, tasksPath, {
    headers: { authorization: `Bearer ${bench.people[0]?.token}`, ...headers },
  });
}
