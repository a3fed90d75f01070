import { expect, type Page, test } from '@playwright/test';
import { type RunningServer, startServer } from '../support/server.ts';
import { underControl } from './support/new-version.ts';
import {
  add,
  enter,
  expectSaved,
  keptInBrowser,
  newPerson,
  type Person,
  rowOf,
  storedTasks,
} from './support/people.ts';
import { everythingOn, recordRequests, writesAmong } from './support/sessions.ts';

let server: RunningServer;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server?.stop());

const signInHeading = (page: Page) => page.getByRole('heading', { level: 1, name: 'Sign in' });
const signOutButton = (page: Page) => page.getByRole('button', { name: 'Sign out', exact: true });

/** A saved task, and half a sentence that is not handed over. */
async function typeHalf(page: Page): Promise<void> {
  await add(page, 'Zephyr');
  await expect(page.getByText(/Saving…/)).toHaveCount(0);
  await page.getByLabel('New task').fill('Half a sent');
}

/** Nothing of the person is on the page or anywhere in the browser that a script can read. */
async function expectErased(page: Page, person: Person, words: readonly string[]): Promise<void> {
  await expect(signInHeading(page)).toBeVisible();
  const traces = [...words, person.userId, person.email];
  await expect(async () => {
    const texts = [await everythingOn(page), await keptInBrowser(page)].join();
    expect(traces.filter((trace) => texts.includes(trace))).toEqual([]);
  }).toPass();
  await expect(page.getByText('Your tasks are waiting where you left them.')).toBeVisible();
}

test('signing out with words half typed asks first: staying keeps them, going erases everything and sends none of it', async ({
  page,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await typeHalf(page);
  const asked = recordRequests(page);
  await signOutButton(page).click();
  const question = page.getByRole('dialog', { name: 'Sign out?' });
  await expect(question).toContainText('1 change is not saved yet');
  await question.getByRole('button', { name: 'Stay signed in' }).click();
  await expect(question).toHaveCount(0);
  await expect(page.getByLabel('New task')).toHaveValue('Half a sent');
  await expect(rowOf(page, 'Zephyr')).toBeVisible();

  await signOutButton(page).click();
  await expect(question).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(question).toHaveCount(0);
  await signOutButton(page).click();
  await question.getByRole('button', { name: 'Sign out all the same' }).click();
  await expectErased(page, person, ['Zephyr', 'Half a sent']);
  expect(writesAmong(asked)).toEqual([]);
  await enter(page, server, person);
  await expect(page.getByLabel('New task')).toHaveValue('');
  await expectSaved(page, server, person, ['Zephyr']);
});

test('signing out with a change that could not be sent asks first, says so when it cannot be done without a network, and then erases the change unsent', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await underControl(page);
  await context.setOffline(true);
  await add(page, 'Never sent');
  await page.getByLabel('New task').fill('Half a sent');
  await signOutButton(page).click();
  const question = page.getByRole('dialog', { name: 'Sign out?' });
  await expect(question).toContainText('2 changes are not saved yet');
  await question.getByRole('button', { name: 'Sign out all the same' }).click();
  await expect(question.getByRole('alert')).toContainText('You are still signed in.');
  await question.getByRole('button', { name: 'Stay signed in' }).click();
  await expect(rowOf(page, 'Never sent')).toBeVisible();
  await expect(page.getByLabel('New task')).toHaveValue('Half a sent');
  await page.reload();
  await expect(rowOf(page, 'Never sent')).toBeVisible();
  await expect(page.getByLabel('New task')).toHaveValue('Half a sent');

  // The API stays out of reach, so that the change still waits when the person signs out.
  await context.route('**/api/users/**', (route) => route.abort());
  await context.setOffline(false);
  await signOutButton(page).click();
  await question.getByRole('button', { name: 'Sign out all the same' }).click();
  await expectErased(page, person, ['Never sent', 'Half a sent']);
  await context.unroute('**/api/users/**');
  await enter(page, server, person);
  await expectSaved(page, server, person, []);
});

test('signing out without a network says that it did not happen, also with everything saved, and keeps everything', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await add(page, 'Zephyr');
  await expectSaved(page, server, person, ['Zephyr']);
  await context.setOffline(true);
  await signOutButton(page).click();
  const question = page.getByRole('dialog', { name: 'Sign out?' });
  await expect(question.getByRole('alert')).toContainText('You are still signed in.');
  await context.setOffline(false);
  await question.getByRole('button', { name: 'Try again' }).click();
  await expectErased(page, person, ['Zephyr']);
});

/** Has the page write down when a word goes out of sight, by whatever way. */
function watchFor(page: Page, word: string): Promise<void> {
  return page.evaluate((text) => {
    const note = () => sessionStorage.setItem('emptied', String(Date.now()));
    const observer = new MutationObserver(() => {
      if (document.body.textContent.includes(text)) return;
      observer.disconnect();
      note();
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    window.addEventListener('pagehide', note, { once: true });
  }, word);
}

/** When that was, in milliseconds since 1970; NaN while it has not been. */
async function emptiedAt(page: Page): Promise<number> {
  // The page that begins anew takes the place of the one that is asked.
  const noted = await page.evaluate(() => sessionStorage.getItem('emptied')).catch(() => null);
  return Number(noted ?? Number.NaN);
}

test('signing out in one tab empties every other within a second, for good', async ({
  context,
}) => {
  const person = await newPerson(server);
  const tabs = [await context.newPage(), await context.newPage(), await context.newPage()];
  const [first, , third] = tabs as [Page, Page, Page];
  await enter(first, server, person);
  await add(first, 'Zephyr');
  await expectSaved(first, server, person, ['Zephyr']);
  for (const tab of tabs.slice(1)) await tab.goto(`${server.origin}/`);
  // Something to go back to.
  for (const tab of tabs) {
    for (const name of ['Completed', 'All']) {
      const filter = tab.getByRole('navigation', { name: 'Filter' });
      await filter.getByRole('link', { name }).click();
      await expect(tab).toHaveTitle(new RegExp(`^${name} tasks`));
    }
    await expect(rowOf(tab, 'Zephyr')).toBeVisible();
  }
  await third.getByLabel('New task').fill('Half a sent');
  await expect(first.getByLabel('New task')).toHaveValue('Half a sent');

  for (const tab of tabs) await watchFor(tab, 'Zephyr');
  await signOutButton(first).click();
  const signedOut = first.waitForResponse((answer) => answer.url().endsWith('/api/auth/sign-out'));
  await first.getByRole('button', { name: 'Sign out all the same' }).click();
  await signedOut;
  const signedOutAt = Date.now();
  for (const tab of tabs) {
    let at = Number.NaN;
    const noted = async () => {
      at = await emptiedAt(tab);
      return at;
    };
    await expect.poll(noted).not.toBeNaN();
    expect(at - signedOutAt).toBeLessThan(1_000);
    await expect(tab.getByLabel('New task')).toHaveCount(0);
  }
  for (const tab of tabs) await expectErased(tab, person, ['Zephyr', 'Half a sent']);
  for (const tab of tabs) {
    for (let steps = 0; steps < 2; steps++) {
      await tab.goBack();
      await expectErased(tab, person, ['Zephyr', 'Half a sent']);
    }
  }
});

/** All strings in the memory of the page, after everything nobody needs any more has been freed. */
async function memoryOf(page: Page): Promise<string> {
  const tools = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  tools.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await tools.send('HeapProfiler.collectGarbage');
  await tools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await tools.detach();
  return chunks.join('');
}

test('on a shared computer nothing of the first is left for the second, neither kept nor in the memory of the page', async ({
  page,
}) => {
  const [first, second] = [await newPerson(server), await newPerson(server)];
  const planted = {
    title: 'canaryInTheTitle',
    description: 'canaryInTheDescription',
    draft: 'canaryInTheDraft',
    unsaved: 'canaryInTheEditor',
  };
  const canaries = [...Object.values(planted), first.userId, first.email];
  const found = (text: string) => canaries.filter((canary) => text.includes(canary));

  await enter(page, server, first);
  await add(page, 'A task');
  await page.getByRole('button', { name: 'Edit A task' }).click();
  await page.getByLabel('Title').fill(planted.title);
  await page.getByLabel('Description').fill(planted.description);
  await page.getByRole('button', { name: 'Save' }).click();
  await expectSaved(page, server, first, [planted.title]);
  await page.getByRole('button', { name: `Edit ${planted.title}` }).click();
  await page.getByLabel('Description').fill(planted.unsaved);
  await page.getByLabel('New task').fill(planted.draft);
  // While the first is there, every place holds all of it: whoever looks there would find it.
  await expect.poll(async () => found(await keptInBrowser(page))).toEqual(canaries);
  expect(found(await memoryOf(page))).toEqual(canaries);

  await signOutButton(page).click();
  await page.getByRole('button', { name: 'Sign out all the same' }).click();
  await expectErased(page, first, Object.values(planted));
  await expect.poll(async () => found(await memoryOf(page))).toEqual([]);

  await enter(page, server, second);
  await add(page, 'Of the second');
  await expectSaved(page, server, second, ['Of the second']);
  expect(found(await everythingOn(page))).toEqual([]);
  expect(found(await keptInBrowser(page))).toEqual([]);
  await expect.poll(async () => found(await memoryOf(page))).toEqual([]);
  expect((await storedTasks(server, first)).map(({ title }) => title)).toEqual([planted.title]);
});
