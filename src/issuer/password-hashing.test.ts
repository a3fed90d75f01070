import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { APIError } from 'better-auth/api';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { expect, test } from 'vitest';
import { boundedHashing } from './password-hashing.ts';

const password = 'a long password';

test('a hash of Better Auth is verified, and one made here is one that Better Auth verifies', async () => {
  const { hash, verify } = boundedHashing();
  const made = await hashPassword(password);
  expect(await verify({ hash: made, password })).toBe(true);
  expect(await verify({ hash: made, password: `${password}!` })).toBe(false);
  expect(await verifyPassword({ hash: await hash(password), password })).toBe(true);
});

test('a few run at a time, in their order; when too many wait the next is refused, until there is room', async () => {
  const started: { name: string; end: () => void }[] = [];
  const { hash } = boundedHashing({
    hash: (name) => new Promise((resolve) => started.push({ name, end: () => resolve(name) })),
    verify: verifyPassword,
  });
  const names = Array.from({ length: 102 }, (_, n) => String(n));
  const all = Promise.all(names.map(hash));
  const refused = await hash('one too many').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(APIError);
  expect(refused).toMatchObject({ statusCode: 503, headers: { 'Retry-After': '2' } });
  expect(started.map(({ name }) => name)).toEqual(['0', '1']);
  for (let ended = 0; ended < names.length; ended++) {
    await expect.poll(() => started.length).toBe(Math.min(ended + 2, names.length));
    started[ended]?.end();
  }
  expect(await all).toEqual(names);
  expect(started.map(({ name }) => name)).toEqual(names);
  void hash('later');
  await expect.poll(() => started.at(-1)?.name).toBe('later');
});

test('a password that cannot be verified leaves its place', async () => {
  const { verify } = boundedHashing();
  const broken = Array.from({ length: 5 }, () => verify({ hash: 'no hash', password }));
  expect((await Promise.allSettled(broken)).map(({ status }) => status)).toEqual(
    Array(5).fill('rejected'),
  );
  expect(await verify({ hash: await hashPassword(password), password })).toBe(true);
});

test.skipIf(!existsSync('/proc/self/task'))(
  'passwords are hashed behind whatever else there is to do',
  async () => {
    const before = getPriority();
    await boundedHashing().hash(password);
    const names = readdirSync('/proc/self/task').map((thread) => ({
      thread,
      name: nameOf(thread),
    }));
    const hashing = names.filter(({ name }) => name === 'libuv-worker');
    expect(hashing.length).toBeGreaterThan(0);
    for (const { thread } of hashing) expect(getPriority(Number(thread))).toBe(10);
    expect(getPriority()).toBe(before);
  },
);

/** Empty where the thread has ended meanwhile. */
function nameOf(thread: string): string {
  const file = `/proc/self/task/${thread}/comm`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}
