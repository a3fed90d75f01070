import { StartError } from '../config/start-error.ts';
import { postgresPool } from '../db/postgres.ts';

/** A schema that is in a database as long as a move into it is not complete. */
export const unfinishedMove = 'unfinished_move';

/**
 * Insists that a database has all that was being moved into it. One that does not answer is left to
 * be found out by whoever opens it.
 * @throws {StartError} in the middle of a move.
 */
export async function requireNoUnfinishedMove(url: string): Promise<void> {
  const pool = postgresPool({ url, schema: 'guard', onError: () => undefined });
  const isFound = await pool
    .query('select from pg_namespace where nspname = $1', [unfinishedMove])
    .then(({ rowCount }) => rowCount !== 0)
    .catch(() => false)
    .finally(() => pool.end());
  if (!isFound) return;
  throw new StartError(
    'The database is in the middle of a move and does not have everything yet. Finish it: npm run migrate -- --from sqlite --to postgres',
  );
}
