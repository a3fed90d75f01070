import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { clients } from '../alternate.ts';
import { type Connection, openConnections } from '../connection.ts';
import type { Figure } from '../figure.ts';
import { median } from '../figures.ts';
import { freshFolder } from '../folder.ts';
import { drive } from '../load.ts';
import { requestBytes } from '../request-bytes.ts';
import { startBareFastify } from '../servers/bare-fastify.ts';
import { startOwnlist } from '../servers/ownlist.ts';
import type { Server } from '../servers/process.ts';
import type { Row } from './row.ts';

const idleConnections = 4_000;
/** How long a server is left alone before it is looked at. */
const settleMs = 2_000;

interface Memory {
  restMegabytes: number;
  /** What each connection adds, of those that came a few at a time. */
  connectionKilobytes: number;
  /** The same after all of them asked for something at once. */
  burstKilobytes: number;
}

/** Resident memory of a server that has just started, and what each idle connection adds. */
export const memory: Row = {
  name: 'memory',
  async run({ options, ...shared }) {
    const of = { ours: [] as Memory[], bare: [] as Memory[] };
    for (let round = 0; round < options.rounds; round++) {
      of.ours.push(await measure(await startOwnlist(shared, freshFolder(), { everywhere: true })));
      of.bare.push(await measure(await startBareFastify(freshFolder())));
    }
    const row = (
      what: string,
      which: keyof Memory,
      unit: Figure['unit'],
      atMost?: number,
    ): Figure => {
      const values = of.ours.map((memory) => memory[which]);
      const bare = median(of.bare.map((memory) => memory[which]));
      return {
        what,
        against: `beside ${Math.round(bare)} ${unit} of a bare Fastify`,
        value: median(values),
        unit,
        least: Math.min(...values),
        most: Math.max(...values),
        ...(atMost !== undefined && { target: { atMost } }),
      };
    };
    return [
      row('memory at rest', 'restMegabytes', 'MB', 150),
      row('memory per idle connection', 'connectionKilobytes', 'KB', 20),
      row(`the same, after all ${idleConnections} asked at once`, 'burstKilobytes', 'KB'),
    ];
  },
};

async function measure(server: Server): Promise<Memory> {
  await delay(settleMs);
  const rest = residentKilobytes(server.pid);
  const connections: Connection[] = [];
  while (connections.length < idleConnections) {
    const missing = idleConnections - connections.length;
    const some = await openConnections(server.port, Math.min(clients, missing));
    // Each has been used: a connection that never sent anything is not kept.
    await askOnEach(some);
    connections.push(...some);
  }
  const eachAdded = async () => {
    await delay(settleMs);
    return (residentKilobytes(server.pid) - rest) / connections.length;
  };
  const connectionKilobytes = await eachAdded();
  await askOnEach(connections);
  const burstKilobytes = await eachAdded();
  for (const connection of connections) connection.close();
  await server.stop();
  return { restMegabytes: rest / 1024, connectionKilobytes, burstKilobytes };
}

async function askOnEach(connections: readonly Connection[]): Promise<void> {
  const request = requestBytes('GET', '/livez', {});
  const unsent = connections.map(() => request);
  await drive(connections, 200, () => unsent.pop());
}

/** Linux alone tells it. */
function residentKilobytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1]);
}
