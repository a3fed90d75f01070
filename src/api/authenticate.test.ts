import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { authenticate } from './authenticate.ts';
import type { UserId } from './principal.ts';
import { AccessTokenError } from './tokens/access-token.ts';

const principal = { userId: 'ann' as UserId, sessionId: undefined, expiresAt: 1 };

const requestOn = (socket: object, ...rawHeaders: string[]) =>
  ({ rawHeaders, socket }) as IncomingMessage;
const requestWith = (...rawHeaders: string[]) => requestOn({}, ...rawHeaders);

const verify = async (token: string) => {
  if (token === 'good') return principal;
  if (token === 'old') throw new AccessTokenError('token_expired', 'The access token expired');
  if (token === 'broken') throw new TypeError('a fault of ours');
  throw new AccessTokenError('token_invalid', 'The signature does not match');
};

test.each([['Bearer good'], ['bearer good'], ['BEARER good'], ['Bearer   good']])(
  '%j is the token of the one who sent it',
  async (value) => {
    const request = requestWith('Host', 'authorization', 'Authorization', value);
    expect(await authenticate(request, verify)).toBe(principal);
  },
);

describe('on one connection', () => {
  // One that is known is told at once, the others later.
  const verifyKnown = (token: string) => (token === 'good' ? principal : verify(token));
  const sentOn = async (socket: object, ...values: string[]) => {
    const headers = values.flatMap((value) => ['Authorization', value]);
    return authenticate(requestOn(socket, ...headers), verifyKnown);
  };

  test('each request is of its own credential, whatever was sent before', async () => {
    const socket = {};
    expect(await sentOn(socket, 'Bearer good')).toBe(principal);
    expect(await sentOn(socket, 'Bearer good')).toBe(principal);
    await expect(sentOn(socket, 'Bearer evil')).rejects.toMatchObject({ code: 'token_invalid' });
    expect(await sentOn(socket, 'Bearer good')).toBe(principal);
    await expect(sentOn(socket, 'Bearer good', 'Bearer good')).rejects.toMatchObject({
      code: 'credentials_ambiguous',
    });
    await expect(sentOn(socket)).rejects.toMatchObject({ code: 'token_missing' });
  });

  test('nothing is kept of a token that is refused', async () => {
    const socket = {};
    await expect(sentOn(socket, 'Bearer evil')).rejects.toMatchObject({ code: 'token_invalid' });
    expect(Reflect.ownKeys(socket)).toEqual([]);
  });
});

describe('no credential is challenged without an error', () => {
  test.each([
    [[]],
    [['Authorization', '']],
    [['Authorization', 'Bearer']],
    [['Authorization', 'Bearer ']],
    [['Authorization', 'Basic good']],
    [['Authorization', 'BearerX']],
    [['Authorization', 'Bearer\tgood']],
    [['Authorization', 'good']],
    [['Authorization', 'xBearer good']],
    [['Cookie', 'authorization=Bearer good']],
    [['X-Authorization', 'Bearer good']],
    [['Authorization-Info', 'Bearer good']],
    [['Host', 'Authorization']],
  ])('%j', async (rawHeaders) => {
    await expect(async () =>
      authenticate(requestWith(...rawHeaders), verify),
    ).rejects.toMatchObject({
      code: 'token_missing',
      message: 'Send an access token: "Authorization: Bearer <token>".',
      headers: { 'www-authenticate': 'Bearer realm="ownlist"' },
    });
  });
});

describe('more than one credential is a bad request', () => {
  test.each([
    [['Authorization', 'Bearer good', 'Authorization', 'Bearer good']],
    [['Authorization', 'Bearer good', 'AUTHORIZATION', '']],
    [['Authorization', 'Bearer good, Bearer good']],
    [['Authorization', 'Bearer good,good']],
  ])('%j', async (rawHeaders) => {
    await expect(async () =>
      authenticate(requestWith(...rawHeaders), verify),
    ).rejects.toMatchObject({
      code: 'credentials_ambiguous',
      message: 'Send exactly one credential.',
      headers: {
        'www-authenticate':
          'Bearer realm="ownlist", error="invalid_request", error_description="More than one credential was sent"',
      },
    });
  });
});

test.each([
  ['bad', 'token_invalid', 'The signature does not match'],
  ['go od', 'token_invalid', 'The signature does not match'],
  ['old', 'token_expired', 'The access token expired'],
])(
  'the refusal of %j names its rule in the challenge and in the problem',
  async (token, code, rule) => {
    const request = requestWith('Authorization', `Bearer ${token}`);
    await expect(async () => authenticate(request, verify)).rejects.toMatchObject({
      code,
      message: `${rule}.`,
      headers: {
        'www-authenticate': `Bearer realm="ownlist", error="invalid_token", error_description="${rule}"`,
      },
    });
  },
);

test('a fault of ours is no fault of the token', async () => {
  const request = requestWith('Authorization', 'Bearer broken');
  await expect(async () => authenticate(request, verify)).rejects.toThrow(TypeError);
});
