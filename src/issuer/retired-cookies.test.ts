import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { handleRenewingCookies, renewCookies } from './retired-cookies.ts';

const secrets = { current: 'the current secret', retired: ['an older one', 'the oldest'] };

const signed = (value: string, secret: string) =>
  encodeURIComponent(`${value}.${createHmac('sha256', secret).update(value).digest('base64')}`);

test.each(secrets.retired.flatMap((old) => ['tok.en', 't'].map((value) => [value, old] as const)))(
  'the cookie %s of the retired secret %s is signed with the current one',
  (value, old) => {
    const { header, renewed } = renewCookies(`a=1; s=${signed(value, old)}; b=2`, secrets);
    expect(header).toBe(`a=1;s=${signed(value, secrets.current)}; b=2`);
    expect([...renewed]).toEqual([['s', signed(value, secrets.current)]]);
  },
);

test.each([
  ['of the current secret', `s=${signed('token', secrets.current)}`],
  ['of a dropped secret', `s=${signed('token', 'dropped')}`],
  ['with a changed value', `s=${signed('token', 'an older one').replace('token', 'taken')}`],
  ['with a cut signature', `s=${signed('token', 'an older one').slice(0, -8)}`],
  ['without a signature', 's=token'],
  ['without a value', `s=${signed('', 'an older one')}`],
  ['with a broken escape', 's=%zz.%'],
  ['without a name or a value', ';;=;x'],
  ['that is not there', ''],
])('a cookie %s is passed on as it came', (_, cookie) => {
  expect(renewCookies(cookie, secrets)).toEqual({ header: cookie, renewed: new Map() });
});

describe('the browser gets a cookie that was signed anew,', () => {
  /** What is set by an answer to these cookies, when the handler behind sets `own`. */
  async function set(cookie: string, own: string[]): Promise<string[]> {
    const response = await handleRenewingCookies(
      new Request('http://localhost', { headers: { cookie } }),
      async () => new Response(null, { headers: own.map((line) => ['set-cookie', line]) }),
      secrets,
      { useSecureCookies: false, defaultCookieAttributes: { path: '/api/auth' } },
    );
    return response.headers.getSetCookie();
  }
  const [retired = ''] = secrets.retired;
  const anew = `s=${signed('token', secrets.current)}`;

  test('whatever other cookies the answer sets', async () => {
    expect(await set(`s=${signed('token', retired)}`, ['other=1'])).toEqual([
      'other=1',
      `${anew}; Max-Age=34560000; Path=/api/auth; HttpOnly; SameSite=Strict`,
    ]);
  });

  test('until it closes, where the person is not to be remembered', async () => {
    expect(await set(`s=${signed('token', retired)}; dont_remember=1`, [])).toEqual([
      `${anew}; Path=/api/auth; HttpOnly; SameSite=Strict`,
    ]);
  });

  test('unless the answer sets that cookie itself', async () => {
    expect(await set(`s=${signed('token', retired)}`, ['s=; Max-Age=0'])).toEqual([
      's=; Max-Age=0',
    ]);
  });
});
