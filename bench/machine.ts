import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median, sum } from './figures.ts';
import { freshFolder, root } from './folder.ts';
import type { PeerName } from './servers/peer-names.ts';
import { peerVersions } from './servers/peers.ts';

const fsyncs = 200;
const walFrameBytes = 4120;
const lookMs = 1_000;

/** What the figures were measured on, as lines: nothing that names the machine. */
export function describeMachine(peers: readonly PeerName[]): string[] {
  const cores = cpus();
  const kernel = release().split('-', 1)[0];
  return [
    `${cores.length} cores (${cores[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    `${type()} ${kernel}; ${Math.round(median(fsyncTimes()))} µs for an fsync of what a commit writes`,
    `Node ${process.versions.node} with SQLite ${process.versions['sqlite']}; ${versions(['fastify', 'better-auth', 'jose'])}`,
    ...(peers.length > 0 ? [`peers: ${peerVersions(peers)}`] : []),
  ];
}

/** The share of its processors that other programs use, while this one waits for a second. */
export async function shareOfOthers(): Promise<number> {
  const before = processorTimes();
  await delay(lookMs);
  const after = processorTimes();
  return (after.busy - before.busy) / (after.all - before.all);
}

/** What of the processors is at work and what a host that is shared has given to others, in ticks. */
interface Ticks {
  used: number;
  stolen: number;
}

/** Undefined where the system does not tell: proc_stat(5). */
export function processorTicks(): Ticks | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = line
      .split(/ +/)
      .slice(1)
      .map(Number);
    return { used: user + nice + system + irq + softirq, stolen };
  } catch {
    return undefined;
  }
}

/** The share of what was asked of the processors since `before` that others of the host had instead. */
export function shareStolenSince(before: Ticks | undefined): number {
  const now = processorTicks();
  if (before === undefined || now === undefined) return 0;
  const stolen = now.stolen - before.stolen;
  return stolen / Math.max(1, stolen + now.used - before.used);
}

function processorTimes(): { busy: number; all: number } {
  const times = cpus().map(({ times }) => times);
  const all = sum(times.flatMap((time) => Object.values(time)));
  return { all, busy: all - sum(times.map(({ idle }) => idle)) };
}

/** How long the disk takes, in microseconds. */
function fsyncTimes(): number[] {
  const file = openSync(path.join(freshFolder(), 'fsync'), 'w');
  const frame = Buffer.alloc(walFrameBytes);
  const times = Array.from({ length: fsyncs }, () => {
    writeSync(file, frame);
    const started = performance.now();
    fsyncSync(file);
    return 1000 * (performance.now() - started);
  });
  closeSync(file);
  return times;
}

function versions(names: readonly string[]): string {
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return names.map((name) => `${name} ${dependencies[name]}`).join(', ');
}
