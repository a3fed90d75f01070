import { inject } from 'vitest';
import { createDatabase } from './postgres.ts';
import './postgres-setup.ts';

/** Where a server keeps what it stores: files in its data folder, or a database. */
export type Store = 'sqlite' | { databaseUrl: string };

/** An empty store of the kind that this run of the tests is about; see vitest.config.ts. */
export async function freshStore(): Promise<Store> {
  const kind = process.env['TEST_STORE'];
  if (kind === 'sqlite') return 'sqlite';
  if (kind === 'postgres') return { databaseUrl: await createDatabase(inject('postgresAdminUrl')) };
  throw new Error(
    'TEST_STORE is neither sqlite nor postgres: run this test by its Vitest project.',
  );
}
