import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../src/contract/routes.ts';
import { request } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';
import { documentedOperations, type Operation } from './document.ts';
import { exchange, type Received } from './exchange.ts';
import { expectDocumented, expectGoodManners } from './expectations.ts';
import { faults } from './faults.ts';
import { allowed, misfittingBody, odd, type World } from './requests.ts';
import { fuzzTimeoutMs, runs } from './runs.ts';

let server: RunningServer;
let operations: Operation[];
let world: World;

beforeAll(async () => {
  // The search may take longer than a token lives by default.
  const env = { ACCESS_TOKEN_LIFETIME: '3600' };
  server = await startServer({ store: await freshStore(), env });
  operations = await documentedOperations(server.origin);
  const [user, other] = [await newUser(server.origin), await newUser(server.origin)];
  const taskIds = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const body = { title: `task ${n}` };
      const { json } = await request(server.origin, '/api/users/me/tasks', { ...user, body });
      return json.id as string;
    }),
  );
  world = { userId: user.userId, otherUserId: other.userId, token: user.token, taskIds };
});
afterAll(() => server.stop());

/** Problems that say that the request should have looked otherwise. */
const blame = [
  ...['request_malformed', 'parameters_invalid', 'body_invalid', 'media_type_unsupported'],
  ...['body_too_large', 'token_missing', 'token_invalid', 'not_your_resource'],
];

const codeOf = ({ status, text }: Received): string | undefined =>
  status < 400 ? undefined : JSON.parse(text).code;

/** An odd segment can make it the address of something else, or of nothing. */
function isAddressOf({ path: template }: Operation, path: string): boolean {
  const pattern = template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(path.split('?')[0] ?? '');
}

function operation(id: string): Operation {
  const found = operations.find((one) => one.id === id);
  if (found === undefined) throw new Error(`${id} is not documented`);
  return found;
}

test('the document has every operation of the route table', () => {
  expect(operations.map(({ id }) => id).toSorted()).toEqual(Object.keys(routes).toSorted());
});

describe.each(Object.keys(routes))('%s', { timeout: fuzzTimeoutMs }, (id) => {
  test('takes what the document allows, and answers as it says', async () => {
    const property = fc.asyncProperty(allowed(operation(id), world), async (sent) => {
      const received = await exchange(server.port, sent);
      expectDocumented(operation(id), received);
      expect(blame, received.text).not.toContain(codeOf(received));
    });
    await fc.assert(property, runs(150));
  });

  test('answers anything else as the document says', async () => {
    const property = fc.asyncProperty(odd(operation(id), world), async (sent) => {
      const received = await exchange(server.port, sent);
      if (isAddressOf(operation(id), sent.path)) expectDocumented(operation(id), received);
      else expectGoodManners(received);
    });
    await fc.assert(property, runs(300));
  });
});

describe.each(['createTask', 'updateTask'])('%s', { timeout: fuzzTimeoutMs }, (id) => {
  test('refuses every body that its schema refuses', async () => {
    const { body, ...rest } = operation(id);
    if (body === undefined) throw new Error(`${id} has no body`);
    const sends = misfittingBody({ ...rest, body }, world);
    const property = fc.asyncProperty(sends, async (sent) => {
      const received = await exchange(server.port, sent);
      expectDocumented(operation(id), received);
      expect(codeOf(received), received.text).toBe('body_invalid');
    });
    await fc.assert(property, runs(150));
  });
});

test('the server has not failed once, and is still there', async () => {
  expect((await request(server.origin, '/livez')).status).toBe(200);
  expect(faults(server.output())).toEqual([]);
});
