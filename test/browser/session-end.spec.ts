import { expect, type Page, test } from '@playwright/test';
import { type RunningServer, startServer } from '../support/server.ts';
import {
  expectHalfTyped,
  finished,
  finishTyping,
  halfTyped,
  leaveHalfTyped,
} from './support/half-typed.ts';
import { underControl } from './support/new-version.ts';
import {
  add,
  enter,
  expectSaved,
  fillCredentials,
  keptInBrowser,
  newPerson,
  type Person,
  rowOf,
  storedTasks,
} from './support/people.ts';
import {
  caughtUp,
  endSessions,
  everythingOn,
  expireSessions,
  giveThePassword,
  leaveUntold,
  pastRenewal,
  recordRequests,
  sessionDialog,
  writesAmong,
} from './support/sessions.ts';

let server: RunningServer;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server?.stop());

/** What nobody but the person may see; none of it is a word of the page's own. */
const theirWords = ['Quentin', 'Marmalade', 'Oslo', 'Two jars', 'Zephyr'];

test('a session that runs out while somebody types asks for the password over the page, once; what was typed is as it was, and is saved once', async ({
  page,
}) => {
  const person = await newPerson(server);
  await page.clock.install();
  await enter(page, server, person);
  await leaveHalfTyped(page);

  expireSessions(server, person);
  const asked = recordRequests(page);
  await page.clock.fastForward(pastRenewal);
  await expect(sessionDialog(page)).toBeVisible();
  await expectHalfTyped(page);
  for (let minute = 0; minute < 15; minute++) await page.clock.fastForward('01:00');
  await caughtUp(page);
  expect(asked).toEqual(['GET /api/auth/token']);
  await expectHalfTyped(page);

  await expect(page.getByLabel('E-mail')).toHaveValue(person.email);
  await giveThePassword(page, person);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expectHalfTyped(page);
  await finishTyping(page);
  await expectSaved(page, server, person, finished);
  expect(writesAmong(asked).map((line) => line.split(' ')[0])).toEqual(['PATCH', 'POST']);
});

test('whoever types on when the session ends finds every letter where it belongs, and is asked for the password at the end of it', async ({
  page,
}) => {
  const person = await newPerson(server);
  await page.clock.install();
  await enter(page, server, person);
  const field = page.getByLabel('New task');
  const asked = recordRequests(page);
  await field.pressSequentially('Ask Quentin about ');
  expireSessions(server, person);
  const ended = page.waitForResponse((answer) => answer.url().endsWith('/api/auth/token'));
  const now = await page.evaluate(() => Date.now());
  await page.clock.pauseAt(now + 5.5 * 60_000);
  await ended;
  for (const letter of 'the zebras') await page.keyboard.press(letter);
  await page.clock.resume();
  await expect(sessionDialog(page)).toBeVisible();
  await expect(field).toHaveValue('Ask Quentin about the zebras');
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();

  await giveThePassword(page, person);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(field).toBeFocused();
  await page.keyboard.press('Enter');
  await expectSaved(page, server, person, ['Ask Quentin about the zebras']);
  expect(writesAmong(asked)).toHaveLength(1);
});

test('a change that is handed over just after the session ended waits behind the dialog, and is sent once when the person is back', async ({
  page,
}) => {
  const person = await newPerson(server);
  await leaveUntold(page);
  await enter(page, server, person);
  await expect(page.getByText('A fresh start')).toBeVisible();
  await endSessions(server, person);
  const asked = recordRequests(page);
  await add(page, 'Zephyr');
  await expect(sessionDialog(page)).toBeVisible();
  await caughtUp(page);
  // Told so by the API, it asked for another token once, and went no further.
  expect(asked.map((line) => line.split('/').at(-1))).toEqual(['tasks', 'token']);

  asked.length = 0;
  await giveThePassword(page, person);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expectSaved(page, server, person, ['Zephyr']);
  expect(writesAmong(asked)).toHaveLength(1);
});

/** The person's session ends while one change of theirs waits and others are half typed. */
async function endInTheMiddle(page: Page, person: Person): Promise<void> {
  await enter(page, server, person);
  await leaveHalfTyped(page);
  const context = page.context();
  await context.setOffline(true);
  await page.getByLabel('New task').fill('Zephyr');
  await page.getByLabel('New task').press('Enter');
  await expect(rowOf(page, 'Zephyr')).toBeVisible();
  await page.getByLabel('New task').fill(halfTyped);
  await endSessions(server, person);
  await context.setOffline(false);
  await expect(sessionDialog(page)).toBeVisible();
  await expectHalfTyped(page);
}

async function expectNothingOfTheirs(page: Page): Promise<void> {
  const everything = await everythingOn(page);
  for (const word of theirWords) expect(everything).not.toContain(word);
}

const all = [...finished, 'Zephyr'];
const somebodyElse = (page: Page) =>
  page.getByRole('heading', { level: 1, name: 'Somebody else has signed in' });
const signInHeading = (page: Page) => page.getByRole('heading', { level: 1, name: 'Sign in' });

test('somebody else who signs in in the dialog sees and sends nothing of the first, who can come back to all of it', async ({
  page,
}) => {
  const [first, second] = [await newPerson(server), await newPerson(server)];
  await endInTheMiddle(page, first);
  const asked = recordRequests(page);
  await fillCredentials(page, second);
  await expect(somebodyElse(page)).toBeVisible();
  await expectNothingOfTheirs(page);
  await expect(page).toHaveTitle(/^Somebody else has signed in/);
  await expect(page.getByText(`3 changes of ${first.email}`)).toBeVisible();
  await caughtUp(page);
  expect(writesAmong(asked)).toEqual([]);
  expect(await storedTasks(server, second)).toEqual([]);

  await giveThePassword(page, first);
  await expectHalfTyped(page);
  await finishTyping(page);
  await expectSaved(page, server, first, all);
  expect(writesAmong(asked)).toHaveLength(3);
  expect(await storedTasks(server, second)).toEqual([]);
});

test('whoever signed in in the dialog can go on; what waits goes out once, when the first signs in later', async ({
  page,
}) => {
  const [first, second] = [await newPerson(server), await newPerson(server)];
  await endInTheMiddle(page, first);
  const asked = recordRequests(page);
  await fillCredentials(page, second);
  await page.getByRole('button', { name: `Go on as ${second.email}` }).click();
  await expect(page.getByRole('banner')).toContainText(second.email);
  await add(page, 'Turnips');
  await expectSaved(page, server, second, ['Turnips']);
  await expectNothingOfTheirs(page);
  expect(writesAmong(asked)).toHaveLength(1);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(signInHeading(page)).toBeVisible();
  await expect(page.getByText(`Changes of ${first.email}`)).toBeVisible();
  await expectNothingOfTheirs(page);
  await fillCredentials(page, first);
  await expectHalfTyped(page);
  await finishTyping(page);
  await page.getByRole('navigation', { name: 'Filter' }).getByRole('link', { name: 'All' }).click();
  await expectSaved(page, server, first, all);
  expect(writesAmong(asked)).toHaveLength(1 + 3);
  expect((await storedTasks(server, second)).map(({ title }) => title)).toEqual(['Turnips']);
});

test('whoever leaves an ended session leaves no word on the screen, also after a reload, and finds all of it again', async ({
  page,
}) => {
  const person = await newPerson(server);
  await endInTheMiddle(page, person);
  const asked = recordRequests(page);
  await page.getByRole('button', { name: 'Leave' }).click();
  for (const again of [false, true]) {
    if (again) await page.reload();
    await expect(signInHeading(page)).toBeVisible();
    await expect(page.getByText(`Changes of ${person.email}`)).toBeVisible();
    await expectNothingOfTheirs(page);
  }
  await caughtUp(page);
  expect(writesAmong(asked)).toEqual([]);

  await fillCredentials(page, person);
  await expectHalfTyped(page);
  await finishTyping(page);
  await expectSaved(page, server, person, all);
  expect(writesAmong(asked)).toHaveLength(3);
});

/** Everything is saved when the person's session ends elsewhere, and the page does not know yet. */
async function endWithEverythingSaved(page: Page, person: Person): Promise<void> {
  await enter(page, server, person);
  await add(page, 'Zephyr');
  await expectSaved(page, server, person, ['Zephyr']);
  await endSessions(server, person);
}

/** Neither on the screen nor in the browser; what is put away there may take a moment. */
async function expectNoTraceOf(page: Page, person: Person): Promise<void> {
  await expect(signInHeading(page)).toBeVisible();
  await expect(async () => {
    const traces = [...theirWords, person.userId, person.email];
    const texts = [await everythingOn(page), await keptInBrowser(page)].join();
    expect(traces.filter((trace) => texts.includes(trace))).toEqual([]);
  }).toPass();
  await expect(page.getByText('Your tasks are waiting where you left them.')).toBeVisible();
}

test('whoever leaves an ended session with everything saved leaves nothing behind, not even a name', async ({
  page,
}) => {
  const person = await newPerson(server);
  await page.clock.install();
  await endWithEverythingSaved(page, person);
  // An editor without a change holds the words of the task, and nothing to come back for.
  await page.getByRole('button', { name: 'Edit Zephyr' }).click();
  await page.clock.fastForward(pastRenewal);
  await page.getByRole('button', { name: 'Leave' }).click();
  await expectNoTraceOf(page, person);
});

test('a page that is opened after the session ended, with everything saved, has no trace of the person, and opens for nobody without a network', async ({
  page,
}) => {
  const person = await newPerson(server);
  await endWithEverythingSaved(page, person);
  await page.reload();
  await expectNoTraceOf(page, person);
  await underControl(page);
  await page.context().setOffline(true);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Ownlist is not available' })).toBeVisible();
  await expectNothingOfTheirs(page);
});

test('somebody who signs in where the session of another ended finds nothing of theirs in the browser but what waits', async ({
  page,
}) => {
  const [first, second] = [await newPerson(server), await newPerson(server)];
  await enter(page, server, first);
  await add(page, 'Zephyr');
  await expectSaved(page, server, first, ['Zephyr']);
  await page.getByLabel('New task').fill(halfTyped);
  await page.goto('about:blank');
  await page.context().clearCookies();
  await enter(page, server, second);
  await expectNothingOfTheirs(page);
  await expect.poll(() => keptInBrowser(page)).not.toContain('Zephyr');
  expect(await keptInBrowser(page)).toContain(halfTyped);
});

test('a page that is opened anew after its session ended asks who it is, shows no word, and has every word when the person is back', async ({
  page,
}) => {
  const person = await newPerson(server);
  await endInTheMiddle(page, person);
  await page.reload();
  await expect(signInHeading(page)).toBeVisible();
  await expect(page.getByText(`Changes of ${person.email}`)).toBeVisible();
  await expectNothingOfTheirs(page);
  await underControl(page);
  await page.context().setOffline(true);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectNothingOfTheirs(page);
  await page.context().setOffline(false);
  await page.reload();
  await fillCredentials(page, person);
  await expectHalfTyped(page);
  await finishTyping(page);
  await expectSaved(page, server, person, all);
});

test('a person who signs out every other device sees this one ask for the password at once, in every tab and untouched, and goes on where they were', async ({
  page,
  browser,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  const tab = await page.context().newPage();
  await tab.goto(`${server.origin}/?status=all`);
  await expect(tab.getByLabel('New task')).toBeVisible();
  await leaveHalfTyped(page);
  const phone = await (await browser.newContext()).newPage();
  await enter(phone, server, person);
  await phone.getByRole('link', { name: 'Account' }).click();
  await phone.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(phone.getByText('You are signed in nowhere else.')).toBeVisible();
  await phone.context().close();

  // Nobody touches either, and no token is due for minutes.
  for (const one of [page, tab]) await expect(sessionDialog(one)).toBeVisible();
  await expectHalfTyped(page);
  // Either tab may be the one that sends.
  const asked = recordRequests(page.context());
  await giveThePassword(page, person);
  for (const one of [page, tab]) await expect(one.getByRole('dialog')).toHaveCount(0);
  await expectHalfTyped(page);
  await finishTyping(page);
  await expectSaved(page, server, person, finished);
  expect(writesAmong(asked)).toHaveLength(2);
});
