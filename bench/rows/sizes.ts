import { randomUUIDv7 } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { alternate, compare, type Side } from '../alternate.ts';
import { type Bench, pathNotInMemory } from '../bench.ts';
import { median } from '../figures.ts';
import { freshFolder } from '../folder.ts';
import { drive, type Outcome } from '../load.ts';
import { tokenOf } from '../people.ts';
import { requestBytes } from '../request-bytes.ts';
import { startOwnlist } from '../servers/ownlist.ts';
import type { Server } from '../servers/process.ts';
import type { Row } from './row.ts';

const owners = { hundred: 100, tenThousand: 10_000, million: 1_000_000 } as const;
const others = 100_000;
const tasksOfOthers = 3;

/**
 * The first page for people with few and with many tasks, in a store with many people. Each read is
 * of a list that is not in memory; the reads are timed.
 */
export const sizes: Row = {
  name: 'sizes',
  async run(bench) {
    const folder = freshFolder();
    await (await startOwnlist(bench, folder)).stop(); // It makes the tables.
    fillStore(path.join(folder, 'data', 'tasks.db'));
    const server = await startOwnlist(bench, folder);
    const sideOf = (owner: keyof typeof owners) => readingOne(bench, server, owner);
    const turns = await alternate(
      {
        hundred: sideOf('hundred'),
        tenThousand: sideOf('tenThousand'),
        million: sideOf('million'),
      },
      bench.options,
    );
    await server.stop();
    const target = { atMost: 1.3 };
    const what = (count: string) => `first page with ${count} tasks of the user and 100 000 users`;
    const against = 'the time with 100 tasks';
    return [
      compare(what('10 000'), against, [turns.hundred, turns.tenThousand], target),
      compare(what('1 000 000'), against, [turns.hundred, turns.million], target),
    ];
  },
};

/** Writes the rows into the store of a server that is not running. */
function fillStore(file: string): void {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  database.exec('pragma synchronous = off');
  const addOwner = database.prepare('insert into owners (user_id, version) values (?, ?)');
  const addTask = database.prepare(
    `insert into tasks (user_id, id, title, description, created_at, updated_at, version)
     values (?, ?, ?, '', ?, ?, ?)`,
  );
  const add = (owner: string, count: number): void => {
    addOwner.run(owner, count);
    for (let n = 1; n <= count; n++) {
      const id = randomUUIDv7();
      addTask.run(owner, id, `Task number ${n} of very many`, Date.now(), Date.now(), n);
    }
  };
  database.exec('begin');
  for (let n = 0; n < others; n++) add(`other-${n}`, tasksOfOthers);
  for (const [owner, count] of Object.entries(owners)) add(owner, count);
  database.exec('commit');
  database.exec('pragma wal_checkpoint(truncate)');
  database.close();
}

/** One client that reads the list, again and again. */
function readingOne({ secret, origin }: Bench, server: Server, owner: string): Side {
  const token = tokenOf(owner, secret, origin);
  let round = 0;
  return {
    server,
    async load(connections, seconds): Promise<Outcome> {
      const one = connections.slice(0, 1);
      const end = performance.now() + seconds * 1000;
      const times: number[] = [];
      while (performance.now() < end) {
        const read = requestBytes('GET', pathNotInMemory(round++), { token });
        times.push((await drive(one, 200, once(read))).seconds);
      }
      // The middle one: a single long pause of the machine is not the list's.
      return { requests: 1, seconds: median(times) };
    },
  };
}

function once(request: Buffer): () => Buffer | undefined {
  let sent = false;
  return () => {
    if (sent) return undefined;
    sent = true;
    return request;
  };
}
