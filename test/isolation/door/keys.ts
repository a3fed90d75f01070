import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';

/** What keeps rows apart or finds them: a table's key, an index, or a reference to another table. */
export interface Key {
  name: string;
  columns: string[];
}

/** Every key of the tasks store in a SQLite file, and its tables with an owner. */
export function keysOfFile(dataDir: string): { keys: Key[]; owned: string[] } {
  const database = new DatabaseSync(join(dataDir, 'tasks.db'), { readOnly: true });
  const all = (sql: string) => database.prepare(sql).all() as { name: string; part: string }[];
  const keys = [
    ...all(`
      select t.name || ' primary key' as name, c.name as part
      from pragma_table_list t, pragma_table_info(t.name) c
      where t.type = 'table' and t.schema = 'main' and c.pk > 0 order by t.name, c.pk`),
    ...all(`
      select i.name, coalesce(c.name, 'an expression') as part
      from pragma_table_list t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
      where t.type = 'table' and t.schema = 'main' order by i.name, c.seqno`),
    ...all(`
      select t.name || ' references ' || f."table" as name, f."from" as part
      from pragma_table_list t, pragma_foreign_key_list(t.name) f
      where t.type = 'table' and t.schema = 'main' order by t.name, f.seq`),
  ];
  const owned = all(`
    select t.name, '' as part from pragma_table_list t, pragma_table_info(t.name) c
    where t.type = 'table' and t.schema = 'main' and c.name = 'user_id'`);
  database.close();
  return { keys: grouped(keys), owned: owned.map(({ name }) => name) };
}

/** The same of the schema in PostgreSQL, and its sequences. */
export async function keysOfPostgres(url: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  const all = async (sql: string) => (await client.query<{ name: string; part: string }>(sql)).rows;
  const keys = [
    ...(await all(`
      select i.indexrelid::regclass::text as name, coalesce(a.attname, 'an expression') as part
      from pg_index i
      join pg_class t on t.oid = i.indrelid and t.relnamespace = 'tasks'::regnamespace
      cross join lateral unnest(i.indkey) with ordinality as k(number, place)
      left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
      order by 1, k.place`)),
    ...(await all(`
      select c.conname || ' references ' || c.confrelid::regclass as name, a.attname as part
      from pg_constraint c
      cross join lateral unnest(c.conkey) with ordinality as k(number, place)
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number
      where c.connamespace = 'tasks'::regnamespace and c.contype in ('f', 'x')
      order by 1, k.place`)),
  ];
  const owned = await all(`
    select table_name as name, '' as part from information_schema.columns
    where table_schema = 'tasks' and column_name = 'user_id'`);
  const sequences = await all(`
    select relname as name, '' as part from pg_class
    where relkind = 'S' and relnamespace = 'tasks'::regnamespace`);
  await client.end();
  const names = (rows: { name: string }[]) => rows.map(({ name }) => name);
  return { keys: grouped(keys), owned: names(owned), sequences: names(sequences) };
}

function grouped(parts: { name: string; part: string }[]): Key[] {
  const keys = new Map<string, string[]>();
  for (const { name, part } of parts) keys.set(name, [...(keys.get(name) ?? []), part]);
  return [...keys].map(([name, columns]) => ({ name, columns }));
}
