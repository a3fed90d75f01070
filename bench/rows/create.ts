import { tasksPath } from '../bench.ts';
import { requestBytes } from '../request-bytes.ts';
import { startOneByOne } from '../servers/limit.ts';
import { runRepeated } from './repeated.ts';
import type { Row } from './row.ts';

/** Tasks created by 64 clients at a time, each answered once it is on the disk. */
export const create: Row = {
  name: 'create',
  async run(bench) {
    return runRepeated(bench, {
      what: 'create, acknowledged after fsync, 64 clients',
      requests: bench.people.map(({ token }) =>
        requestBytes('POST', tasksPath, { token, body: { title: 'A task like any other' } }),
      ),
      expected: 201,
      bare: {
        server: await startOneByOne(bench.people),
        name: 'one fsync per request',
        target: { atLeast: 6 },
      },
      isBoundByProcessor: false,
      peers: { express: { atLeast: 6 }, fastify: undefined, fastapi: { atLeast: 40 } },
    });
  },
};
