import { takeShortTurns } from '../../src/short-turns.ts';
import { signUp } from '../../test/support/client.ts';
import { freePort } from '../../test/support/free-port.ts';
import { fill, tasksPath } from '../bench.ts';
import { type Connection, openConnections } from '../connection.ts';
import { percentile, ratioOf } from '../figures.ts';
import { freshFolder } from '../folder.ts';
import { pace } from '../pace.ts';
import { people } from '../people.ts';
import { requestBytes } from '../request-bytes.ts';
import { startOwnlist } from '../servers/ownlist.ts';
import type { Row } from './row.ts';

const readsPerSecond = 500;
const signInsPerSecond = 20;
const readers = 16;
/** Longer than other turns: a hundredth of the reads has to be a number of them. */
const turnsLonger = 5;

/** How long reads take while passwords are checked, against how long they take otherwise. */
export const signIn: Row = {
  name: 'sign-in',
  async run({ secret, options }) {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const everybody = people(readers, secret, origin);
    const server = await startOwnlist({ secret, origin }, freshFolder(), {
      port,
      everywhere: true,
    });
    await fill(server, everybody);
    const accounts = [];
    for (let n = 0; n < signInsPerSecond; n++) accounts.push(await signUp(origin));
    const signIns = accounts.map(({ email, password }) =>
      requestBytes('POST', '/api/auth/sign-in/email', {
        body: { email, password },
        headers: { Origin: origin },
      }),
    );
    const reads = everybody.map(({ token }) => requestBytes('GET', tasksPath, { token }));
    const seconds = options.seconds * turnsLonger;
    const readThem = (connections: readonly Connection[]) =>
      pace(connections, reads, { perSecond: readsPerSecond, seconds });

    // Who reads is on another machine, and does not wait for a processor that hashes.
    takeShortTurns();
    const quiet: number[] = [];
    const busy: number[] = [];
    for (let round = -1; round < options.rounds; round++) {
      const reading = await openConnections(port, readers);
      const alone = await readThem(reading);
      const signingIn = await openConnections(port, signInsPerSecond);
      const [beside] = await Promise.all([
        readThem(reading),
        pace(signingIn, signIns, { perSecond: signInsPerSecond, seconds }),
      ]);
      for (const connection of [...reading, ...signingIn]) connection.close();
      if (round < 0) continue; // The first round is for warming up.
      quiet.push(percentile(alone, 99));
      busy.push(percentile(beside, 99));
    }
    await server.stop();
    const ratio = ratioOf(busy, quiet);
    return [
      {
        what: 'reads while 20 people sign in every second, p99',
        against: 'the p99 when nobody does',
        value: ratio.median,
        unit: '×',
        least: ratio.least,
        most: ratio.most,
        target: { atMost: 2 },
      },
    ];
  },
};
