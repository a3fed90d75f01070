import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { type RunningServer, startServer } from '../support/server.ts';
import {
  add,
  enter,
  expectSaved,
  fillCredentials,
  newPerson,
  type Person,
  rowOf,
} from './support/people.ts';
import {
  caughtUp,
  expireSessions,
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

/** Opens the person's page in so many tabs of one browser. */
async function openTabs(context: BrowserContext, person: Person, count: number): Promise<Page[]> {
  const first = await context.newPage();
  await enter(first, server, person);
  await expect(first.getByText('A fresh start')).toBeVisible();
  const tabs = [first];
  while (tabs.length < count) {
    const tab = await context.newPage();
    // Lists that are kept show before the server's: from then on nothing is under way.
    const listed = tab.waitForResponse((answer) => answer.url().includes('/api/users/me/tasks'));
    await tab.goto(`${server.origin}/?status=all`);
    await listed;
    await expect(tab.getByText('A fresh start')).toBeVisible();
    tabs.push(tab);
  }
  return tabs;
}

/** What browsers have on plain HTTP at home: no Web Locks. */
function withoutWebLocks(context: BrowserContext): Promise<unknown> {
  return context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });
  });
}

/** Adds a task in one of the tabs; resolves when all of them show it and are ready for the next. */
async function addInSight(tabs: Page[], place: number, title: string): Promise<void> {
  await add(tabs[place] as Page, title);
  for (const tab of tabs) {
    await expect(rowOf(tab, title)).toBeVisible();
    await expect(tab.getByLabel('New task')).toHaveValue('');
  }
}

/**
 * Fast-forwards all tabs past a renewal; no token is on its way before the last one is there. Once
 * in a test: the clocks of tabs jump one after another, and a lease that one takes before another
 * has jumped looks to that one as if it came from the future.
 */
async function renewTogether(context: BrowserContext): Promise<void> {
  const together = Promise.withResolvers<void>();
  await context.route('**/api/auth/token', async (route) => {
    await together.promise;
    await route.continue();
  });
  const renewed = context.waitForEvent('response', (answer) => answer.url().endsWith('/token'));
  await context.clock.fastForward(pastRenewal);
  together.resolve();
  await renewed;
  await context.unroute('**/api/auth/token');
}

for (const turns of ['Web Locks', 'leases, where there are no Web Locks'] as const) {
  test(`five tabs that renew at the same moment, taking turns by ${turns}, ask for one token, and all go on`, async ({
    context,
  }) => {
    const person = await newPerson(server);
    if (turns !== 'Web Locks') await withoutWebLocks(context);
    await context.clock.install();
    const tabs = await openTabs(context, person, 5);
    const asked = recordRequests(context);
    await renewTogether(context);
    for (const tab of tabs) await caughtUp(tab);
    // Counted before a tab comes into sight, which may be a reason of its own to ask.
    expect(tokensAmong(asked)).toHaveLength(1);
    const titles = tabs.map((_, place) => `Task ${place + 1}`);
    for (const [place, title] of titles.entries()) await addInSight(tabs, place, title);
    for (const tab of tabs) await expect(tab.getByRole('dialog')).toHaveCount(0);
    await expectSaved(tabs[0] as Page, server, person, titles);
    expect(writesAmong(asked)).toHaveLength(5);
    expect(tokensAmong(asked).length).toBeLessThanOrEqual(1 + tabs.length);
  });

  test(`two tabs, taking turns by ${turns}, send each change once`, async ({ context }) => {
    const person = await newPerson(server);
    if (turns !== 'Web Locks') await withoutWebLocks(context);
    const tabs = await openTabs(context, person, 2);
    await context.setOffline(true);
    const titles = ['Apples', 'Bread', 'Cheese', 'Dill'];
    for (const [place, title] of titles.entries()) await addInSight(tabs, place % 2, title);
    for (const tab of tabs)
      await expect(tab.getByText(/^Offline: 4 changes are kept/)).toBeVisible();
    const answers: string[] = [];
    context.on('response', async (answer) => {
      const sent = answer.request();
      if (sent.method() === 'POST') answers.push(`${answer.status()} ${sent.postDataJSON().title}`);
    });
    await context.setOffline(false);
    for (const tab of tabs) await expect(tab.getByText(/^Offline/)).toHaveCount(0);
    await expectSaved(tabs[0] as Page, server, person, titles);
    for (const title of titles) await expect(rowOf(tabs[1] as Page, title)).toHaveCount(1);
    // In the order in which they were made, whichever tab they were made in.
    expect(answers).toEqual(titles.map((title) => `201 ${title}`));
  });
}

test('five tabs whose session runs out ask for a token once, and one password brings all of them back', async ({
  context,
}) => {
  const person = await newPerson(server);
  await context.clock.install();
  const tabs = await openTabs(context, person, 5);
  const [first, second] = tabs as [Page, Page];
  await second.getByLabel('New task').fill('Half a sent');
  for (const tab of tabs) await expect(tab.getByLabel('New task')).toHaveValue('Half a sent');
  expireSessions(server, person);
  const asked = recordRequests(context);
  await renewTogether(context);
  for (const tab of tabs) await expect(sessionDialog(tab)).toBeVisible();
  for (let minute = 0; minute < 10; minute++) await context.clock.fastForward('01:00');
  for (const tab of tabs) await caughtUp(tab);
  expect(asked).toEqual(['GET /api/auth/token']);

  await giveThePassword(first, person);
  for (const tab of tabs) {
    await expect(tab.getByRole('dialog')).toHaveCount(0);
    await expect(tab.getByLabel('New task')).toHaveValue('Half a sent');
  }
  await second.getByLabel('New task').fill('Half a sentence');
  await second.getByLabel('New task').press('Enter');
  await expectSaved(second, server, person, ['Half a sentence']);
  for (const tab of tabs) {
    await expect(rowOf(tab, 'Half a sentence')).toHaveCount(1);
    await expect(tab.getByRole('dialog')).toHaveCount(0);
  }
  expect(writesAmong(asked)).toHaveLength(1);
});

test('signing in in one tab opens the list in the others that wait on the sign-in page, each where it was going', async ({
  context,
}) => {
  const person = await newPerson(server);
  const [first, second, third] = [
    await context.newPage(),
    await context.newPage(),
    await context.newPage(),
  ];
  await first.goto(`${server.origin}/?status=all`);
  await second.goto(`${server.origin}/?status=completed`);
  await third.goto(`${server.origin}/sign-up`);
  for (const tab of [first, second]) await expect(tab.getByLabel('E-mail')).toBeVisible();
  await expect(third.getByLabel('Name')).toBeVisible();
  await fillCredentials(first, person);
  for (const tab of [first, second, third]) {
    await expect(tab.getByRole('banner')).toContainText(person.email);
    await expect(tab.getByLabel('New task')).toBeVisible();
  }
  await expect(first).toHaveURL(`${server.origin}/?status=all`);
  await expect(second).toHaveURL(`${server.origin}/?status=completed`);
  await add(third, 'From the third');
  await expect(rowOf(first, 'From the third')).toBeVisible();
  await expectSaved(first, server, person, ['From the third']);
});

test('somebody who changes their password in one tab goes on in the others, and signs out every other browser, which goes on with the new one', async ({
  context,
  browser,
}) => {
  const person = await newPerson(server);
  const changed = { ...person, password: 'an entirely new password' };
  const elsewhere = await browser.newContext();
  for (const { clock } of [context, elsewhere]) await clock.install();
  const [account, tasks] = (await openTabs(context, person, 2)) as [Page, Page];
  const other = await elsewhere.newPage();
  await enter(other, server, person);
  await tasks.getByLabel('New task').fill('Half a sent');
  await other.getByLabel('New task').fill('Half a wo');

  await account.getByRole('link', { name: 'Account' }).click();
  await account.getByLabel('Current password').fill(person.password);
  await account.getByLabel('New password').fill(changed.password);
  await account.getByRole('button', { name: 'Change password' }).click();
  await expect(account.getByText('Your password is changed')).toBeVisible();
  await tasks.getByLabel('New task').fill('Half a sentence');
  await tasks.getByLabel('New task').press('Enter');
  await expectSaved(tasks, server, changed, ['Half a sentence']);
  const asked = recordRequests(context);
  await context.clock.fastForward(pastRenewal);
  await expect.poll(() => tokensAmong(asked).length).toBe(1);
  for (const tab of [account, tasks]) {
    await caughtUp(tab);
    await expect(tab.getByRole('dialog')).toHaveCount(0);
  }

  await elsewhere.clock.fastForward(pastRenewal);
  await expect(sessionDialog(other)).toBeVisible();
  await expect(other.getByLabel('New task')).toHaveValue('Half a wo');
  await giveThePassword(other, person);
  await expect(other.getByText('This is not the password of this address.')).toBeVisible();
  await giveThePassword(other, changed);
  await expect(other.getByRole('dialog')).toHaveCount(0);
  await other.getByLabel('New task').fill('Half a word');
  await other.getByLabel('New task').press('Enter');
  await expectSaved(other, server, changed, ['Half a sentence', 'Half a word']);
  await elsewhere.close();
});
