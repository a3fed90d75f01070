import { tasksPath } from '../bench.ts';
import { requestBytes } from '../request-bytes.ts';
import { record, startLimit } from '../servers/limit.ts';
import { runRepeated } from './repeated.ts';
import type { Row } from './row.ts';

/** One task, read again and again. */
export const one: Row = {
  name: 'one',
  async run(bench) {
    const { origin } = await bench.ownlist();
    const paths = bench.people.map(({ tasks }) => `${tasksPath}/${tasks[0]?.id}`);
    const answer = await record(origin, paths[0] ?? '', {
      headers: { authorization: `Bearer ${bench.people[0]?.token}` },
    });
    return runRepeated(bench, {
      what: 'read one',
      requests: bench.people.map(({ token }, n) => requestBytes('GET', paths[n] ?? '', { token })),
      expected: 200,
      bare: {
        server: await startLimit({ GET: answer }),
        name: 'the limit',
        target: { atLeast: 0.55 },
      },
      isBoundByProcessor: true,
      peers: { express: { atLeast: 5 }, fastify: undefined, fastapi: undefined },
    });
  },
};
