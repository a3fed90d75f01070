import { globSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';

/** A row of any table of any store, as text. */
export interface Row {
  table: string;
  text: string;
}

/** Every row of every table in the SQLite files of a folder. */
export function everyRowOfFiles(folder: string): Row[] {
  return globSync('*.db', { cwd: folder }).flatMap((name) => {
    const database = new DatabaseSync(path.join(folder, name), { readOnly: true });
    const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
    const rows = tables.flatMap(({ name: table }) => {
      const select = database.prepare(`select * from "${table}"`);
      // FTS5 numbers the rows of its own tables beyond what is a safe integer.
      select.setReadBigInts(true);
      return select.all().map((row) => ({ table: `${name} ${table}`, text: textOf(row) }));
    });
    database.close();
    return rows;
  });
}

/** Bytes as the text that they hold, so that what is searched for is found in them too. */
function textOf(row: Record<string, unknown>): string {
  const values = Object.entries(row).map(([column, value]) => [
    column,
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value),
  ]);
  return JSON.stringify(values);
}

/** The same of a database, read as the superuser of `adminUrl`, whom no row security binds. */
export async function everyRowOfPostgres(adminUrl: string, databaseUrl: string): Promise<Row[]> {
  const url = new URL(adminUrl);
  url.pathname = new URL(databaseUrl).pathname;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const rows: Row[] = [];
    for (const { name: table } of tables) {
      const found = await client.query<{ text: string }>(
        `select row_to_json(t)::text as text from ${table} t`,
      );
      rows.push(...found.rows.map(({ text }) => ({ table, text })));
    }
    return rows;
  } finally {
    await client.end();
  }
}
