import { type Bench, tasksPath } from '../bench.ts';
import { requestBytes } from '../request-bytes.ts';
import { record, startLimit } from '../servers/limit.ts';
import { recordList } from './list.ts';
import { runRepeated } from './repeated.ts';
import type { Row } from './row.ts';

/** The list asked for by somebody who has it already. */
export const notModified: Row = {
  name: 'not-modified',
  async run(bench) {
    const tags = await Promise.all(bench.people.map(({ token }) => tagOf(bench, token)));
    return runRepeated(bench, {
      what: 'conditional list, 304',
      requests: bench.people.map(({ token }, n) =>
        requestBytes('GET', tasksPath, { token, headers: { 'If-None-Match': tags[n] ?? '' } }),
      ),
      expected: 304,
      bare: {
        server: await startLimit({
          GET: await recordList(bench, { 'if-none-match': tags[0] ?? '' }),
        }),
        name: 'a bare 304',
        target: { atLeast: 0.7 },
      },
      isBoundByProcessor: true,
      peers: {},
    });
  },
};

async function tagOf(bench: Bench, token: string): Promise<string> {
  const { origin } = await bench.ownlist();
  const { headers } = await record(origin, tasksPath, {
    headers: { authorization: `Bearer ${token}` },
  });
  return headers.find(([name]) => name === 'etag')?.[1] ?? '';
}
