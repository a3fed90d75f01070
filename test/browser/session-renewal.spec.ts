import { randomBytes } from 'node:crypto';
import { expect, type Page, test } from '@playwright/test';
import { type RunningServer, startServer } from '../support/server.ts';
import { expectHalfTyped, finished, finishTyping, leaveHalfTyped } from './support/half-typed.ts';
import { add, enter, expectSaved, newPerson } from './support/people.ts';
import {
  giveThePassword,
  pastRenewal,
  recordRequests,
  sessionDialog,
  tokensAmong,
  writesAmong,
} from './support/sessions.ts';

let server: RunningServer;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server?.stop());

/** The same server once more, on the same data and address, with other secrets. */
async function restart(old: RunningServer, env: Record<string, string>): Promise<RunningServer> {
  await old.stop();
  const { port, dataDir } = old;
  return startServer({ port, dataDir, env: { BETTER_AUTH_SECRET: undefined, ...env } });
}

const newSecret = () => randomBytes(32).toString('base64url');

test('a server that changed its secret, as in a leak, has everybody sign in again, and costs nobody a word', async ({
  page,
}) => {
  let own = await startServer();
  try {
    const person = await newPerson(own);
    await page.clock.install();
    await enter(page, own, person);
    await leaveHalfTyped(page);
    own = await restart(own, { BETTER_AUTH_SECRET: newSecret() });
    const asked = recordRequests(page);
    await page.clock.fastForward(pastRenewal);
    await expect(sessionDialog(page)).toBeVisible();
    await expectHalfTyped(page);
    await giveThePassword(page, person);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expectHalfTyped(page);
    await finishTyping(page);
    await expectSaved(page, own, person, finished);
    expect(writesAmong(asked)).toHaveLength(2);
  } finally {
    await own.stop();
  }
});

test('nobody notices that a server changed its secret and still knows the old one', async ({
  page,
}) => {
  let own = await startServer();
  try {
    const person = await newPerson(own);
    await page.clock.install();
    await enter(page, own, person);
    await leaveHalfTyped(page);
    const [first, second] = [newSecret(), newSecret()];
    const lists = [`2:${first},1:${own.secret}`, `3:${second},2:${first}`];
    const asked = recordRequests(page);
    for (const list of lists) {
      own = await restart(own, { BETTER_AUTH_SECRETS: list });
      // The first request may still go out on a connection to the server that is gone.
      await renew(page);
    }
    await expectHalfTyped(page);
    await finishTyping(page);
    await expectSaved(page, own, person, finished);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect(writesAmong(asked)).toHaveLength(2);
  } finally {
    await own.stop();
  }
});

/** Fast-forwards past a renewal; resolves when the server has answered it. */
async function renew(page: Page): Promise<void> {
  const renewed = page.waitForResponse((answer) => answer.url().endsWith('/api/auth/token'));
  await page.clock.fastForward(pastRenewal);
  await renewed;
}

for (const [words, offByMs] of [
  ['an hour fast', 3_600_000],
  ['an hour slow', -3_600_000],
] as const) {
  test(`somebody whose clock is ${words} works as everybody does, over many renewals, and nobody asks them anything`, async ({
    page,
  }) => {
    const person = await newPerson(server);
    await page.clock.install({ time: Date.now() + offByMs });
    const asked = recordRequests(page);
    await enter(page, server, person);
    await leaveHalfTyped(page);
    for (let renewals = 0; renewals < 5; renewals++) await renew(page);
    await expectHalfTyped(page);
    await finishTyping(page);
    await expectSaved(page, server, person, finished);
    expect(tokensAmong(asked)).toHaveLength(1 + 5);

    expect(writesAmong(asked)).toHaveLength(3);

    await page.reload();
    await expect(page.getByRole('checkbox')).toHaveCount(finished.length);
    await add(page, 'Zephyr');
    await renew(page);
    await expectSaved(page, server, person, [...finished, 'Zephyr']);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect(tokensAmong(asked)).toHaveLength(1 + 5 + 1 + 1);
    // Whoever reloads between an answer and its being written down sends once more, for nothing.
    expect(writesAmong(asked).length).toBeLessThanOrEqual(3 + 1 + 1);
    // Who it is, the token and the lists, a few times each, and nothing in a circle.
    expect(asked.length).toBeLessThan(30);
  });
}
