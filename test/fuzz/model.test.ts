import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';
import { fuzzTimeoutMs, runs } from './runs.ts';
import { type Send, taskCommands } from './task-commands.ts';
import { TaskModel } from './task-model.ts';

let server: RunningServer;

beforeAll(async () => {
  const env = { ACCESS_TOKEN_LIFETIME: '3600' };
  server = await startServer({ store: await freshStore(), env });
});
afterAll(() => server.stop());

/** Whatever somebody does, in whatever order: each answer, and the list after it. */
test(
  'a list is what the changes before it have made it',
  async () => {
    const property = fc.asyncProperty(
      fc.commands(taskCommands, { maxCommands: 60, size: 'max' }),
      async (commands) => {
        const { token } = await newUser(server.origin);
        const send: Send = (path, options = {}) =>
          request(server.origin, `/api/users/me/tasks${path}`, { token, ...options });
        const model = new TaskModel();
        await fc.asyncModelRun(() => ({ model, real: send }), commands);
        const { data } = (await send('?limit=200')).json;
        expect(data).toEqual(model.list('all', 'newest'));
      },
    );
    await fc.assert(property, runs(25));
  },
  fuzzTimeoutMs,
);
