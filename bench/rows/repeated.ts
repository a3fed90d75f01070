import { alternate, compare, compareProcessorTime, type Side, type Turn } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import type { Figure, Target } from '../figure.ts';
import { median } from '../figures.ts';
import { driveFor } from '../load.ts';
import type { PeerName } from '../servers/peer-names.ts';
import type { Server } from '../servers/process.ts';

const microsecondsInASecond = 1_000_000;

/**
 * Where the processor is all that is waited for. What disturbs a machine comes and goes within a
 * second; where the disk is waited for, a server has something left to do behind its turn.
 */
const turnsPerRound = 4;

/**
 * How much longer a turn is where the disk is waited for. That holds up each server some times a
 * second, and a checkpoint of ours some ten thousand changes: every turn has its share of both.
 */
const longerForDisk = 2;

/** A comparison in which every client sends its own request again and again. */
export interface Repeated {
  what: string;
  /** One for each person. */
  requests: readonly Buffer[];
  expected: number;
  /** The bare server, and what it is called. */
  bare: { server: Server; name: string; target: Target };
  /**
   * Whether the processor is all that a request waits for, and each server has one core. Otherwise
   * it waits for the disk, and a server may do something else meanwhile, on all cores.
   */
  isBoundByProcessor: boolean;
  /** The peers, each with its target where it has one. */
  peers: Partial<Record<PeerName, Target | undefined>>;
}

/** Runs it against the bare server, which is stopped afterwards, and those peers that can be had. */
export async function runRepeated(bench: Bench, comparison: Repeated): Promise<Figure[]> {
  const { what, requests, expected, bare, isBoundByProcessor, peers } = comparison;
  const cores = { everywhere: !isBoundByProcessor };
  const sideOf = (server: Server): Side => ({
    server,
    load: (connections, seconds) =>
      driveFor(seconds, connections, expected, (n) => requestOf(requests, n)),
  });
  const names = Object.keys(peers) as PeerName[]; // Those of a record that was typed by them.
  const sides: Record<string, Side> = {
    ours: sideOf(await bench.ownlist(cores)),
    bare: sideOf(bare.server),
  };
  for (const name of names) {
    const server = await bench.peer(name, cores);
    if (server) sides[name] = sideOf(server);
  }
  const {
    ours = [],
    bare: limit = [],
    ...others
  } = await (isBoundByProcessor
    ? alternate(sides, bench.options, { turnsPerRound })
    : alternate(sides, { ...bench.options, seconds: bench.options.seconds * longerForDisk }));
  await bare.server.stop();
  const comparedWith = (against: string, theirs: readonly Turn[], target?: Target): Figure => ({
    ...compare(what, against, [ours, theirs], target),
    ...(isBoundByProcessor && processorTime(ours, theirs)),
  });
  return [
    comparedWith(bare.name, limit, bare.target),
    ...names.flatMap((name) => {
      const theirs = others[name];
      return theirs === undefined ? [] : [comparedWith(peerTitles[name], theirs, peers[name])];
    }),
  ];
}

/** What tells whether it was the servers that were compared, and not the load or other programs. */
function processorTime(ours: readonly Turn[], theirs: readonly Turn[]): Partial<Figure> {
  const cpu = compareProcessorTime(ours, theirs);
  const busy = theirs.flatMap((turn) => (turn.cpu === undefined ? [] : [turn.cpu * turn.rate]));
  return {
    ...(cpu !== undefined && { cpu }),
    ...(busy.length > 0 && { otherBusy: median(busy) / microsecondsInASecond }),
  };
}

const peerTitles: Record<PeerName, string> = {
  express: 'Express',
  fastify: 'Fastify with its JWT plugin',
  fastapi: 'the FastAPI reference',
};

function requestOf(requests: readonly Buffer[], connection: number): Buffer {
  const request = requests[connection % requests.length];
  if (request === undefined) throw new Error('There is no request to send.');
  return request;
}
