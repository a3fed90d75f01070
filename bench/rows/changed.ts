import { alternate, compare, compareProcessorTime, type Side } from '../alternate.ts';
import { type Bench, fill, tasksPath } from '../bench.ts';
import { cpuMicroseconds, cpuSince } from '../cpu-time.ts';
import { drive, type Outcome } from '../load.ts';
import { requestBytes } from '../request-bytes.ts';
import { record, startLimit } from '../servers/limit.ts';
import type { Server } from '../servers/process.ts';
import { recordList } from './list.ts';
import type { Row } from './row.ts';

/**
 * A list that was changed before every read: over the API every person's list is changed, then
 * every list is read once, and so on. The reads are what is timed, on both sides.
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
      { ours: changingAndReading(bench, ours), limit: changingAndReading(bench, limit) },
      bench.options,
    );
    await limit.stop();
    const cpu = compareProcessorTime(turns.ours, turns.limit);
    return [
      {
        ...compare('list, changed before every read', 'the limit', [turns.ours, turns.limit], {
          atLeast: 0.18,
        }),
        ...(cpu !== undefined && { cpu }),
      },
    ];
  },
};

const change = { title: 'A task with yet another title' };

function changingAndReading({ everybody }: Bench, server: Server): Side {
  const changes = everybody.map(({ token, tasks }) =>
    requestBytes('PATCH', `${tasksPath}/${tasks[0]?.id}`, { token, body: change }),
  );
  const reads = everybody.map(({ token }) => requestBytes('GET', tasksPath, { token }));
  return {
    server,
    async load(connections, seconds): Promise<Outcome> {
      const end = performance.now() + seconds * 1000;
      const total: Outcome = { requests: 0, seconds: 0, cpuMicroseconds: 0 };
      do {
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
