import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanUpAtExit } from './clean-up.ts';
import { freePort } from './free-port.ts';
import type { Store } from './store.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const readyDeadlineSeconds = 30;
const npmReadyDeadlineSeconds = 300;

export interface ServerOptions {
  /** Where it stores: `sqlite`, in the data folder, unless given. */
  store?: Store;
  /** On top of the defaults; `undefined` leaves a variable out. */
  env?: Record<string, string | undefined>;
  port?: number;
  /** A temporary one, removed when this process ends, unless given. */
  dataDir?: string;
  /** Where the server looks for `.env`: by default a folder that has none. */
  cwd?: string;
  /** Start it as a person does, by `npm start`. */
  viaNpm?: boolean;
  /** What is waited for: that it can serve, unless given, or only that it lives. */
  until?: 'ready' | 'live';
  /** Further arguments of the server. */
  args?: readonly string[];
  /** A program that runs the server, with its arguments, such as one that shows it another disk. */
  within?: readonly string[];
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningServer {
  origin: string;
  port: number;
  dataDir: string;
  /** BETTER_AUTH_SECRET; empty where it was left out. */
  secret: string;
  /** Of the server, or of npm where that starts it. */
  pid: number;
  /** Everything written to standard output and standard error so far. */
  output(): string;
  /** Asks it to end, by SIGTERM, and waits. Where it has ended already, tells how. */
  stop(): Promise<Exit>;
  /** Ends it on the spot, by SIGKILL, and waits. */
  kill(): Promise<void>;
  exited: Promise<Exit>;
}

/**
 * Starts the real server as a process of its own and waits until it is ready. It sees no
 * environment but PATH, HOME and what is set here, and does not outlive this process.
 *
 * @throws Error with everything it wrote, when it ends or is not ready in time.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const port = options.port ?? (await freePort());
  const origin = `http://localhost:${port}`;
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const env = serverEnv(options, port, dataDir);
  const child = spawnServer(options, env);
  const { pid } = child;
  if (pid === undefined) throw new Error('The server could not be started at all.');
  const group = options.viaNpm ? -pid : pid;
  const keepProcess = cleanUpAtExit({ pid: group, signal: 'SIGKILL' });
  const output = collectOutput(child);
  let gone = false;
  const exited = new Promise<Exit>((resolve) => {
    child.on('close', (code, signal) => {
      gone = true;
      keepProcess();
      resolve({ code, signal });
    });
  });

  const kill = async () => {
    if (!gone) signalTo(group, 'SIGKILL');
    await exited;
  };
  const stop = async () => {
    if (!gone) signalTo(pid, 'SIGTERM');
    return exited;
  };
  const deadlineSeconds = options.viaNpm ? npmReadyDeadlineSeconds : readyDeadlineSeconds;
  const health = `${origin}/${options.until === 'live' ? 'livez' : 'readyz'}`;
  if (!(await answersInTime(health, exited, deadlineSeconds))) {
    await kill();
    throw new Error(`The server did not become ready. It wrote:\n${output()}`);
  }
  const secret = env['BETTER_AUTH_SECRET'] ?? '';
  return { origin, port, dataDir, secret, pid, output, stop, kill, exited };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ownlist-data-'));
  cleanUpAtExit({ folder });
  return folder;
}

function serverEnv(
  { store = 'sqlite', env, viaNpm }: ServerOptions,
  port: number,
  dataDir: string,
): NodeJS.ProcessEnv {
  return {
    PATH: viaNpm ? machinePath() : process.env['PATH'],
    HOME: process.env['HOME'],
    PORT: String(port),
    DATA_DIR: dataDir,
    BETTER_AUTH_URL: `http://localhost:${port}`,
    BETTER_AUTH_SECRET: randomBytes(32).toString('base64url'),
    // Every test would otherwise be the same hasty client.
    RATE_LIMIT: 'off',
    // As `npm start` has it.
    NODE_COMPILE_CACHE: path.join(root, '.cache', 'compile'),
    ...(store === 'sqlite' ? {} : { DATABASE_URL: store.databaseUrl }),
    ...env,
  };
}

/** What a person's shell finds: not the Node that these tests run on, which npm installed. */
function machinePath(): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.filter((folder) => !folder.includes('node_modules')).join(path.delimiter);
}

function spawnServer(
  { viaNpm, cwd, args = [], within = [] }: ServerOptions,
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const [file = '', ...fileArgs] = viaNpm
    ? ['npm', 'start', '--', ...args]
    : [...within, process.execPath, path.join(root, 'dist', 'main.js'), ...args];
  // npm and what it starts form a group of their own, so that they can be ended together.
  return spawn(file, fileArgs, {
    cwd: viaNpm ? root : (cwd ?? tmpdir()),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: viaNpm ?? false,
  });
}

function collectOutput(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return () => output;
}

async function answersInTime(
  url: string,
  exited: Promise<Exit>,
  seconds: number,
): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  let running = true;
  void exited.then(() => {
    running = false;
  });
  while (running && Date.now() < deadline) {
    if (await answersWell(url)) return true;
    await delay(25);
  }
  return false;
}

async function answersWell(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    // Nobody listens yet, or the server is going down: `exited` tells the two apart.
    return false;
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself, which `exited` reports.
  }
}
