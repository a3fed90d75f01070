import type { Options } from './arguments.ts';
import { type Connection, openConnections } from './connection.ts';
import { cpuMicroseconds, cpuSince } from './cpu-time.ts';
import type { Figure, Target } from './figure.ts';
import { median, ratioOf } from './figures.ts';
import type { Outcome } from './load.ts';
import { busiest, profile } from './profile.ts';
import type { Server } from './servers/process.ts';

/** How many clients there are at a time. */
export const clients = 64;

/**
 * Turns of each server that are not counted, before those that are: V8 goes on to compile what runs
 * often for some seconds, and a server runs for months.
 */
const warmUpTurns = 5;

/** A server and the load it is put under in each of its turns. */
export interface Side {
  server: Server;
  load: (connections: readonly Connection[], seconds: number) => Promise<Outcome>;
}

/** One turn of one server. */
export interface Turn {
  /** Requests a second. */
  rate: number;
  /** The server's processor time for a request; undefined where the system does not tell. */
  cpu: number | undefined;
}

/**
 * Puts the sides under their loads in turns, so that whatever else the machine does meets them
 * all, after some turns of each that are not counted. Each round begins with the next side.
 */
export async function alternate<Name extends string>(
  sides: Readonly<Record<Name, Side>>,
  { rounds, seconds, profile: profiled }: Pick<Options, 'rounds' | 'seconds' | 'profile'>,
): Promise<Record<Name, Turn[]>> {
  const names = Object.keys(sides) as Name[]; // Those of a record that was typed by them.
  const turns = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Turn[]
  >;
  for (const name of names) {
    for (let n = 0; n < warmUpTurns; n++) await turn(sides[name], seconds);
  }
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < names.length; n++) {
      const name = names[(n + round) % names.length] as Name; // The index is within.
      turns[name].push(await turn(sides[name], seconds));
    }
  }
  if (profiled) await showProfiles(Object.values<Side>(sides), seconds);
  return turns;
}

async function showProfiles(sides: readonly Side[], seconds: number): Promise<void> {
  for (const side of sides) {
    if (side.server.inspectPort === undefined) continue;
    console.log(busiest(await profile(side.server, () => turn(side, seconds))));
  }
}

async function turn({ server, load }: Side, seconds: number): Promise<Turn> {
  const connections = await openConnections(server.port, clients);
  const before = cpuMicroseconds(server.pid);
  const outcome = await load(connections, seconds);
  const used =
    'cpuMicroseconds' in outcome ? outcome.cpuMicroseconds : cpuSince(before, server.pid);
  for (const connection of connections) connection.close();
  return {
    rate: outcome.requests / outcome.seconds,
    cpu: used === undefined ? undefined : used / outcome.requests,
  };
}

/** How many times as many requests the one serves as the other. */
export function compare(
  what: string,
  against: string,
  [ours, theirs]: readonly [readonly Turn[], readonly Turn[]],
  target?: Target,
): Figure {
  const ratio = ratioOf(
    ours.map(({ rate }) => rate),
    theirs.map(({ rate }) => rate),
  );
  return {
    what,
    against,
    value: ratio.median,
    unit: '×',
    least: ratio.least,
    most: ratio.most,
    ...(target && { target }),
  };
}

/** The same of the processor time that a request costs, which other programs disturb less. */
export function compareProcessorTime(
  ours: readonly Turn[],
  theirs: readonly Turn[],
): number | undefined {
  const of = (turns: readonly Turn[]) =>
    turns.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
  const [own, other] = [of(ours), of(theirs)];
  return own.length === 0 || other.length === 0 ? undefined : median(other) / median(own);
}
