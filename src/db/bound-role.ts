import type pg from 'pg';
import { withMigrationLock } from './postgres.ts';
import { tablesWithoutOwner } from './row-security.ts';

/** Reads and writes rows of the tasks store, and can do nothing else. */
const boundRole = 'ownlist_tasks';

/**
 * The role to work as, so that row security binds: superusers and roles with BYPASSRLS go past
 * it, forced or not. Where the pool's own role is one, another is made, unless it is there, and
 * granted the rows of `schema`; otherwise `undefined`: the own role will do.
 * https://www.postgresql.org/docs/current/ddl-rowsecurity.html
 */
export async function roleBoundByRowSecurity(
  pool: pg.Pool,
  schema: string,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ super: boolean; bypass: boolean }>(
    'select rolsuper as super, rolbypassrls as bypass from pg_roles where rolname = current_user',
  );
  const own = rows[0];
  if (!own?.super && !own?.bypass) return undefined;
  await withMigrationLock(pool, async (client) => {
    await client.query(makeRole);
    if (!own.super) await client.query(joinRole);
    await client.query(`
      grant usage on schema ${schema} to ${boundRole};
      grant select, insert, update, delete on all tables in schema ${schema} to ${boundRole};
      revoke all on ${tablesWithoutOwner.join(', ')} from ${boundRole}`);
  });
  return boundRole;
}

/** Roles belong to the server: another database's Ownlist may make the same one at this moment. */
const makeRole = `
  do $$ begin
    if not exists (select from pg_roles where rolname = '${boundRole}') then
      create role ${boundRole} nologin;
    end if;
  exception when duplicate_object or unique_violation then null;
  end $$`;

/** Where this may not be granted it may have been by somebody else; connecting will tell. */
const joinRole = `
  do $$ begin
    grant ${boundRole} to current_user;
  exception when insufficient_privilege then null;
  end $$`;
