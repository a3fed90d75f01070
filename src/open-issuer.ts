import { requiredSecrets } from './access-token-keys.ts';
import type { Config } from './config/config.ts';
import type { ObserveStatement } from './db/time-statements.ts';
import {
  createIssuer,
  type Issuer,
  type IssuerOptions,
  migrateForIssuer,
} from './issuer/issuer.ts';
import { bringUpToDate, openAccounts } from './stores.ts';

/** Whom the issuer tells what. */
export type Told = Pick<IssuerOptions, 'onSessionEnd' | 'log'> & {
  onError: (error: Error) => void;
  observe?: ObserveStatement | undefined;
};

interface OpenIssuer {
  issuer: Issuer;
  isReady: () => Promise<boolean>;
  close: () => Promise<void>;
  warnings: string[];
}

/** The issuer as the configuration wants it, on its store; for a server, or for the operator. */
export async function openIssuer(
  config: Config,
  { onSessionEnd, onError, log, observe }: Told,
): Promise<OpenIssuer> {
  const options = {
    issuer: config.origin,
    otherOrigins: config.otherOrigins,
    audience: config.accessToken.audience,
    secrets: requiredSecrets(config.secrets),
    lifetimeSeconds: config.accessToken.lifetimeSeconds,
    rateLimit: config.rateLimit,
    onSessionEnd,
    log,
  };
  const accounts = await openAccounts(config, onError, observe, (database) =>
    migrateForIssuer({ ...options, database }),
  );
  const { database, isUpToDate, isReady, close, warnings } = accounts;
  try {
    const issuer = await bringUpToDate(config, { schema: 'accounts' }, () =>
      createIssuer({ ...options, database, isUpToDate }),
    );
    return { issuer, isReady, close, warnings };
  } catch (error) {
    await close();
    throw error;
  }
}
