import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanUpAtExit } from '../../test/support/clean-up.ts';
import { freePort } from '../../test/support/free-port.ts';
import { onServerCore } from '../cores.ts';

const readyDeadlineMs = 60_000;
const pollMs = 5;
const wordsOfFailureMax = 2_000;

/** A server under test. */
export interface Server {
  name: string;
  origin: string;
  port: number;
  pid: number;
  /** Where its inspector listens, if it was started to be inspected. */
  inspectPort?: number;
  /** Asks it to end, by SIGTERM, and waits. */
  stop(): Promise<void>;
}

export interface ProcessOptions {
  name: string;
  command: readonly string[];
  env: Record<string, string>;
  /** Where it runs, and where what it writes goes. */
  folder: string;
  port?: number;
  /** An address that answers, with whatever status, once it serves. */
  readyPath?: string;
  /** Use all cores, for what is about more than one thread of it. */
  everywhere?: boolean;
}

/**
 * Starts a program that listens on PORT and waits until it answers. It writes to a file, as under
 * a supervisor, and does not outlive this process.
 * @throws {Error} with what it wrote, when it ends or does not answer.
 */
export async function startProcess(options: ProcessOptions): Promise<Server> {
  const { name, folder, readyPath = '/', everywhere = false } = options;
  const port = options.port ?? (await freePort());
  const origin = `http://localhost:${port}`;
  const log = path.join(folder, `${name}.log`);
  const [file = '', ...args] = onServerCore(options.command, { everywhere });
  const output = openSync(log, 'w');
  const child = spawn(file, args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: String(port),
      ...options.env,
    },
    stdio: ['ignore', output, output],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started: is ${file} installed?`);
  const keep = cleanUpAtExit({ pid, signal: 'SIGKILL' });
  const ended = once(child, 'exit').then(keep);
  if (!(await answersInTime(`${origin}${readyPath}`, child))) {
    child.kill('SIGKILL');
    const words = readFileSync(log, 'utf8').slice(-wordsOfFailureMax);
    throw new Error(`${name} did not begin to serve. It wrote:\n${words}`);
  }
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { name, origin, port, pid, stop };
}

async function answersInTime(url: string, child: ChildProcess): Promise<boolean> {
  const deadline = performance.now() + readyDeadlineMs;
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    try {
      await (await fetch(url)).arrayBuffer();
      return true;
    } catch {
      await delay(pollMs); // Nobody listens yet.
    }
  }
  return false;
}
