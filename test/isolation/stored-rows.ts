import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { RunningServer } from '../support/server.ts';
import type { Store } from '../support/store.ts';

/** Every row of an owner in the tasks store, read behind the server's back, as one text. */
export interface StoredRows {
  of(userId: string): Promise<string>;
  close(): Promise<void>;
}

export async function storedRows(store: Store, server: RunningServer): Promise<StoredRows> {
  return store === 'sqlite'
    ? fromFile(join(server.dataDir, 'tasks.db'))
    : fromPostgres(adminUrlOf(store.databaseUrl));
}

/** The same database for the server's superuser, whom no row security binds. */
export function adminUrlOf(databaseUrl: string): string {
  const url = new URL(inject('postgresAdminUrl'));
  url.pathname = new URL(databaseUrl).pathname;
  return url.href;
}

function fromFile(file: string): StoredRows {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database
    .prepare(
      "select m.name from sqlite_schema m, pragma_table_info(m.name) c where c.name = 'user_id' and m.type = 'table' order by 1",
    )
    .all();
  const selects = tables.map(({ name }) =>
    database.prepare(
      `select '${name}' as "table", * from "${name}" where user_id = ? order by 1, 2, 3`,
    ),
  );
  return {
    of: async (userId) => JSON.stringify(selects.map((select) => select.all(userId))),
    close: async () => database.close(),
  };
}

async function fromPostgres(url: string): Promise<StoredRows> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    "select table_name as name from information_schema.columns where table_schema = 'tasks' and column_name = 'user_id' order by 1",
  );
  return {
    async of(userId) {
      const found = [];
      for (const { name } of tables) {
        const text = `select '${name}' as "table", t.* from tasks."${name}" t where user_id = $1 order by t`;
        found.push((await client.query(text, [userId])).rows);
      }
      return JSON.stringify(found);
    },
    close: () => client.end(),
  };
}
