import { requiredSecrets } from './access-token-keys.ts';
import type { Config } from './config/config.ts';
import { createIssuer, type Issuer, type IssuerOptions } from './issuer/issuer.ts';
import { openAccounts } from './stores.ts';

type Told = Pick<IssuerOptions, 'onSessionEnd' | 'log'> & { onError: (error: Error) => void };

/** The issuer as the configuration wants it, on its store; for a server, or for the operator. */
export async function openIssuer(
  config: Config,
  { onSessionEnd, onError, log }: Told,
): Promise<{ issuer: Issuer; isReady: () => Promise<boolean>; close: () => Promise<void> }> {
  const { database, isReady, close } = await openAccounts(config, onError);
  try {
    const issuer = await createIssuer({
      database,
      issuer: config.origin,
      otherOrigins: config.otherOrigins,
      audience: config.accessToken.audience,
      secrets: requiredSecrets(config.secrets),
      lifetimeSeconds: config.accessToken.lifetimeSeconds,
      rateLimit: config.rateLimit,
      onSessionEnd,
      log,
    });
    return { issuer, isReady, close };
  } catch (error) {
    await close();
    throw error;
  }
}
