import { expect, test } from 'vitest';
import { sharedSecrets } from './key-source.ts';
import { pinnedKeys } from './public-keys.ts';

const secrets = sharedSecrets([
  { version: '2', value: 'the current one' },
  { version: '1', value: 'the one before' },
]);

test.each([
  ['shared secrets', secrets],
  ['pinned keys', pinnedKeys([])],
])('%s are there from the start, and none of them is ever retired', (_, keys) => {
  expect([keys.isReady(), keys.generation()]).toEqual([true, 0]);
});

test('a kid names one secret or none, and without it every secret is tried', async () => {
  const kidsOf = async (kid: string | undefined) =>
    (await secrets.named(kid)).map((key) => key.kid);
  expect(await kidsOf('1')).toEqual(['1']);
  expect(await kidsOf('3')).toEqual([]);
  expect(await kidsOf(undefined)).toEqual(['2', '1']);
});
