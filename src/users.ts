import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { UserId } from './api/principal.ts';
import { tasksOf } from './api/tasks/store.ts';
import { createRevocations } from './api/tokens/revocations.ts';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import { isStoreUnavailable } from './db/store-unavailable.ts';
import { forgetCounts } from './guard/rate-counts.ts';
import { publisher, staleAfterMs } from './guard/revocation-feed.ts';
import type { Account } from './issuer/accounts.ts';
import { openIssuer } from './open-issuer.ts';
import { openGuard, openTasks } from './stores.ts';

const usage = `Usage:
  npm run users -- list
  npm run users -- ban EMAIL
  npm run users -- unban EMAIL
  npm run users -- delete EMAIL --yes`;

/** What the operator asks for: about everybody, or about the person with an address. */
export type UsersRequest =
  | { action: 'list' }
  | { action: 'ban'; email: string }
  | { action: 'unban'; email: string }
  | { action: 'delete'; email: string; isConfirmed: boolean };

/**
 * Reads the arguments of `npm run users`.
 * @throws {StartError} with the usage, for any others.
 */
export function parseUsersRequest(args: string[]): UsersRequest {
  const { positionals, isConfirmed } = parse(args);
  const [action, email, ...more] = positionals;
  if (more.length === 0 && (action === 'delete' || !isConfirmed)) {
    if (action === 'list' && email === undefined) return { action };
    if ((action === 'ban' || action === 'unban') && email) return { action, email };
    if (action === 'delete' && email) return { action, email, isConfirmed };
  }
  throw new StartError(usage);
}

function parse(args: string[]): { positionals: string[]; isConfirmed: boolean } {
  try {
    const options = { yes: { type: 'boolean' } } as const;
    const { positionals, values } = parseArgs({ args, allowPositionals: true, options });
    return { positionals, isConfirmed: values.yes === true };
  } catch (cause) {
    throw new StartError(usage, { cause });
  }
}

/**
 * Insists that this process has the accounts, and that there are some, so that a wrong folder is
 * not made into an empty store.
 * @throws {StartError} with the remedy.
 */
export function requireAccounts({ role, databaseUrl, dataDir }: Config): void {
  if (role === 'api') {
    throw new StartError(
      'ROLE=api has no accounts. Run this with the settings of the issuer, which signs people in.',
    );
  }
  if (databaseUrl === undefined && !existsSync(join(dataDir, 'accounts.db'))) {
    throw new StartError(
      `There are no accounts in the data folder ${dataDir}. Set DATA_DIR to that of the server, or start it once.`,
    );
  }
}

/**
 * Carries out what the operator asks for, on the stores of servers that may be running, and says
 * what was done. Whatever stops it in between, the same request again finishes it.
 * @throws {StartError} for an address that nobody has, for a deletion without `--yes`, and while a
 *   store does not answer.
 */
export async function manageUsers(
  config: Config,
  request: UsersRequest,
  say: (line: string) => void,
): Promise<void> {
  try {
    const stores = await openStores(config, say);
    await carryOut(stores, request, say).finally(stores.close);
  } catch (cause) {
    if (!isStoreUnavailable(cause)) throw cause;
    throw new StartError(
      `A store does not answer (${(cause as Error).message}). Run this again to finish it.`,
      { cause },
    );
  }
}

async function carryOut(stores: Stores, request: UsersRequest, say: Say): Promise<void> {
  if (request.action === 'list') return list(stores, say);
  const account = await stores.accounts.find(request.email);
  if (account === undefined) {
    throw new StartError(`There is no account with the address ${request.email}.`);
  }
  if (request.action === 'ban') return ban(stores, account, say);
  if (request.action === 'unban') return unban(stores, account, say);
  return erase(stores, account, request.isConfirmed, say);
}

type Stores = Awaited<ReturnType<typeof openStores>>;
type Say = (line: string) => void;

async function openStores(config: Config, say: Say) {
  const opened: { close: () => Promise<void> }[] = [];
  const close = async () => {
    for (const store of opened.toReversed()) await store.close();
  };
  // Whatever is being done then fails with the reason.
  const onError = () => undefined;
  try {
    // Whatever side the settings are of, the operator is at both.
    const guard = await openGuard({ ...config, role: 'all' }, onError);
    opened.push(guard);
    const { lifetimeSeconds } = config.accessToken;
    const issuer = await openIssuer(config, {
      onSessionEnd: publisher(guard.database, createRevocations(), lifetimeSeconds),
      onError,
      // Its warnings are about how it was set up, which is the server's to log.
      log: (level, message) => {
        if (level === 'error') say(message);
      },
    });
    opened.push(issuer);
    const tasks = await openTasks(config, onError);
    opened.push(tasks);
    return { guard, accounts: issuer.issuer.accounts, tasks, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Addresses alone: a name is whatever somebody typed, and this is a terminal. */
async function list({ accounts }: Stores, say: Say): Promise<void> {
  const all = await accounts.list();
  for (const { email, signedUpAt, isBanned } of all) {
    const day = signedUpAt.toISOString().slice(0, 10);
    say(`${email}  signed up ${day}${isBanned ? '  banned' : ''}`);
  }
  say(all.length === 1 ? '1 account' : `${all.length} accounts`);
}

async function ban({ accounts }: Stores, { id, email }: Account, say: Say): Promise<void> {
  const ended = await accounts.ban(id);
  say(`${email} is banned. Sessions that were ended: ${ended}.`);
  say('Running servers refuse their access tokens within two seconds.');
}

async function unban({ accounts }: Stores, { id, email }: Account, say: Say): Promise<void> {
  await accounts.unban(id);
  say(`${email} is not banned, and may sign in.`);
}

async function erase(
  stores: Stores,
  account: Account,
  isConfirmed: boolean,
  say: Say,
): Promise<void> {
  const { id, email } = account;
  // The operator's word stands for a token: the owner is the account that they name.
  const tasks = tasksOf(stores.tasks.database, id as UserId);
  const all = `the account ${email}, its sessions and its tasks (${await tasks.count()})`;
  if (!isConfirmed) {
    throw new StartError(
      `This would erase ${all}, for good. To do that: npm run users -- delete ${email} --yes`,
    );
  }
  say(`Erasing ${all}.`);
  await ban(stores, account, say);
  // A token that still passed somewhere could put a task behind what is erased.
  say(`Waiting ${staleAfterMs / 1000} seconds, until no server can take one any more.`);
  await delay(staleAfterMs);
  await tasks.eraseAll();
  await forgetCounts(stores.guard.database, id);
  // At the end: as long as the account is there, this can be run again.
  await stores.accounts.remove(id);
  say(`Erased everything of ${email}.`);
}
