import { type Kysely, PostgresAdapter, sql } from 'kysely';
import { sendAhead } from './pipelined-postgres.ts';

/** Names the owner that a transaction works for. Unset or empty, as it is after one, is nobody. */
const ownerSetting = 'ownlist.owner';

/** Tables of the tasks store that hold nothing of an owner: Kysely's record of migrations. */
export const tablesWithoutOwner = ['kysely_migration', 'kysely_migration_lock'];

/**
 * Makes a table show and take only rows whose `user_id` is the owner set for the transaction,
 * also to the role that owns the table (`force`). For a migration, after `create table`; SQLite
 * has no row security, and nothing happens there.
 * https://www.postgresql.org/docs/current/ddl-rowsecurity.html
 */
export async function protectByOwner<DB>(db: Kysely<DB>, table: string): Promise<void> {
  if (!hasRowSecurity(db)) return;
  const own = sql`user_id = nullif(current_setting(${sql.lit(ownerSetting)}, true), '')`;
  await sql`alter table ${sql.table(table)} enable row level security`.execute(db);
  await sql`alter table ${sql.table(table)} force row level security`.execute(db);
  await sql`
    create policy own_rows on ${sql.table(table)} using (${own}) with check (${own})`.execute(db);
}

/** Lets a migration, which runs as the owner of the tables, reach every row of a table. */
export async function withEveryRow<DB>(
  db: Kysely<DB>,
  table: string,
  work: () => Promise<void>,
): Promise<void> {
  if (!hasRowSecurity(db)) return work();
  await sql`alter table ${sql.table(table)} no force row level security`.execute(db);
  await work();
  await sql`alter table ${sql.table(table)} force row level security`.execute(db);
}

/**
 * Sets the owner of a transaction, until it ends. Nobody waits for the answer: where the owner could
 * not be set the transaction is aborted, and no statement of it succeeds.
 */
export async function setOwner<DB>(transaction: Kysely<DB>, owner: string): Promise<void> {
  const statement = sql`select set_config(${ownerSetting}, ${owner}, true)`;
  await sendAhead(transaction, statement.compile(transaction));
}

/** Whether the database has row security: PostgreSQL does. */
export function hasRowSecurity<DB>(db: Kysely<DB>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** The tables of the schema on which row security does not bind this connection's role. */
export async function tablesWithoutRowSecurity<DB>(db: Kysely<DB>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
      and not (relkind in ('r', 'p') and row_security_active(oid))
      and relname <> all (${tablesWithoutOwner})
    order by relname`.execute(db);
  return rows.map(({ name }) => name);
}
