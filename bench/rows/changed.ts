import { alternate, compare, compareProcessorTime, type Side } from '../alternate.ts';
import { type Bench, fill, pathNotInMemory, tasksPath } from '../bench.ts';
import { cpuMicroseconds, cpuSince } from '../cpu-time.ts';
import { drive, type Outcome } from '../load.ts';
import { requestBytes } from '../request-bytes.ts';
import { record, startLimit } from '../servers/limit.ts';
import type { Server } from '../servers/process.ts';
import { recordList } from './list.ts';
import type { Row } from './row.ts';

/**
 * A list that was changed before every read: over the API every person's list is changed, then
 * every list is read once, and so on. The reads are what is timed, on both sides. The server makes
 * such a list of the one that it has in memory; one that it has not, as after a change by another
 * server, is a line of its own.
 */
export const changed: Row = {
  name: 'changed',
  async run(bench) {
    const ours = await bench.ownlist();
    const [somebody] = bench.people;
    await fill(ours, bench.everybody.slice(bench.people.length));
    const limit = await startLimit({
      GET: await recordList(bench),
      PATCH: await record(ours.origin, `${tasksPath}/${somebody?.tasks[0]?.id}`, {
        method: 'PATCH',
        body: JSON.stringify(change),
        headers: {
          authorization: `Bearer ${somebody?.token}`,
          'content-type': 'application/json',
        },
      }),
    });
    const turns = await alternate(
      {
        known: changingAndReading(bench, ours, () => tasksPath),
        unknown: changingAndReading(bench, ours, pathNotInMemory),
        limit: changingAndReading(bench, limit, () => tasksPath),
      },
      bench.options,
    );
    await limit.stop();
    const figure = (what: string, side: 'known' | 'unknown', target?: { atLeast: number }) => {
      const cpu = compareProcessorTime(turns[side], turns.limit);
      return {
        ...compare(what, 'the limit', [turns[side], turns.limit], target),
        ...(cpu !== undefined && { cpu }),
      };
    };
    return [
      figure('list, changed before every read', 'known', { atLeast: 0.18 }),
      figure('list that is not in memory', 'unknown'),
    ];
  },
};

const change = { title: 'A task with yet another title' };

function changingAndReading(
  { everybody }: Bench,
  server: Server,
  pathOf: (round: number) => string,
): Side {
  const changes = everybody.map(({ token, tasks }) =>
    requestBytes('PATCH', `${tasksPath}/${tasks[0]?.id}`, { token, body: change }),
  );
  let round = 0;
  return {
    server,
    async load(connections, seconds): Promise<Outcome> {
      const end = performance.now() + seconds * 1000;
      const total: Outcome = { requests: 0, seconds: 0, cpuMicroseconds: 0 };
      do {
        const path = pathOf(round++);
        const reads = everybody.map(({ token }) => requestBytes('GET', path, { token }));
        await drive(connections, 200, eachOnce(changes));
        const before = cpuMicroseconds(server.pid);
        const read = await drive(connections, 200, eachOnce(reads));
        total.cpuMicroseconds = sum(total.cpuMicroseconds, cpuSince(before, server.pid));
        total.requests += read.requests;
        total.seconds += read.seconds;
      } while (performance.now() < end);
      return total;
    },
  };
}

function eachOnce(requests: readonly Buffer[]): () => Buffer | undefined {
  let sent = 0;
  return () => requests[sent++];
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
