import { expect, type Page, test } from '@playwright/test';
import { accessToken, request, signIn } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { add, enter, newPerson, type Person, rowOf } from './support/people.ts';
import { allSent, edit, expectListed, task, tasksAddress } from './support/tasks.ts';

let server: RunningServer;
let person: Person;

test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server?.stop());
test.beforeEach(async () => {
  person = await newPerson(server);
});

/** Gives the person these tasks, the first first, and some that are completed. */
async function give(titles: readonly string[], completed: readonly string[] = []): Promise<void> {
  const { cookie } = await signIn(server.origin, person);
  const token = await accessToken(server.origin, cookie);
  for (const title of [...titles, ...completed]) {
    const body = { title, completed: completed.includes(title) };
    const { status } = await request(server.origin, '/api/users/me/tasks', { token, body });
    expect(status).toBe(201);
  }
}

const field = (page: Page) => page.getByRole('searchbox', { name: 'Search' });

test('typing finds tasks, and leaves no word of it in the history of the browser', async ({
  page,
}) => {
  await give(['Buy milk', 'Crème brûlée', 'Call Ann'], ['Milk the cow']);
  await enter(page, server, person);
  await field(page).pressSequentially('mil');
  await expectListed(page, [task('Milk the cow', { completed: true }), task('Buy milk')]);
  await expect(page.getByText('2 tasks match “mil”')).toBeAttached();
  await field(page).fill('creme');
  await expectListed(page, [task('Crème brûlée')]);
  await field(page).press('Enter');
  expect(page.url()).not.toContain('creme');
  expect(await page.title()).not.toContain('creme');
  await page.reload();
  await expect(field(page)).toHaveValue('');
  await expect(page.getByRole('list', { name: 'Tasks' }).getByRole('checkbox')).toHaveCount(4);
});

test('a search and the filter work together, by the keyboard alone', async ({ page }) => {
  await give(['Buy milk'], ['Milk the cow']);
  await enter(page, server, person);
  await page.getByLabel('New task').focus();
  // Add, the three filters, and then the search.
  for (let n = 0; n < 5; n++) await page.keyboard.press('Tab');
  await expect(field(page)).toBeFocused();
  await page.keyboard.type('cow');
  await page.keyboard.press('Enter');
  await expectListed(page, [task('Milk the cow', { completed: true })]);
  for (let n = 0; n < 3; n++) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${server.origin}/`);
  await expect(page.getByText('Nothing matches “cow”').last()).toBeVisible();
  await page.getByRole('link', { name: 'Search all tasks' }).press('Enter');
  await expectListed(page, [task('Milk the cow', { completed: true })]);
  await field(page).press('Escape');
  await expect(page).toHaveURL(/\?status=all$/);
  await expect(page.getByRole('list', { name: 'Tasks' }).getByRole('checkbox')).toHaveCount(2);
});

test('whatever is typed is searched for as it is', async ({ page }) => {
  await give(['Answer 42', 'true love', '"quotes" & <b>tags</b>']);
  await enter(page, server, person);
  for (const [typed, title] of [
    ['42', 'Answer 42'],
    ['true', 'true love'],
    ['"quotes" &', '"quotes" & <b>tags</b>'],
  ] as const) {
    await field(page).fill(typed);
    await expectListed(page, [task(title)]);
  }
  await field(page).fill('?!');
  await expect(page.getByText('Nothing matches “?!”').last()).toBeVisible();
});

test('changes that wait to be sent are found as they are, and stay when they are sent', async ({
  page,
}) => {
  await give(['Buy milk', 'Milk the cow']);
  await enter(page, server, person);
  await expect(rowOf(page, 'Buy milk')).toBeVisible();
  await page.route(tasksAddress, (route) =>
    route.request().method() === 'GET' ? route.fallback() : route.abort(),
  );
  await field(page).fill('milk');
  await expect(page.getByText('2 tasks match “milk”')).toBeAttached();
  await add(page, 'More milk');
  await expect(page.getByText(/Waiting|Saving…/).first()).toBeVisible();
  await edit(page, 'Milk the cow', { title: 'Feed the milk cow' });
  await expectListed(page, [task('More milk'), task('Feed the milk cow'), task('Buy milk')]);
  await field(page).fill('more');
  await expectListed(page, [task('More milk')]);
  await page.unroute(tasksAddress);
  await field(page).fill('feed');
  await expectListed(page, [task('Feed the milk cow')]);
  await allSent(page);
  await expectListed(page, [task('Feed the milk cow')]);
});

test('without a network the tasks that are kept are searched, and the page says so', async ({
  page,
  context,
}) => {
  await give(['Buy milk', 'Call Ann']);
  await enter(page, server, person);
  await expect(rowOf(page, 'Buy milk')).toBeVisible();
  await context.setOffline(true);
  await field(page).fill('ann');
  await expectListed(page, [task('Call Ann')]);
  const notice = page.getByText('Offline: only the tasks that this browser keeps are searched.');
  await expect(notice).toBeVisible();
  await expect(page.getByText('could not be loaded')).toHaveCount(0);
  await field(page).fill('zebra');
  await expect(page.getByText('Nothing matches “zebra”').last()).toBeVisible();
  await give(['Zebra']);
  await context.setOffline(false);
  await expectListed(page, [task('Zebra')]);
  await expect(notice).toHaveCount(0);
});
