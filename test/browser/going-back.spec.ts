import { type BrowserContext, expect, type Page, test as plain } from '@playwright/test';
import { type RunningServer, startServer } from '../support/server.ts';
import {
  add,
  enter,
  expectSaved,
  fillCredentials,
  keptInBrowser,
  newPerson,
  type Person,
  rowOf,
} from './support/people.ts';
import { everythingOn } from './support/sessions.ts';

/**
 * A browser that keeps pages whole when the person goes on, to show them again when they come back.
 * Tests usually run without that.
 */
const test = plain.extend<{ context: BrowserContext }>({
  async context({ playwright }, use, { project }) {
    const browser = await playwright.chromium.launch({
      ...project.use.launchOptions,
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
    const context = await browser.newContext();
    await context.addInitScript(() => {
      // Chromium gives up a page that it keeps when a channel has news for it; others keep the page
      // and lose the news.
      Object.defineProperty(window, 'BroadcastChannel', { value: undefined });
      window.addEventListener('pageshow', ({ persisted }) => {
        if (!persisted) return;
        const inSight = document.documentElement.checkVisibility();
        sessionStorage.setItem('came back', inSight ? 'in sight' : 'out of sight');
      });
    });
    await use(context);
    await browser.close();
  },
});

let server: RunningServer;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server?.stop());

/** The person's list with half a sentence, kept by the browser while its tab shows another page. */
async function leaveBehind(page: Page, person: Person): Promise<void> {
  await enter(page, server, person);
  await add(page, 'Zephyr');
  await expectSaved(page, server, person, ['Zephyr']);
  await page.getByLabel('New task').fill('Half a sent');
  await expect.poll(() => keptInBrowser(page)).toContain('Half a sent');
  await page.goto(`${server.origin}/api/docs`);
}

/** How the page came back that the browser had kept; undefined while it has not. */
function comeback(page: Page): Promise<string | null | undefined> {
  // The page that begins anew takes the place of the one that is asked.
  return page.evaluate(() => sessionStorage.getItem('came back')).catch(() => undefined);
}

async function expectNothingOfTheirs(page: Page): Promise<void> {
  const everything = await everythingOn(page);
  for (const word of ['Zephyr', 'Half a sent']) expect(everything).not.toContain(word);
}

const signInHeading = (page: Page) => page.getByRole('heading', { level: 1, name: 'Sign in' });

test('whoever goes back to their page finds it as it was', async ({ page }) => {
  const person = await newPerson(server);
  await leaveBehind(page, person);
  await page.goBack({ waitUntil: 'commit' });
  await expect.poll(() => comeback(page)).toBe('out of sight');
  await expect(rowOf(page, 'Zephyr')).toBeVisible();
  await expect(page.getByLabel('New task')).toHaveValue('Half a sent');
  await page.getByLabel('New task').fill('Half a sentence');
  await page.getByLabel('New task').press('Enter');
  await expectSaved(page, server, person, ['Zephyr', 'Half a sentence']);
});

test('whoever goes back to the page of somebody who has signed out since is asked who they are, and sees nothing of theirs', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await leaveBehind(page, person);
  const other = await context.newPage();
  await other.goto(`${server.origin}/`);
  await other.getByRole('button', { name: 'Sign out', exact: true }).click();
  await other.getByRole('button', { name: 'Sign out all the same' }).click();
  await expect(signInHeading(other)).toBeVisible();
  await page.goBack({ waitUntil: 'commit' });
  await expect(signInHeading(page)).toBeVisible();
  await expectNothingOfTheirs(page);
});

test('whoever goes back to the page of another, who has signed out before they signed in, sees their own', async ({
  page,
  context,
}) => {
  const [first, second] = [await newPerson(server), await newPerson(server)];
  await leaveBehind(page, first);
  const other = await context.newPage();
  await other.goto(`${server.origin}/`);
  await other.getByRole('button', { name: 'Sign out', exact: true }).click();
  await other.getByRole('button', { name: 'Sign out all the same' }).click();
  await fillCredentials(other, second);
  await expect(other.getByRole('banner')).toContainText(second.email);
  await page.goBack({ waitUntil: 'commit' });
  await expect(page.getByRole('banner')).toContainText(second.email);
  await expectNothingOfTheirs(page);
  await add(page, 'Of the second');
  await expectSaved(page, server, second, ['Of the second']);
  await expectNothingOfTheirs(page);
});

test('whoever goes back to their page while their session has ended is asked who they are, with nothing of theirs in sight', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await leaveBehind(page, person);
  await context.clearCookies();
  await page.goBack({ waitUntil: 'commit' });
  await expect.poll(() => comeback(page)).toBe('out of sight');
  await expect(signInHeading(page)).toBeVisible();
  await expectNothingOfTheirs(page);
  await fillCredentials(page, person);
  await expect(page.getByLabel('New task')).toHaveValue('Half a sent');
  await page.getByLabel('New task').press('Enter');
  await expectSaved(page, server, person, ['Zephyr', 'Half a sent']);
});
