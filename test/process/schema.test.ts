import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { type ServerOptions, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

/** What a newer version would leave behind, and what is said of it. */
const newer = [
  ['accounts', 'alter table "user" add column nickname text', 'user.nickname'],
  ['guard', `insert into kysely_migration values ('0999-later', '')`, '0999-later'],
  ['tasks', `insert into kysely_migration values ('0999-later', '')`, '0999-later'],
] as const;
const starters = 3;

let folder: string;
let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ownlist-schema-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['SQLite', 'PostgreSQL'] as const)('on %s', (kind) => {
  let options: ServerOptions;
  let change: (store: string, statement: string) => Promise<void>;
  beforeEach(async () => {
    const databaseUrl = kind === 'PostgreSQL' ? await postgres.createDatabase() : undefined;
    options = {
      dataDir: folder,
      ...(databaseUrl !== undefined && { store: { databaseUrl } }),
      env: { BETTER_AUTH_SECRET: 'an8Geiphoos5aeXaingaeD2eequohwa1Ieth9' },
    };
    change = (store, statement) =>
      databaseUrl === undefined
        ? changeFile(path.join(folder, `${store}.db`), statement)
        : changeSchema(databaseUrl, store, statement);
  });

  test.each(newer)(
    'a start on a newer schema of the %s store is refused, and says so',
    async (store, statement, found) => {
      await (await startServer(options)).stop();
      await change(store, statement);
      await expect(startServer(options)).rejects.toThrow(
        `cannot be used: it has ${found}, made by a newer version of Ownlist`,
      );
    },
  );

  test(`${starters} servers that start at the same moment on empty stores all become ready`, async () => {
    const servers = await Promise.all(Array.from({ length: starters }, () => startServer(options)));
    for (const { origin } of servers) await newUser(origin);
    await Promise.all(servers.map((server) => server.stop()));
  });
});

async function changeFile(file: string, statement: string): Promise<void> {
  const database = new DatabaseSync(file);
  database.exec(statement);
  database.close();
}

async function changeSchema(url: string, schema: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, options: `-c search_path=${schema}` });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
