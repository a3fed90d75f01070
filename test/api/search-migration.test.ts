import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { request } from '../support/client.ts';
import { startServer } from '../support/server.ts';
import { freshStore, type Store } from '../support/store.ts';
import { newUser } from '../support/users.ts';

test('the tasks of a server that had no search are found once it has', async () => {
  const store = await freshStore();
  const before = await startServer({ store });
  const owner = await newUser(before.origin);
  // More than search looks at one by one: the first of them is found by its index alone.
  for (const title of ['a rare word', ...Array.from({ length: 320 }, () => 'another')]) {
    const { status } = await request(before.origin, '/api/users/me/tasks', {
      token: owner.token,
      body: { title },
    });
    expect(status).toBe(201);
  }
  await before.stop();
  await withoutSearch(store, before.dataDir);
  const { port, dataDir, secret } = before;
  const after = await startServer({ store, port, dataDir, env: { BETTER_AUTH_SECRET: secret } });
  const found = await request(after.origin, '/api/users/me/tasks?q=rar', { token: owner.token });
  expect(found.json.data).toEqual([expect.objectContaining({ title: 'a rare word' })]);
  await after.stop();
});

/** Makes a store what it was before there was an index. */
async function withoutSearch(store: Store, dataDir: string): Promise<void> {
  const forget = "delete from kysely_migration where name like '%search%'";
  if (store === 'sqlite') {
    const database = new DatabaseSync(path.join(dataDir, 'tasks.db'));
    const columns =
      'user_id, id, title, description, completed_at, created_at, updated_at, version';
    database.exec(`
      drop table task_words;
      create table tasks_before (
        user_id text not null references owners (user_id) on delete cascade, id text not null,
        title text not null, description text not null, completed_at integer,
        created_at integer not null, updated_at integer not null, version integer not null,
        primary key (user_id, id)
      ) strict, without rowid;
      insert into tasks_before select ${columns} from tasks;
      drop table tasks;
      alter table tasks_before rename to tasks;
      ${forget};
      delete from kysely_migration where name like '%apart'`);
    database.close();
    return;
  }
  const client = new Client({ connectionString: store.databaseUrl });
  await client.connect();
  await client.query(`set search_path = tasks; drop table task_words; ${forget}`);
  await client.end();
}
