import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';
import { exchange, type Sent } from './exchange.ts';
import { expectGoodManners } from './expectations.ts';
import { faults } from './faults.ts';
import { fuzzTimeoutMs, runs } from './runs.ts';

let server: RunningServer;
let user: User;

beforeAll(async () => {
  server = await startServer({ store: await freshStore() });
  user = await newUser(server.origin);
});
afterAll(() => server.stop());

const posts = fc.constantFrom(
  ...['/sign-up/email', '/sign-in/email', '/sign-out', '/update-user', '/change-password'],
  ...['/revoke-session', '/request-password-reset', '/reset-password', '/change-email'],
  ...['/send-verification-email', '/delete-user', '/sign-in/social', '/update-session'],
);
const gets = fc.constantFrom(
  ...['/token', '/get-session', '/list-sessions', '/verify-email', '/error', '/ok'],
  ...['/reset-password/%00', '/callback/%00', '/delete-user/callback', '/account-info'],
);
const values = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      '\u0000',
      'a\u0000b',
      '\ud800',
      'a@example.com',
      '',
      ' ',
      'a long password',
      '//evil.example',
    ],
    ...[
      '\u202e',
      '🙂'.repeat(99),
      'x'.repeat(5_000),
      null,
      true,
      -1,
      1e300,
      [],
      ['a'],
      { a: '\u0000' },
    ],
  ),
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
);
const member = () => fc.option(values, { nil: undefined });
const members = fc.record({
  ...{ email: member(), password: member(), name: member(), image: member(), token: member() },
  ...{ newPassword: member(), currentPassword: member(), callbackURL: member() },
  ...{ rememberMe: member(), id: member(), emailVerified: member(), provider: member() },
});
const cookies = fc.constantFrom(
  ...['', 'ownlist.session_token=%00', 'ownlist.session_token=a.b', 'a='.repeat(500), '=;=;'],
);

const sends: fc.Arbitrary<Sent> = fc
  .record({
    target: fc.oneof(
      fc.record({ method: fc.constant('POST'), path: posts }),
      fc.record({ method: fc.constant('GET'), path: gets }),
    ),
    query: fc.constantFrom('', '?token=%00', '?callbackURL=%ff', '?token=a&token=b', '?error=%3C'),
    body: members,
    cookie: fc.option(cookies, { nil: undefined }),
  })
  .map(({ target: { method, path }, query, body, cookie }) => ({
    method,
    path: `/api/auth${path}${query}`,
    headers: [
      ['Origin', server.origin],
      ['Content-Type', 'application/json'],
      ['Cookie', cookie ?? user.cookie],
    ] as Sent['headers'],
    ...(method === 'POST' && { body: Buffer.from(JSON.stringify(body)) }),
  }));

test(
  'whatever is sent to the sign-in service, it does not fail',
  async () => {
    const property = fc.asyncProperty(sends, async (sent) => {
      expectGoodManners(await exchange(server.port, sent));
    });
    await fc.assert(property, runs(300));
    expect(faults(server.output())).toEqual([]);
  },
  fuzzTimeoutMs,
);

test.each([
  ['/sign-up/email', { email: 'nul@example.com', password: 'a long password', name: 'a\u0000b' }],
  ['/sign-up/email', { email: 'half@example.com', password: 'a long password', name: '\ud800' }],
  ['/update-user', { name: '\u0000' }],
  ['/revoke-session', { token: '\u0000' }],
])('text that a store cannot hold is refused: %s %j', async (path, body) => {
  const headers = { origin: server.origin, cookie: user.cookie };
  const { status, json } = await request(server.origin, `/api/auth${path}`, { body, headers });
  expect([status, json.code]).toEqual([400, 'TEXT_INVALID']);
});

test.each(
  ['name', 'image'].flatMap((member) =>
    [{}, { '': '' }, [], ['a'], 1, true].map((value) => [member, value] as const),
  ),
)('what is no text is refused as the %s of a person: %j', async (member, value) => {
  const headers = { origin: server.origin, cookie: user.cookie };
  const body = { [member]: value };
  const { status, json } = await request(server.origin, '/api/auth/update-user', { body, headers });
  expect([status, json.code]).toEqual([400, 'TYPE_INVALID']);
});
