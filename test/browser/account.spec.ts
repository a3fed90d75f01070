import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Browser, type BrowserContext, expect, type Page, test } from '@playwright/test';
import { type Account, request, signIn, signUp } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';

const phone = {
  viewport: { width: 320, height: 640 },
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
};

let server: RunningServer;
test.beforeAll(async () => {
  test.setTimeout(360_000);
  server = await startServer({ viaNpm: true });
});
test.afterAll(() => server?.stop());

/** A person who is signed in nowhere yet. */
async function newPerson(): Promise<Account> {
  const person = await signUp(server.origin);
  const headers = { cookie: person.cookie, origin: server.origin };
  await request(server.origin, '/api/auth/sign-out', { body: {}, headers });
  return person;
}

async function enter(page: Page, { email, password }: Account): Promise<void> {
  await page.goto(`${server.origin}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tasks' })).toBeVisible();
}

async function openAccount(page: Page): Promise<void> {
  await page.getByRole('banner').getByRole('link', { name: 'Account' }).click();
  await expect(page).toHaveURL(`${server.origin}/account`);
  await expect(page.getByRole('heading', { level: 1, name: 'Account' })).toBeVisible();
}

const devices = (page: Page) => page.getByRole('list', { name: 'Devices' }).getByRole('listitem');

/** The same person, signed in on a phone too. */
async function onPhone(browser: Browser, person: Account): Promise<BrowserContext> {
  const context = await browser.newContext(phone);
  await enter(await context.newPage(), person);
  return context;
}

/** Whether the issuer knows the session of this browser. */
async function isSignedIn(context: BrowserContext): Promise<boolean> {
  const answer = await context.request.get(`${server.origin}/api/auth/get-session`);
  return (await answer.json()) !== null;
}

async function addTask(page: Page, title: string): Promise<void> {
  await page.getByRole('banner').getByRole('link', { name: 'Ownlist' }).click();
  await page.getByLabel('New task').fill(title);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('checkbox', { name: title })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('checkbox', { name: title })).toBeVisible();
}

async function changePassword(page: Page, current: string, next: string): Promise<void> {
  await page.getByLabel('Current password').fill(current);
  await page.getByLabel('New password').fill(next);
  await page.getByRole('button', { name: 'Change password' }).click();
}

test('a person sees where they are signed in and signs one device out: it has to sign in again, and this one goes on', async ({
  page,
  browser,
}) => {
  const person = await newPerson();
  await enter(page, person);
  await openAccount(page);
  await expect(devices(page)).toHaveCount(1);
  await expect(page.getByText('You are signed in nowhere else.')).toBeVisible();

  const other = await onPhone(browser, person);
  await page.reload();
  await expect(devices(page)).toHaveCount(2);
  await expect(devices(page).first()).toContainText(/Chrom.* on .*This device/);
  await expect(devices(page).first().getByRole('button')).toHaveCount(0);
  await expect(devices(page).last()).toContainText(/Safari on iPhone.*Used in the last 24 hours/);

  await page.getByRole('button', { name: 'Sign out Safari on iPhone' }).press('Enter');
  await expect(page.getByText('Safari on iPhone was signed out.')).toBeVisible();
  await expect(devices(page)).toHaveCount(1);
  await expect(page.getByRole('heading', { name: 'Where you are signed in' })).toBeFocused();
  expect(await isSignedIn(other)).toBe(false);
  await addTask(page, 'Buy a new phone');
  await other.close();
});

test('a person signs out everywhere else at once', async ({ page, browser }) => {
  const person = await newPerson();
  await enter(page, person);
  const other = await onPhone(browser, person);
  const { cookie } = await signIn(server.origin, person);
  await openAccount(page);
  await expect(devices(page)).toHaveCount(3);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(devices(page)).toHaveCount(1);
  await expect(page.getByText('You are signed in nowhere else.')).toBeVisible();
  expect(await isSignedIn(other)).toBe(false);
  const program = await request(server.origin, '/api/auth/get-session', { headers: { cookie } });
  expect(program.json).toBeNull();
  await addTask(page, 'Alone at last');
  await other.close();
});

test('a device that may not have been signed out stays on the list, and it is said why', async ({
  page,
  browser,
}) => {
  const person = await newPerson();
  await enter(page, person);
  const other = await onPhone(browser, person);
  await openAccount(page);
  await page.route('**/api/auth/end-session', (route) => route.abort());
  const button = page.getByRole('button', { name: 'Sign out Safari on iPhone' });
  await button.click();
  await expect(page.getByRole('alert')).toContainText(/may still be signed in.*connection/);
  await expect(devices(page)).toHaveCount(2);
  await page.unroute('**/api/auth/end-session');
  await button.click();
  await expect(devices(page)).toHaveCount(1);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await other.close();
});

test('a changed password signs the other devices out, and this one goes on with it', async ({
  page,
  browser,
}) => {
  const person = await newPerson();
  const next = 'an entirely new password';
  await enter(page, person);
  const other = await onPhone(browser, person);
  await openAccount(page);

  await changePassword(page, 'not the password', next);
  const current = page.getByLabel('Current password');
  await expect(current).toHaveAccessibleDescription('This is not your current password.');
  await expect(current).toBeFocused();
  expect(await isSignedIn(other)).toBe(true);

  await changePassword(page, person.password, 'short');
  await expect(page.getByLabel('New password')).toHaveAccessibleDescription(/at least 8.*has 5/);
  await expect(page.getByLabel('New password')).toBeFocused();

  await changePassword(page, person.password, next);
  await expect(page.getByText(/Your password is changed/)).toBeVisible();
  await expect(current).toHaveValue('');
  await expect(page.getByLabel('New password')).toHaveValue('');
  await expect(devices(page)).toHaveCount(1);
  expect(await isSignedIn(other)).toBe(false);
  await addTask(page, 'Tell nobody');
  await expect(signIn(server.origin, person)).rejects.toThrow('401');
  await signIn(server.origin, { ...person, password: next });
  await other.close();
});

test('whoever corrects the second field first is left there', async ({ page }) => {
  await enter(page, await newPerson());
  await openAccount(page);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByLabel('Current password')).toBeFocused();
  await page.getByLabel('New password').pressSequentially('a few words');
  await expect(page.getByLabel('New password')).toHaveValue('a few words');
  await expect(page.getByLabel('Current password')).toHaveAttribute('aria-invalid', 'true');
});

test('a change of the password whose answer is lost leaves the person in no false belief', async ({
  page,
}) => {
  const person = await newPerson();
  await enter(page, person);
  await openAccount(page);
  await page.route('**/api/auth/change-password', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await changePassword(page, person.password, 'an entirely new password');
  await expect(page.getByRole('alert')).toContainText('may have changed already');
});

test('whoever signed in more than a day ago gives the password first, and is listed once', async ({
  page,
}) => {
  const person = await newPerson();
  await enter(page, person);
  const accounts = new DatabaseSync(path.join(server.dataDir, 'accounts.db'));
  accounts
    .prepare('update session set createdAt = ? where userId = ?')
    .run(new Date(Date.now() - 25 * 60 * 60 * 1000).toISOString(), person.userId);
  accounts.close();
  await openAccount(page);
  const password = page.getByLabel('Password', { exact: true });
  await password.fill('not the password');
  await page.keyboard.press('Enter');
  await expect(password).toHaveAccessibleDescription('This is not your password.');
  await password.fill(person.password);
  await page.keyboard.press('Enter');
  await expect(devices(page)).toHaveCount(1);
  await expect(devices(page)).toContainText('This device');
  await expect(page.getByRole('heading', { name: 'Where you are signed in' })).toBeFocused();
  await addTask(page, 'Still here');
});

test('a session that ended elsewhere is asked for over the account page, which goes on', async ({
  page,
  context,
}) => {
  const person = await newPerson();
  await enter(page, person);
  await openAccount(page);
  await expect(devices(page)).toHaveCount(1);
  await context.request.post(`${server.origin}/api/auth/sign-out`, {
    data: {},
    headers: { origin: server.origin },
  });
  await changePassword(page, person.password, 'an entirely new password');
  const dialog = page.getByRole('dialog', { name: 'Your session ended' });
  await dialog.getByLabel('Password', { exact: true }).fill(person.password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: 'Account' })).toBeVisible();
  await expect(devices(page)).toHaveCount(1);
});

for (const width of [320, 1280]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the account overflows nowhere at ${width} pixels in ${colorScheme}`, async ({
      browser,
    }) => {
      const person = await newPerson();
      await signIn(server.origin, person);
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
      const page = await context.newPage();
      await enter(page, person);
      await openAccount(page);
      await expect(devices(page)).toHaveCount(2);
      await changePassword(page, '', '');
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBe(0);
      await page.screenshot({
        path: `test-results/screens/account-${width}-${colorScheme}.png`,
        fullPage: true,
      });
      await context.close();
    });
  }
}
