import { randomBytes } from 'node:crypto';
import { clients } from './alternate.ts';
import type { Options } from './arguments.ts';
import { openConnections } from './connection.ts';
import { freshFolder } from './folder.ts';
import { drive } from './load.ts';
import { type Person, people } from './people.ts';
import { requestBytes } from './request-bytes.ts';
import { startOwnlist } from './servers/ownlist.ts';
import type { PeerName } from './servers/peer-names.ts';
import { startPeer } from './servers/peers.ts';
import type { ProcessOptions, Server } from './servers/process.ts';

/** More people than clients: what is read once by each is then read for some milliseconds. */
const peopleCount = 256;

/** What the rows of a run share: the people, and the servers that have their tasks. */
export interface Bench {
  options: Options;
  /** What signs every token. */
  secret: string;
  /** What every token names as its issuer, whatever port a server got. */
  origin: string;
  everybody: readonly Person[];
  /** Those of the everyday load: one for each connection. */
  people: readonly Person[];
  /** Ownlist with a page of tasks of each of `people`; the same one for every row on these cores. */
  ownlist(cores?: Cores): Promise<Server>;
  /** A peer with a page of tasks of each of them; undefined where it cannot be had or is not wanted. */
  peer(name: PeerName, cores?: Cores): Promise<Server | undefined>;
  stop(): Promise<void>;
}

/** Which cores a server may use; see `ProcessOptions`. */
export type Cores = Pick<ProcessOptions, 'everywhere'>;

/** The address of the caller's own tasks, in every server. */
export const tasksPath = '/api/users/me/tasks';

/**
 * The path of a first page of some fifty tasks that the server has to read from the store, since it
 * keeps ten lists of a person at most: each limit comes back after eighteen others.
 */
export const pathNotInMemory = (round: number): string => `${tasksPath}?limit=${41 + (round % 19)}`;

export function createBench(options: Options): Bench {
  const shared = {
    secret: randomBytes(32).toString('base64url'),
    origin: 'http://localhost:3000',
  };
  const everybody = people(peopleCount, shared.secret, shared.origin);
  const started = new Map<string, Promise<Server | undefined>>();
  const once = <S extends Server | undefined>(name: string, start: () => Promise<S>) => {
    if (!started.has(name)) started.set(name, start());
    return started.get(name) as Promise<S>; // Each name has one `start`.
  };
  return {
    options,
    ...shared,
    everybody,
    people: everybody.slice(0, clients),
    ownlist: ({ everywhere = false } = {}) =>
      once(`ownlist ${everywhere}`, async () => {
        const how = { inspect: options.profile, everywhere };
        const server = await startOwnlist(shared, freshFolder(), how);
        await fill(server, everybody.slice(0, clients));
        return server;
      }),
    peer: async (name, { everywhere = false } = {}) =>
      options.peers.includes(name)
        ? once(`${name} ${everywhere}`, () =>
            startPeer(name, shared, { everybody: everybody.slice(0, clients), everywhere }),
          )
        : undefined,
    async stop() {
      for (const server of await Promise.allSettled(started.values())) {
        if (server.status === 'fulfilled') await server.value?.stop();
      }
    },
  };
}

/** Gives each person their page of tasks, over the API. */
export async function fill(server: Server, everybody: readonly Person[]): Promise<void> {
  const requests = everybody.flatMap(({ token, tasks }) =>
    tasks.map((body) => requestBytes('POST', tasksPath, { token, body })),
  );
  const connections = await openConnections(server.port, clients);
  await drive(connections, 201, () => requests.pop());
  for (const connection of connections) connection.close();
}
