import { beforeEach, expect, test } from 'vitest';
import { ApiProblem, NetworkFailure, SessionEnded } from '../api/failures.ts';
import { parseProblem } from '../api/parse-problem.ts';
import type { Outgoing } from '../api/send.ts';
import { createAccountClient } from './account-client.ts';

const user = { id: 'anna', name: 'Anna', email: 'anna@example.org' };

function session(id: string, more: object = {}) {
  return {
    id,
    userId: user.id,
    userAgent: 'Mozilla/5.0 Firefox/150.0',
    ipAddress: '127.0.0.1',
    createdAt: '2026-11-01T08:00:00.000Z',
    updatedAt: '2026-11-02T08:00:00.000Z',
    expiresAt: '2026-12-02T08:00:00.000Z',
    ...more,
  };
}

const refusal = (status: number, code: string) =>
  new ApiProblem(parseProblem({ code }, status, 'r1'));

/** What the issuer answers by path; an error is thrown as `send` would. */
let answers: Partial<Record<string, unknown>>;
let sent: Outgoing[];

beforeEach(() => {
  sent = [];
  answers = {
    'get-session': { session: session('here'), user },
    'list-sessions': [session('there'), session('here')],
    'end-session': { success: true },
    'revoke-other-sessions': { status: true },
    'sign-in/email': { redirect: false, user },
    'change-password': { user },
  };
});

function accountOfAnna(exclusively = <T>(work: () => Promise<T>) => work()) {
  return createAccountClient({
    user,
    exclusively,
    async send(outgoing) {
      sent.push(outgoing);
      const answer = answers[outgoing.path.replace('/api/auth/', '')];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
}

const posted = () =>
  sent.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body]);

test('the device that asks comes first, then the others, the one last in use leading', async () => {
  answers['list-sessions'] = [
    session('long ago', { updatedAt: '2026-09-01T00:00:00.000Z' }),
    session('lately', { updatedAt: '2026-11-20T00:00:00.000Z' }),
    session('here'),
  ];
  const list = await accountOfAnna().listDevices();
  expect(list).toMatchObject({
    devices: [
      { id: 'here', current: true },
      { id: 'lately', current: false },
      { id: 'long ago', current: false },
    ],
  });
});

test('a device has what the issuer knows of it, and nothing more', async () => {
  answers['list-sessions'] = [
    session('there', { token: 'a secret' }),
    session('bare', { userAgent: null, ipAddress: undefined, updatedAt: '2026-11-01T08:00:00Z' }),
  ];
  expect(await accountOfAnna().listDevices()).toEqual({
    status: 'listed',
    devices: [
      {
        id: 'there',
        current: false,
        userAgent: 'Mozilla/5.0 Firefox/150.0',
        address: '127.0.0.1',
        signedInAt: new Date('2026-11-01T08:00:00.000Z'),
        seenAt: new Date('2026-11-02T08:00:00.000Z'),
      },
      {
        id: 'bare',
        current: false,
        userAgent: '',
        address: '',
        signedInAt: new Date('2026-11-01T08:00:00.000Z'),
        seenAt: new Date('2026-11-01T08:00:00.000Z'),
      },
    ],
  });
});

test('a sign-in that is more than a day old lists no devices until the password is given', async () => {
  answers['list-sessions'] = refusal(403, 'SESSION_NOT_FRESH');
  expect(await accountOfAnna().listDevices()).toEqual({ status: 'password-needed' });
});

test.each([
  ['no list', {}],
  ['an entry that is no session', ['here']],
  ['a session without an id', [session('', { id: 7 })]],
  ['a session that began at no time', [session('there', { createdAt: 'yesterday' })]],
  ['a session that was used at no time', [session('there', { updatedAt: undefined })]],
])('%s did not come from Ownlist', async (_, answer) => {
  answers['list-sessions'] = answer;
  await expect(accountOfAnna().listDevices()).rejects.toMatchObject({ kind: 'unreadable' });
});

test('nothing of somebody else is listed, though they sign in between the two questions', async () => {
  answers['list-sessions'] = [session('theirs', { userId: 'bert' })];
  await expect(accountOfAnna().listDevices()).rejects.toMatchObject({ reason: 'other-user' });
});

const calls = {
  'listing devices': (account: ReturnType<typeof accountOfAnna>) => account.listDevices(),
  'ending a device': (account) => account.endDevice('there'),
  'ending the other devices': (account) => account.endOtherDevices(),
  'confirming the password': (account) => account.confirmPassword('a long password'),
  'changing the password': (account) =>
    account.changePassword({ currentPassword: 'a long password', newPassword: 'another one' }),
} satisfies Record<string, (account: ReturnType<typeof accountOfAnna>) => Promise<unknown>>;

for (const [name, call] of Object.entries(calls)) {
  test(`${name} is not done with the session of somebody else`, async () => {
    answers['get-session'] = { session: session('theirs', { userId: 'bert' }) };
    await expect(call(accountOfAnna())).rejects.toThrow(new SessionEnded('other-user'));
    expect(sent).toHaveLength(1);
  });

  test(`${name} without a session says that it is over`, async () => {
    answers['get-session'] = null;
    await expect(call(accountOfAnna())).rejects.toThrow(new SessionEnded('over'));
    expect(sent).toHaveLength(1);
  });

  test(`${name} says so when the session ends at that moment`, async () => {
    for (const path of Object.keys(answers)) {
      if (path !== 'get-session') answers[path] = refusal(401, 'UNAUTHORIZED');
    }
    await expect(call(accountOfAnna())).rejects.toThrow(new SessionEnded('over'));
  });

  test(`${name} is not taken as done when something else answered`, async () => {
    for (const path of Object.keys(answers)) {
      if (path !== 'get-session') answers[path] = { welcome: 'to the Wi-Fi' };
    }
    await expect(call(accountOfAnna())).rejects.toThrow(NetworkFailure);
  });

  test(`${name} does all its asking while nobody else does`, async () => {
    let alone = 0;
    const account = accountOfAnna(async (work) => {
      expect(sent).toEqual([]);
      const result = await work();
      alone = sent.length;
      return result;
    });
    await call(account);
    expect(alone).toBeGreaterThan(1);
    expect(sent).toHaveLength(alone);
  });
}

test('a device is ended by its id, and one that has ended already is as good', async () => {
  await accountOfAnna().endDevice('there');
  answers['end-session'] = refusal(404, 'SESSION_NOT_FOUND');
  await accountOfAnna().endDevice('there');
  expect(posted()).toEqual(Array(2).fill(['/api/auth/end-session', { id: 'there' }]));
});

test('a device that could not be ended is not taken as ended', async () => {
  const failure = refusal(503, 'unavailable');
  answers['end-session'] = failure;
  await expect(accountOfAnna().endDevice('there')).rejects.toBe(failure);
});

test('confirming the password signs in anew and leaves no device behind', async () => {
  expect(await accountOfAnna().confirmPassword('a long password')).toBe('accepted');
  expect(posted()).toEqual([
    [
      '/api/auth/sign-in/email',
      { email: user.email, password: 'a long password', rememberMe: true },
    ],
    ['/api/auth/end-session', { id: 'here' }],
  ]);
});

test.each([
  ['confirming', 'sign-in/email', refusal(401, 'INVALID_EMAIL_OR_PASSWORD')],
  ['changing', 'change-password', refusal(400, 'INVALID_PASSWORD')],
  ['changing', 'change-password', refusal(400, 'PASSWORD_TOO_LONG')],
])('%s the password with a wrong one is an answer, and ends nothing', async (name, path, wrong) => {
  answers[path] = wrong;
  expect(await calls[`${name} the password` as keyof typeof calls](accountOfAnna())).toBe(
    'wrong-password',
  );
  expect(posted()).toHaveLength(1);
});

test('whoever gave up listing is not kept waiting', async () => {
  const { signal } = new AbortController();
  await accountOfAnna().listDevices(signal);
  expect(sent.map((outgoing) => outgoing.signal)).toEqual([signal, signal]);
});

test('the new password is sent with the current one', async () => {
  const change = { currentPassword: 'a long password', newPassword: 'another one' };
  expect(await accountOfAnna().changePassword(change)).toBe('accepted');
  expect(posted()).toEqual([['/api/auth/change-password', change]]);
});

test('every request carries the session cookie', async () => {
  for (const call of Object.values(calls)) await call(accountOfAnna());
  expect(sent.every(({ cookies }) => cookies)).toBe(true);
});
