import { mkdirSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { request, signIn, signUp } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { leaveUntold } from './support/sessions.ts';

const ann = { name: 'Ann', email: 'ann@example.org', password: 'a long password' };
const bob = { name: 'Bob', email: 'bob@example.org', password: 'another password' };
const carla = { name: 'Carla', email: 'carla@example.org', password: 'a third password' };
const dan = { name: 'Dan', email: 'dan@example.org', password: 'the fourth password' };

let server: RunningServer;
// As a person starts it: npm start, which also leaves the secret to be generated.
test.beforeAll(async () => {
  test.setTimeout(360_000);
  server = await startServer({ viaNpm: true, env: { BETTER_AUTH_SECRET: undefined } });
  for (const person of [ann, bob]) await signUp(server.origin, person);
});
test.afterAll(() => server?.stop());

/** Fails the test on anything the browser complains about: errors, refused content, lost requests. */
function expectNoComplaints(page: Page): () => void {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return () => expect(complaints).toEqual([]);
}

async function signUpOnPage(page: Page, person: typeof ann): Promise<void> {
  await page.goto(`${server.origin}/sign-up`);
  await page.getByLabel('Name').fill(person.name);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tasks' })).toBeVisible();
}

async function add(page: Page, ...titles: string[]): Promise<void> {
  for (const title of titles) {
    await page.getByLabel('New task').fill(title);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('checkbox', { name: title })).toBeVisible();
  }
}

const titles = (page: Page) => page.getByRole('list', { name: 'Tasks' }).getByRole('checkbox');

test('a person signs up, adds, edits, completes and deletes, comes back later and finds it as it was; another person finds none of it', async ({
  page,
  browser,
}) => {
  const noComplaints = expectNoComplaints(page);
  await signUpOnPage(page, carla);
  await expect(page.getByText(/nothing|no tasks|all done/i).first()).toBeVisible();
  await add(page, 'Water the plants', 'Call the dentist', 'Old news');

  await page.getByRole('button', { name: 'Edit Call the dentist' }).click();
  await page.getByLabel('Title').fill('Call the dentist about Tuesday');
  await page.getByLabel('Description').fill('Ask for a morning.\nBring the card.');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(
    page.getByRole('checkbox', { name: 'Call the dentist about Tuesday' }),
  ).toBeVisible();

  await page.getByRole('checkbox', { name: 'Water the plants' }).check();
  await page.getByRole('button', { name: 'Delete Old news' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByRole('checkbox', { name: 'Old news' })).toHaveCount(0);

  const expectAll = async () => {
    await page
      .getByRole('navigation', { name: 'Filter' })
      .getByRole('link', { name: 'All' })
      .click();
    await expect(titles(page)).toHaveCount(2);
    await expect(page.getByRole('checkbox', { name: 'Water the plants' })).toBeChecked();
    await expect(page.getByRole('checkbox', { name: /Call the dentist about/ })).not.toBeChecked();
    await expect(page.getByText('Bring the card.')).toBeVisible();
  };
  await expectAll();
  await page.reload();
  await expectAll();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByText('Water the plants')).toHaveCount(0);
  await page.getByLabel('E-mail').fill(carla.email);
  await page.getByLabel('Password', { exact: true }).fill(carla.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expectAll();
  noComplaints();

  const other = await (await browser.newContext()).newPage();
  await signUpOnPage(other, dan);
  await other
    .getByRole('navigation', { name: 'Filter' })
    .getByRole('link', { name: 'All' })
    .click();
  await expect(titles(other)).toHaveCount(0);
  await expect(other.getByText(/dentist|plants/)).toHaveCount(0);
  await other.close();
});

test('a task made by a program is on the page, and one made on the page is in the API', async ({
  page,
}) => {
  const { cookie } = await signIn(server.origin, ann);
  const { token } = (await request(server.origin, '/api/auth/token', { headers: { cookie } })).json;
  await request(server.origin, '/api/users/me/tasks', { token, body: { title: 'From a program' } });
  await enter(page, ann);
  await expect(page.getByRole('checkbox', { name: 'From a program' })).toBeVisible();
  await add(page, 'From the page');
  // A task is on the page as soon as it is written, and on the server a moment later.
  const newest = async () =>
    (await request(server.origin, '/api/users/me/tasks', { token })).json.data[0].title;
  await expect.poll(newest).toBe('From the page');
});

async function enter(page: Page, person: typeof ann, path = '/'): Promise<void> {
  await page.goto(`${server.origin}${path}`);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  // Until the list is there the page is still asking, for a token and for tasks.
  const listed = page.waitForResponse(
    (answer) => answer.url().includes('/api/users/me/tasks') && answer.ok(),
  );
  await page.getByRole('button', { name: 'Sign in' }).click();
  await listed;
  await expect(page.getByRole('heading', { level: 1, name: 'Tasks' })).toBeVisible();
}

test('whoever was sent to sign in comes back to where they were, and nowhere else', async ({
  page,
}) => {
  await enter(page, ann, '/?status=completed');
  await expect(page).toHaveURL(`${server.origin}/?status=completed`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  for (const next of ['https://evil.example.org', '//evil.example.org', '/\\evil.example.org']) {
    await enter(page, ann, `/sign-in?next=${encodeURIComponent(next)}`);
    expect(new URL(page.url()).origin).toBe(server.origin);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  }
});

test('what is wrong is said where it is wrong', async ({ page }) => {
  await page.goto(`${server.origin}/sign-up`);
  await page.getByLabel('E-mail').fill('not an address');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Sign up' }).click();
  for (const field of ['Name', 'E-mail']) {
    const input = page.getByLabel(field);
    await expect(input).toHaveAttribute('aria-invalid', 'true');
    await expect(input).toHaveAccessibleDescription(/\w/);
  }
  await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/8/);
  await expect(page.getByLabel('Name')).toBeFocused();

  await page.goto(`${server.origin}/sign-in`);
  await page.getByLabel('E-mail').fill(ann.email);
  await page.getByLabel('Password', { exact: true }).fill('not her password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert').first()).toContainText(/e-mail|password/i);
  await expect(page.getByLabel('E-mail')).toHaveValue(ann.email);
});

test('everything can be done by keyboard alone', async ({ page }) => {
  await enter(page, bob);
  await page.getByLabel('New task').focus();
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('New task')).toBeFocused();
  await expect(page.getByRole('checkbox', { name: 'By keyboard' })).toBeVisible();

  await tabTo(page, 'Edit By keyboard');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Title')).toBeFocused();
  await page.keyboard.type(', edited');
  await page.keyboard.press('Enter');
  const edited = page.getByRole('checkbox', { name: /By keyboard/ });
  await expect(edited).toHaveCount(1);
  const name =
    (await page
      .getByRole('button', { name: /^Edit / })
      .first()
      .getAttribute('aria-label')) ?? '';
  expect(name).toContain('edited');

  await tabTo(page, name.replace(/^Edit /, 'Delete '));
  await page.keyboard.press('Enter');
  await tabTo(page, 'Delete');
  await page.keyboard.press('Enter');
  await expect(edited).toHaveCount(0);
});

/** Presses Tab, or Shift+Tab first, until the button of this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  const isFocused = () => button.evaluate((element) => element === document.activeElement);
  for (const key of ['Tab', 'Shift+Tab']) {
    for (let presses = 0; presses < 30; presses++) {
      if (await isFocused()) return;
      await page.keyboard.press(key);
    }
  }
  await expect(button).toBeFocused();
}

test('text that looks like markup is shown as the text it is', async ({ page }) => {
  const noComplaints = expectNoComplaints(page);
  await enter(page, bob);
  const markup =
    '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';
  await add(page, markup);
  await page.reload();
  await expect(page.getByText(markup)).toBeVisible();
  expect(await page.title()).not.toBe('taken');
  noComplaints();
});

test('nothing secret is kept where a script could read it', async ({ page, context }) => {
  await enter(page, ann);
  const kept = await page.evaluate(async () => ({
    cookie: document.cookie,
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: await Promise.all(
      (await indexedDB.databases()).map(async ({ name }) => {
        const opening = indexedDB.open(name ?? '');
        const db = await new Promise<IDBDatabase>((resolve) => {
          opening.onsuccess = () => resolve(opening.result);
        });
        const stores = await Promise.all(
          [...db.objectStoreNames].map(
            (store) =>
              new Promise((resolve) => {
                const all = db.transaction(store).objectStore(store).getAll();
                all.onsuccess = () => resolve(all.result);
              }),
          ),
        );
        db.close();
        return JSON.stringify(stores);
      }),
    ),
  }));
  expect(kept).toMatchObject({ cookie: '', local: {}, session: {} });
  expect(kept.databases.join()).toContain(ann.email);
  const issued = (await context.request.get(`${server.origin}/api/auth/token`)).json();
  const signed = (await context.cookies(`${server.origin}/api/auth/`)).map(({ value }) => value);
  for (const secret of [...signed, (await issued).token.split('.')[0], ann.password]) {
    expect(kept.databases.join()).not.toContain(secret);
  }
  const cookies = await context.cookies(`${server.origin}/api/auth/`);
  expect(cookies.map(({ httpOnly, sameSite, path }) => ({ httpOnly, sameSite, path }))).toEqual([
    { httpOnly: true, sameSite: 'Strict', path: '/api/auth' },
  ]);
});

test('an access token the API refuses is renewed once, and the request sent again', async ({
  page,
}) => {
  await enter(page, ann);
  const asked: string[] = [];
  page.on('request', (sent) => asked.push(`${sent.method()} ${new URL(sent.url()).pathname}`));
  let refusals = 0;
  await page.route('**/api/users/me/tasks*', async (route) => {
    if (route.request().method() !== 'POST' || refusals > 0) return route.fallback();
    refusals++;
    // The real server refuses it: the token is spoilt on its way.
    await route.continue({
      headers: { ...route.request().headers(), authorization: 'Bearer spoilt' },
    });
  });
  await add(page, 'Sent twice, made once');
  await expect.poll(() => asked.filter((line) => line.startsWith('POST')).length).toBe(2);
  expect(asked.filter((line) => line.endsWith('/api/auth/token'))).toHaveLength(1);
  await page.reload();
  await expect(page.getByRole('checkbox', { name: 'Sent twice, made once' })).toHaveCount(1);
});

test('a session that ended elsewhere asks for the password over the page, with a bounded number of requests, and sends what was typed', async ({
  page,
  context,
}) => {
  await leaveUntold(page);
  await enter(page, ann, '/?status=all');
  const cookies = await context.cookies(`${server.origin}/api/auth/`);
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  await request(server.origin, '/api/auth/sign-out', {
    body: {},
    headers: { cookie, origin: server.origin },
  });
  const asked: string[] = [];
  page.on('request', (sent) => asked.push(sent.url()));
  await page.route('**/api/users/me/tasks*', (route) =>
    // The token is still in its five minutes; the expiry is brought forward.
    route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer expired' } }),
  );
  await page.getByLabel('New task').fill('Typed before the end');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Your session ended' })).toBeVisible();
  expect(asked.filter((url) => url.includes('/api/')).length).toBeLessThanOrEqual(6);
  await page.unroute('**/api/users/me/tasks*');
  await page.getByLabel('Password', { exact: true }).fill(ann.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page).toHaveURL(`${server.origin}/?status=all`);
  await expect(page.getByRole('checkbox', { name: 'Typed before the end' })).toHaveCount(1);
});

test('a server that fails is named as such, and what was typed waits for it', async ({ page }) => {
  await enter(page, ann);
  await page.route('**/api/users/me/tasks*', (route) => route.abort());
  await page.getByLabel('New task').fill('Not lost');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/Offline: 1 change is kept here/)).toBeVisible();
  await page.reload();
  await expect(page.getByRole('checkbox', { name: 'Not lost' })).toBeVisible();
  await expect(page.getByText(/Offline: 1 change is kept here/)).toBeVisible();
  await page.unroute('**/api/users/me/tasks*');
  await expect(page.getByText(/Offline/)).toHaveCount(0, { timeout: 20_000 });
  const stored = page.waitForResponse((answer) => answer.url().includes('/api/users/me/tasks'));
  await page.reload();
  await stored;
  await expect(page.getByRole('checkbox', { name: 'Not lost' })).toHaveCount(1);
});

test('every answer of the server carries the headers of a careful one, each once', async () => {
  const api = ['/api/docs', '/api/users/me/tasks', '/api/auth/get-session'];
  for (const path of ['/', '/sign-in', '/sw.js', '/nothing.txt', ...api]) {
    const { headers } = await request(server.origin, path, { headers: { accept: 'text/html' } });
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    // Where one is there twice, both are here with a comma between them.
    expect(headers.get('content-security-policy')?.split(',')).toHaveLength(1);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('keep-alive')).toMatch(/^timeout=\d+$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  }
});

for (const width of [320, 360, 768, 1280, 1920]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`nothing overflows at ${width} pixels in ${colorScheme}`, async ({ browser }) => {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
      const page = await context.newPage();
      const look = async (name: string) => {
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, name).toBe(0);
        mkdirSync('test-results/screens', { recursive: true });
        await page.screenshot({ path: `test-results/screens/${name}-${width}-${colorScheme}.png` });
      };
      await page.goto(`${server.origin}/sign-in`);
      await look('sign-in');
      await page.goto(`${server.origin}/api/docs`);
      await look('api-docs');
      const person = { ...ann, email: `look-${width}-${colorScheme}@example.org` };
      await signUpOnPage(page, person);
      await look('empty');
      await add(
        page,
        'Renew the passport',
        'Plan the garden',
        'x'.repeat(120),
        'Return the library books',
      );
      await page.getByRole('button', { name: 'Edit Plan the garden' }).click();
      await page.getByLabel('Description').fill('Beans along the fence, then the roses.');
      await look('edit');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('checkbox', { name: 'Renew the passport' }).check();
      await page
        .getByRole('navigation', { name: 'Filter' })
        .getByRole('link', { name: 'All' })
        .click();
      await expect(titles(page)).toHaveCount(4);
      await look('list');
      await context.close();
    });
  }
}
