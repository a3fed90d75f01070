import { randomUUIDv7 } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { clients } from '../alternate.ts';
import { tasksPath } from '../bench.ts';
import { type Connection, openConnections } from '../connection.ts';
import { median, percentile } from '../figures.ts';
import { freshFolder } from '../folder.ts';
import { drive } from '../load.ts';
import { tokenOf } from '../people.ts';
import { requestBytes } from '../request-bytes.ts';
import { startOwnlist } from '../servers/ownlist.ts';
import type { Row } from './row.ts';
import { commonWord, queries, titleOf } from './search-words.ts';

const tasks = 100_000;
/** How often each query is sent in a round. */
const times = 10;

/** Searching the tasks of one person, who has very many. The time is the one in the server's log. */
export const search: Row = {
  name: 'search',
  async run({ secret, origin, options }) {
    const folder = freshFolder();
    const server = await startOwnlist({ secret, origin }, folder);
    const token = tokenOf('somebody', secret, origin);
    const connections = await openConnections(server.port, clients);
    let made = 0;
    await drive(connections, 201, () =>
      made < tasks
        ? requestBytes('POST', tasksPath, {
            token,
            body: { id: randomUUIDv7(), title: titleOf(made++) },
          })
        : undefined,
    );
    const [connection] = connections as [Connection]; // There are 64.
    const sent = queries.flatMap((query) =>
      Array<Buffer>(times).fill(
        requestBytes('GET', `${tasksPath}?q=${encodeURIComponent(query)}`, { token }),
      ),
    );
    // The first round is for warming up.
    for (let round = -1; round < options.rounds; round++) {
      const requests = [...sent];
      await drive([connection], 200, () => requests.pop());
    }
    for (const open of connections) open.close();
    await server.stop();
    const logged = timesOfReads(path.join(folder, 'ownlist.log'));
    const p95 = Array.from({ length: options.rounds }, (_, round) =>
      percentile(logged.slice((round + 1) * sent.length, (round + 2) * sent.length), 95),
    );
    return [
      {
        what: 'search over 100 000 tasks of one user, p95',
        against: `of server time, over ${queries.length} queries from a word that is nowhere to "${commonWord}", which is in every fourth title`,
        value: median(p95),
        unit: 'ms',
        least: Math.min(...p95),
        most: Math.max(...p95),
        target: { atMost: 20 },
      },
    ];
  },
};

/** What the log of a server that has ended says of each of its reads, in their order. */
function timesOfReads(log: string): number[] {
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"method":"GET","route":"/api/users/'))
    .map((line) => (JSON.parse(line) as { ms: number }).ms);
}
