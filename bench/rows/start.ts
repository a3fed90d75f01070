import { median, ratioOf } from '../figures.ts';
import { freshFolder } from '../folder.ts';
import { startBareFastify } from '../servers/bare-fastify.ts';
import { startOwnlist } from '../servers/ownlist.ts';
import type { Server } from '../servers/process.ts';
import type { Row } from './row.ts';

/** From starting the process to its first answer, with the data folder and the compile cache there. */
export const start: Row = {
  name: 'start',
  async run({ options, ...shared }) {
    const folder = freshFolder();
    const ours = () => startOwnlist(shared, folder, { readyPath: '/livez', everywhere: true });
    const bare = () => startBareFastify(folder);
    await timed(ours);
    await timed(bare);
    const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
    for (let round = 0; round < options.rounds; round++) {
      times.ours.push(await timed(ours));
      times.bare.push(await timed(bare));
    }
    const ratio = ratioOf(times.ours, times.bare);
    return [
      {
        what: 'start to first answer, warm',
        against: `beside ${Math.round(median(times.bare))} ms of a bare Fastify`,
        value: median(times.ours),
        unit: 'ms',
        least: Math.min(...times.ours),
        most: Math.max(...times.ours),
        target: { atMost: 400 },
      },
      {
        what: 'start to first answer, warm',
        against: 'a bare Fastify',
        value: ratio.median,
        unit: '×',
        least: ratio.least,
        most: ratio.most,
      },
    ];
  },
};

async function timed(begin: () => Promise<Server>): Promise<number> {
  const started = performance.now();
  const server = await begin();
  const time = performance.now() - started;
  await server.stop();
  return time;
}
