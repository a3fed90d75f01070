import type { Options } from './arguments.ts';
import { type Connection, openConnections } from './connection.ts';
import { cpuMicroseconds, cpuSince } from './cpu-time.ts';
import type { Figure, Target } from './figure.ts';
import { median, ratioOf, sum } from './figures.ts';
import type { Outcome } from './load.ts';
import { busiest, profile } from './profile.ts';
import type { Server } from './servers/process.ts';

/** How many clients there are at a time. */
export const clients = 64;

/**
 * Rounds that are not counted, before those that are: V8 goes on to compile what runs often for some
 * seconds, and a server runs for months.
 */
const warmUpRounds = 5;

/** A server and the load it is put under in each of its turns. */
export interface Side {
  server: Server;
  load: (connections: readonly Connection[], seconds: number) => Promise<Outcome>;
}

/** What one server did in one round. */
export interface Turn {
  /** Requests a second. */
  rate: number;
  /** The server's processor time for a request; undefined where the system does not tell. */
  cpu: number | undefined;
}

/**
 * Puts the sides under their loads in turns, so that whatever else the machine does meets them
 * all, after some rounds that are not counted. Each side has `seconds` of every round, in as many
 * pieces as `turnsPerRound` says: the shorter they are, the more alike is what they meet. Each time
 * another side begins.
 */
export async function alternate<Name extends string>(
  sides: Readonly<Record<Name, Side>>,
  { rounds, seconds, profile: profiled }: Pick<Options, 'rounds' | 'seconds' | 'profile'>,
  { turnsPerRound = 1 } = {},
): Promise<Record<Name, Turn[]>> {
  const names = Object.keys(sides) as Name[]; // Those of a record that was typed by them.
  const turns = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Turn[]
  >;
  let first = 0;
  for (let round = -warmUpRounds; round < rounds; round++) {
    const done = new Map<Name, Outcome[]>();
    for (let piece = 0; piece < turnsPerRound; piece++, first++) {
      for (let n = 0; n < names.length; n++) {
        const name = names[(n + first) % names.length] as Name; // The index is within.
        const outcome = await turn(sides[name], seconds / turnsPerRound);
        done.set(name, [...(done.get(name) ?? []), outcome]);
      }
    }
    if (round < 0) continue;
    for (const [name, outcomes] of done) turns[name].push(together(outcomes));
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

async function turn({ server, load }: Side, seconds: number): Promise<Outcome> {
  const connections = await openConnections(server.port, clients);
  const before = cpuMicroseconds(server.pid);
  const outcome = await load(connections, seconds);
  const used = cpuSince(before, server.pid);
  for (const connection of connections) connection.close();
  return { cpuMicroseconds: used, ...outcome };
}

function together(outcomes: readonly Outcome[]): Turn {
  const requests = sum(outcomes.map((outcome) => outcome.requests));
  const used = outcomes.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? []);
  return {
    rate: requests / sum(outcomes.map((outcome) => outcome.seconds)),
    cpu: used.length < outcomes.length ? undefined : sum(used) / requests,
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
