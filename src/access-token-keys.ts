import { readFileSync } from 'node:fs';
import type { FastifyBaseLogger } from 'fastify';
import { fetchKeySet } from './api/tokens/key-fetch.ts';
import { type KeySet, KeySetError, parseKeySet } from './api/tokens/key-set.ts';
import { type KeySource, sharedSecrets } from './api/tokens/key-source.ts';
import { pinnedKeys, publishedKeys } from './api/tokens/public-keys.ts';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import type { Secrets } from './contract/access-token.ts';

/**
 * What the API verifies access tokens with: the public keys that the configuration names, or the
 * secrets it shares with the issuer.
 * @throws {StartError} for a file that holds no set of public keys.
 */
export async function accessTokenKeys(
  { accessToken: { keySet }, secrets }: Config,
  log: FastifyBaseLogger,
): Promise<KeySource> {
  if (keySet === undefined) return sharedSecrets(requiredSecrets(secrets));
  if ('file' in keySet) return pinnedKeys(await keysInFile(keySet.file));
  return publishedKeys({
    ask: async (stop) => parseKeySet(await fetchKeySet(keySet.url, stop)),
    log: (level, details, message) => log[level](details, message),
  });
}

/** Without public keys the configuration insists on secrets, or they are generated. */
export function requiredSecrets(secrets: Secrets | undefined): Secrets {
  if (secrets === undefined) throw new Error('There are neither secrets nor public keys.');
  return secrets;
}

async function keysInFile(file: string): Promise<KeySet['keys']> {
  const refuse = (problem: string) =>
    new StartError(
      `The key set in ${file} ${problem}. Save there what the issuer publishes, of a stock Better Auth at /api/auth/jwks, or set ACCESS_TOKEN_JWKS to the right file.`,
    );
  try {
    const { keys, problem } = await parseKeySet(readFileSync(file, 'utf8'));
    if (problem !== undefined) throw refuse(problem);
    return keys;
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (error instanceof KeySetError) throw refuse(error.message);
    throw refuse(`cannot be read (${(error as Error).message})`);
  }
}
