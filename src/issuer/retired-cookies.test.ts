import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { renewCookies } from './retired-cookies.ts';

const secrets = { current: 'the current secret', retired: ['an older one', 'the oldest'] };

const signed = (value: string, secret: string) =>
  encodeURIComponent(`${value}.${createHmac('sha256', secret).update(value).digest('base64')}`);

test.each(secrets.retired)(
  'a cookie of the retired secret %s is signed with the current one',
  (old) => {
    const { header, renewed } = renewCookies(`a=1; s=${signed('tok.en', old)}; b=2`, secrets);
    expect(header).toBe(`a=1;s=${signed('tok.en', secrets.current)}; b=2`);
    expect([...renewed]).toEqual([['s', signed('tok.en', secrets.current)]]);
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
