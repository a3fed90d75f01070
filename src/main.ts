import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import type { FastifyInstance } from 'fastify';
import { type Config, ConfigError, parseConfig } from './config/config.ts';
import { makeDataDir } from './config/data-dir.ts';
import { keptSecrets, rotateSecrets } from './config/kept-secrets.ts';
import { StartError } from './config/start-error.ts';
import { beginIssuer } from './issuer-thread.ts';
import { shareDataFolder } from './operations/data-folder.ts';
import { requireNoUnfinishedMove } from './operations/unfinished-move.ts';
import { takeShortTurns } from './short-turns.ts';

/** Requests in flight get this long after the signal to stop. */
const stopTimeoutMs = 10_000;

/** The folder of the package, in which this program is in `src` or, built, in `dist`. */
const root = path.dirname(import.meta.dirname);

const [command, ...args] = process.argv.slice(2);

try {
  if (command === 'rotate-secret') rotateSecret(args);
  else if (command === 'users') await users(args);
  else if (command === 'prepare-database') await prepareDatabase(args);
  else if (command === 'backup') await backup(args);
  else if (command === 'restore') await restore(args);
  else if (command === 'migrate') await migrate(args);
  else await start(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
  console.error(error.message);
  process.exit(1);
}

async function start(args: string[]): Promise<void> {
  keepGarbageYoung();
  takeShortTurns();
  const config = withKeptSecrets(parseConfig(process.env, readEnvFile('.env'), args));
  const { host, port, databaseUrl } = config;
  if (databaseUrl !== undefined) await requireNoUnfinishedMove(databaseUrl);
  // On a single core threads would only take turns with this one.
  const usesThreads = availableParallelism() > 1;
  const issuerThread = usesThreads && config.role === 'all' ? beginIssuer(config) : undefined;
  const { buildServer } = await import('./server.ts');
  const app = await buildServer({
    ...config,
    version: packageVersion(),
    pageFolder: path.join(root, 'web', 'dist'),
    changesInThread: usesThreads,
    issuerThread,
  });
  for (const warning of config.warnings) app.log.warn(warning);
  stopOnSignals(app);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    throw new StartError(listenProblem(cause as NodeJS.ErrnoException, host, port), { cause });
  }
  app.log.info({ origin: config.origin, role: config.role }, 'listening');
  // For the person at the terminal; programs read the log, which is on standard output.
  console.error(`Ownlist is running at ${config.origin} (stop it with Ctrl-C)`);
}

/**
 * In some processes and not in others V8 concludes from the first requests that what they allocate
 * lives long, and puts it where only a large collection frees it: a fifth of all garbage then stays,
 * pauses take 15 ms instead of 0.5, and half as many requests are served (docs/decisions/0023).
 */
function keepGarbageYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

/** `npm run users`: what the operator does with the accounts of people. */
async function users(args: string[]): Promise<void> {
  const { manageUsers, parseUsersRequest, requireAccounts } = await import('./users.ts');
  const request = parseUsersRequest(args);
  const config = parseConfig(process.env, readEnvFile('.env'), []);
  requireAccounts(config);
  if (config.databaseUrl !== undefined) await requireNoUnfinishedMove(config.databaseUrl);
  await manageUsers(withKeptSecrets(config), request, (line) => console.log(line));
}

/** `npm run backup`: a copy of the stores, while servers write. */
async function backup(args: string[]): Promise<void> {
  const { backUp, parseBackupRequest } = await import('./operations/backup.ts');
  const { folder } = parseBackupRequest(args);
  const config = parseConfig(process.env, readEnvFile('.env'), []);
  await backUp(config, { folder, version: packageVersion() }, (line) => console.log(line));
}

/** `npm run restore`: the stores of a backup in the place of those that are there. */
async function restore(args: string[]): Promise<void> {
  const { restore, parseRestoreRequest } = await import('./operations/restore.ts');
  const request = parseRestoreRequest(args);
  const config = parseConfig(process.env, readEnvFile('.env'), []);
  await restore(config, request, (line) => console.log(line));
}

/** `npm run migrate`: from SQLite files to PostgreSQL. */
async function migrate(args: string[]): Promise<void> {
  const [{ parseMoveRequest, moveToPostgres }, { showProgress }] = await Promise.all([
    import('./operations/move.ts'),
    import('./operations/progress.ts'),
  ]);
  parseMoveRequest(args);
  const config = parseConfig(process.env, readEnvFile('.env'), []);
  await moveToPostgres(config, showProgress(process.stdout), (line) => console.log(line));
}

/** The secrets of the data folder, where the settings have none and one is needed. */
function withKeptSecrets(config: Config): Config {
  const { dataDir, databaseUrl, accessToken } = config;
  const keepsSecret = config.secrets === undefined && accessToken.keySet === undefined;
  if (keepsSecret || databaseUrl === undefined) makeDataDir(dataDir);
  if (databaseUrl === undefined) shareDataFolder(dataDir);
  return keepsSecret ? { ...config, secrets: keptSecrets(dataDir) } : config;
}

/** `npm run database:prepare`: PostgreSQL for servers whose logins may change nothing of it. */
async function prepareDatabase(args: string[]): Promise<void> {
  const prepare = await import('./prepare-database.ts');
  const config = parseConfig(process.env, readEnvFile('.env'), args);
  await prepare.prepareDatabase(config, (line) => console.log(line));
}

/** `npm run secret:rotate`: a new secret in the data folder, for the next start. */
function rotateSecret(args: string[]): void {
  const dropRetired = args.includes('--drop-retired');
  const { secrets, dataDir } = parseConfig(process.env, readEnvFile('.env'), []);
  if (secrets !== undefined) {
    throw new StartError(
      'The secret comes from the settings, not from the data folder: put a new one first in BETTER_AUTH_SECRETS, such as 2:<new>,1:<old>. See docs/rotation.md.',
    );
  }
  const [current, ...retired] = rotateSecrets(dataDir, { dropRetired });
  console.error(
    `The secret is now version ${current.version}, ${
      retired.length > 0
        ? `and version ${retired[0]?.version} is retired: what it signed goes on being accepted.`
        : 'and no other is accepted: everybody has to sign in again.'
    } Restart the server to use it.`,
  );
}

function readEnvFile(file: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new StartError(`The file ${file} cannot be read (${(error as Error).message}).`);
  }
}

function packageVersion(): string {
  const file = path.join(root, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function listenProblem(
  { code, message }: NodeJS.ErrnoException,
  host: string,
  port: number,
): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} is taken by another program. Stop it, or set PORT to a free one.`;
  }
  if (code === 'EACCES') {
    return `Port ${port} may not be used by this user. Set PORT to one above 1023.`;
  }
  return `Cannot listen on ${host}:${port} (${message}). Check HOST and PORT.`;
}

/** Stops once, whatever number of signals come: requests in flight finish, then the stores close. */
function stopOnSignals(app: FastifyInstance): void {
  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    app.log.info({ signal }, 'stopping');
    setTimeout(() => {
      app.log.error('stopped with requests still in flight');
      process.exit(1);
    }, stopTimeoutMs).unref();
    await app.close();
    app.log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', stop);
}
