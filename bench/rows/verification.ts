import { clients } from '../alternate.ts';
import { fill, tasksPath } from '../bench.ts';
import { openConnections } from '../connection.ts';
import { median } from '../figures.ts';
import { freshFolder } from '../folder.ts';
import { driveFor } from '../load.ts';
import { profile, shareOf } from '../profile.ts';
import { requestBytes } from '../request-bytes.ts';
import { startOwnlist } from '../servers/ownlist.ts';
import type { Row } from './row.ts';

/** The code that stands between a request and its verified token. */
const verifies = (url: string) => /\/src\/api\/(authenticate\.ts|tokens\/)/.test(url);

/** What verifying the token takes of the time of a request, by a profile of the server itself. */
export const verification: Row = {
  name: 'verification',
  async run({ people, options, ...shared }) {
    const server = await startOwnlist(shared, freshFolder(), { inspect: true });
    await fill(server, people);
    const requests = people.map(({ token }) => requestBytes('GET', tasksPath, { token }));
    const connections = await openConnections(server.port, clients);
    const read = () =>
      driveFor(options.seconds, connections, 200, (n) => requests[n] ?? Buffer.alloc(0));
    await read();
    const shares: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      shares.push(100 * shareOf(await profile(server, read), verifies));
    }
    for (const connection of connections) connection.close();
    await server.stop();
    return [
      {
        what: "verification's share of a request",
        against: 'of the time of an unchanged list',
        value: median(shares),
        unit: '%',
        least: Math.min(...shares),
        most: Math.max(...shares),
        target: { atMost: 2 },
      },
    ];
  },
};
