import { tasksPath } from '../bench.ts';
import { requestBytes } from '../request-bytes.ts';
import { startOneByOne } from '../servers/limit.ts';
import { runRepeated } from './repeated.ts';
import type { Row } from './row.ts';

/** Tasks changed by 64 clients at a time, each answered once the change is on the disk. */
export const patch: Row = {
  name: 'patch',
  async run(bench) {
    return runRepeated(bench, {
      what: 'patch, acknowledged after fsync, 64 clients',
      requests: bench.people.map(({ token, tasks }) =>
        requestBytes('PATCH', `${tasksPath}/${tasks[0]?.id}`, {
          token,
          body: { title: 'A task with another title' },
        }),
      ),
      expected: 200,
      bare: {
        server: await startOneByOne(bench.people),
        name: 'one fsync per request',
        target: { atLeast: 6 },
      },
      isBoundByProcessor: false,
      peers: { express: undefined, fastify: undefined, fastapi: undefined },
    });
  },
};
