import type { DatabaseSync } from 'node:sqlite';
import { tasksMigrations } from '../api/tasks/schema.ts';
import { NewerSchemaError } from '../db/migrate.ts';
import { guardMigrations } from '../guard/schema.ts';
import type { StoreName } from './data-folder.ts';

/**
 * Refuses a store that a newer version has brought further than this one knows.
 * @throws {NewerSchemaError}
 */
export async function refuseNewer(
  name: StoreName,
  migrations: readonly string[],
  database: DatabaseSync,
): Promise<void> {
  if (name === 'accounts.db') {
    // Loaded here alone: what does not look into accounts holds no Better Auth.
    const { refuseNewerAccounts } = await import('../issuer/migrate-accounts.ts');
    return refuseNewerAccounts(database);
  }
  const known = name === 'tasks.db' ? tasksMigrations('sqlite') : guardMigrations('sqlite');
  const unknown = migrations.filter((migration) => !Object.hasOwn(known, migration));
  if (unknown.length > 0) throw new NewerSchemaError(unknown);
}
