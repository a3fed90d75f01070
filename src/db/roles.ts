import type pg from 'pg';
import { type Schema, withMigrationLock } from './postgres.ts';
import { tablesWithoutOwner } from './row-security.ts';

/** Whom a pool works as: the issuer, the API, or what both need to know at the gate. */
export type Role = 'ownlist_issuer' | 'ownlist_api' | 'ownlist_guard';

type Right = 'select' | 'insert' | 'update' | 'delete';

const rows: Right[] = ['select', 'insert', 'update', 'delete'];
const feed: Right[] = ['select', 'insert', 'delete'];
/** To see which migrations were made. */
const record = { kysely_migration: ['select'] } satisfies Record<string, Right[]>;

/** All that each role may do, in each schema by tables; `*` is every table but Kysely's record. */
const rights: Record<Schema, Partial<Record<Role, Record<string, Right[]>>>> = {
  accounts: { ownlist_issuer: { '*': rows } },
  tasks: { ownlist_api: { '*': rows, ...record } },
  guard: {
    ownlist_issuer: { revocations: feed, ...record },
    ownlist_api: { revocations: ['select'], rate_counts: rows, ...record },
    ownlist_guard: { revocations: feed, rate_counts: rows, ...record },
  },
};

/** What this connection's role may do with a schema: one that is not there yet it may try to make. */
export async function accessTo(pool: pg.Pool, schema: Schema): Promise<'own' | 'use' | 'none'> {
  const { rows: found } = await pool.query<{ owns: boolean; uses: boolean }>(
    `select pg_has_role(nspowner, 'usage') as owns, has_schema_privilege(oid, 'usage') as uses
     from pg_namespace where nspname = $1`,
    [schema],
  );
  const { owns, uses } = found[0] ?? { owns: true, uses: true };
  return owns ? 'own' : uses ? 'use' : 'none';
}

/**
 * Lets `role` do in `schema` what it needs and nothing else, for the owner of the schema to say.
 * Returns whether there is such a role that this connection can take: it is made where it may be.
 */
export async function grantRole(pool: pg.Pool, schema: Schema, role: Role): Promise<boolean> {
  return withMigrationLock(pool, async (client) => {
    for (const name of Object.keys(rights[schema]) as Role[]) {
      await client.query(makeRole(name));
      await grantRights(client, schema, name);
    }
    const { rows: found } = await client.query<{ member: boolean }>(
      `select pg_has_role(oid, ${taking}) as member from pg_roles where rolname = $1`,
      [role],
    );
    return found[0]?.member ?? false;
  });
}

/** Whoever makes a role is a member of it, and since PostgreSQL 16 may still not take it. */
const taking =
  "case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end";

/**
 * Makes a role and takes part in it, unless it is there: roles belong to the server, and another
 * database's Ownlist may make the same one at this moment. Where that may not be done it may have
 * been by somebody else.
 */
const makeRole = (role: Role): string => `
  do $$ begin
    if not exists (select from pg_roles where rolname = '${role}') then
      create role ${role} nologin;
    end if;
    if not pg_has_role('${role}', ${taking}) then
      grant ${role} to current_user;
    end if;
  exception when insufficient_privilege or duplicate_object or unique_violation then null;
  end $$`;

/** Grants what is not granted yet: a start changes nothing beside servers that run. */
async function grantRights(client: pg.PoolClient, schema: Schema, role: Role): Promise<void> {
  const byTable = rights[schema][role] ?? {};
  const { rows: missing } = await client.query<{ table: string; right: Right }>(missingRights, [
    role,
    schema,
    tablesWithoutOwner,
    JSON.stringify(
      Object.entries(byTable).flatMap(([table, granted]) =>
        granted.map((right) => ({ table, right })),
      ),
    ),
  ]);
  if (missing.length === 0) return;
  await client.query(
    [
      `grant usage on schema ${schema} to ${role}`,
      ...missing.map(({ table, right }) => `grant ${right} on ${schema}."${table}" to ${role}`),
    ].join('; '),
  );
}

const missingRights = `
  select c.relname as table, wanted."right"
  from jsonb_to_recordset($4::jsonb) as wanted("table" text, "right" text)
  join pg_class c on c.relnamespace = to_regnamespace($2) and c.relkind in ('r', 'p')
    and (c.relname = wanted."table" or wanted."table" = '*' and c.relname <> all ($3))
  join pg_roles r on r.rolname = $1
  where not has_table_privilege(r.oid, c.oid, wanted."right")
    or not has_schema_privilege(r.oid, c.relnamespace, 'usage')`;
