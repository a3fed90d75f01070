import { randomBytes } from 'node:crypto';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import { openIssuer } from './open-issuer.ts';
import { openGuard, openTasks } from './stores.ts';

/**
 * Makes every schema in PostgreSQL what this version needs, with the roles and what they may do,
 * for servers whose own logins may not. Again is as well as once.
 * @throws {StartError} with the remedy, also where the role of DATABASE_URL could make no role.
 */
export async function prepareDatabase(given: Config, say: (line: string) => void): Promise<void> {
  if (given.databaseUrl === undefined) {
    throw new StartError(
      'DATABASE_URL is missing: this prepares PostgreSQL. SQLite files need nothing prepared.',
    );
  }
  // Nothing is signed here: the secret of the servers may stay where they are.
  const secrets = [{ version: '1', value: randomBytes(32).toString('base64url') }] as const;
  const config: Config = { ...given, role: 'all', secrets };
  const warnings = await makeTables(config, say);
  if (warnings.length > 0) throw new StartError(warnings.join('\n'));
  say('The schemas accounts, tasks and guard are those of this version.');
  say(
    'A login is given its side by: grant ownlist_issuer to LOGIN, or grant ownlist_api to LOGIN.',
  );
}

/**
 * Makes the tables of every store as a start does, and returns what a start would warn of.
 * `say` is given what Better Auth reports as an error.
 */
export async function makeTables(
  config: Config,
  say: (line: string) => void = () => undefined,
): Promise<string[]> {
  const onError = () => undefined;
  const guard = await openGuard(config, onError);
  await guard.close();
  const issuer = await openIssuer(config, {
    onSessionEnd: async () => undefined,
    onError,
    log: (level, message) => {
      if (level === 'error') say(message);
    },
  });
  await issuer.close();
  const tasks = await openTasks(config, onError);
  await tasks.close();
  return [...guard.warnings, ...issuer.warnings, ...tasks.warnings];
}
