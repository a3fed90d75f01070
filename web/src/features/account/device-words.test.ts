import { describe, expect, test } from 'vitest';
import { addressWords, deviceName, lastUse } from './device-words.ts';

const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const phone = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

test.each([
  [`Mozilla/5.0 (X11; Linux x86_64) ${webKit} Chrome/150.0.0.0 Safari/537.36`, 'Chrome on Linux'],
  [
    `Mozilla/5.0 (X11; Linux x86_64) ${webKit} HeadlessChrome/150.0.0.0 Safari/537.36`,
    'Chromium on Linux',
  ],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0`,
    'Edge on Windows',
  ],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/150.0.0.0 Safari/537.36 OPR/130.0.0.0`,
    'Opera on Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:150.0) Gecko/20100101 Firefox/150.0',
    'Firefox on Mac',
  ],
  [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${phone} Version/26.0 Safari/605.1.15`,
    'Safari on Mac',
  ],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${phone} Version/26.0 Mobile/15E148 Safari/604.1`,
    'Safari on iPhone',
  ],
  [
    `Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) ${phone} CriOS/150.0.0.0 Mobile/15E148 Safari/604.1`,
    'Chrome on iPad',
  ],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${phone} FxiOS/150.0 Mobile/15E148 Safari/605.1.15`,
    'Firefox on iPhone',
  ],
  [
    `Mozilla/5.0 (Linux; Android 16; K) ${webKit} SamsungBrowser/30.0 Chrome/140.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet on Android',
  ],
  [
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webKit} Chrome/150.0.0.0 Safari/537.36`,
    'Chrome on ChromeOS',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64) Ladybird', 'Unknown browser on Linux'],
  ['Mozilla/5.0 Firefox/150.0', 'Firefox'],
  ['curl/8.17.0', 'curl'],
  ['python-requests/2.32.5', 'python-requests'],
])('%s is told in plain words', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name);
});

test.each(['', 'node', 'Mozilla/5.0', '<b>Firefox</b>', `${'x'.repeat(31)}/1`])(
  '%j is an unknown device',
  (userAgent) => {
    expect(deviceName(userAgent)).toBe('Unknown device');
  },
);

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:0db8:0001:0000:0000:0000:0000:0000', '2001:db8:1:0::'],
  ['0000:0000:0000:0000:0000:0000:0000:0000', ''],
  ['', ''],
])('the address %j reads %j', (address, words) => {
  expect(addressWords(address)).toBe(words);
});

describe('the last use', () => {
  const days = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
  const seenAt = new Date('2026-11-12T10:00:00Z');
  const at = (time: string) => lastUse({ seenAt }, Date.parse(time), days);

  test('is in the last 24 hours as long as what was noted is', () => {
    expect(at('2026-11-12T10:00:00Z')).toBe('Used in the last 24 hours');
    expect(at('2026-11-13T09:59:59Z')).toBe('Used in the last 24 hours');
  });

  test('is on one of two days afterwards, since a use within a day is not noted again', () => {
    // How much space is around the dash is up to the version of the locale data.
    const range = /^Last used 12\s?–\s?13 Nov 2026$/;
    expect(at('2026-11-13T10:00:00Z')).toMatch(range);
    expect(at('2027-01-30T00:00:00Z')).toMatch(range);
  });

  test('is not in the future where the clock of the device is behind', () => {
    expect(at('2026-11-12T09:00:00Z')).toBe('Used in the last 24 hours');
  });
});
