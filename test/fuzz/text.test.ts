import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { descriptionMaxLength, titleMaxLength, visiblePattern } from '../../src/contract/task.ts';
import { type RequestOptions, request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';
import { text } from './arbitraries.ts';
import { fuzzTimeoutMs, runs } from './runs.ts';

let server: RunningServer;
let user: User;

beforeAll(async () => {
  const env = { ACCESS_TOKEN_LIFETIME: '3600' };
  server = await startServer({ store: await freshStore(), env });
  user = await newUser(server.origin);
});
afterAll(() => server.stop());

const tasks = (path = '', options: RequestOptions = {}) =>
  request(server.origin, `/api/users/me/tasks${path}`, { token: user.token, ...options });

const storable = (maxLength: number) =>
  text({ maxLength }).map((value) => value.replaceAll('\u0000', ''));
const titles = storable(titleMaxLength).filter((title) =>
  new RegExp(visiblePattern, 'u').test(title),
);

test(
  'text of every plane of Unicode comes back exactly as it was sent',
  async () => {
    const property = fc.asyncProperty(
      titles,
      storable(descriptionMaxLength),
      async (title, description) => {
        const { status, json } = await tasks('', { body: { title, description } });
        expect([status, json.title, json.description]).toEqual([201, title, description]);
        const read = await tasks(`/${json.id}`);
        expect([read.json.title, read.json.description]).toEqual([title, description]);
      },
    );
    await fc.assert(property, runs(150));
  },
  fuzzTimeoutMs,
);

test(
  'text that replaces other text comes back exactly, and in the list too',
  async () => {
    const { id } = (await tasks('', { body: { title: 'to be changed' } })).json;
    const property = fc.asyncProperty(titles, storable(500), async (title, description) => {
      const changed = await tasks(`/${id}`, { method: 'PATCH', body: { title, description } });
      expect(changed.json).toMatchObject({ title, description });
      const { data } = (await tasks('?sort=oldest&limit=1')).json;
      expect((await tasks(`/${id}`)).json).toEqual(changed.json);
      expect(data).toHaveLength(1);
    });
    await fc.assert(property, runs(50));
  },
  fuzzTimeoutMs,
);
