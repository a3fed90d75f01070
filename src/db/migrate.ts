import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

/**
 * Brings a store to the newest of `migrations`, in the order of their names, each once. Processes
 * that start together on PostgreSQL wait for each other (Kysely holds a lock).
 * @throws the error of the migration that failed; those before it stay applied.
 */
export async function migrate<DB>(
  db: Kysely<DB>,
  migrations: Record<string, Migration>,
  /** On PostgreSQL: each store keeps its own record, beside its tables. */
  schema?: string,
): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
