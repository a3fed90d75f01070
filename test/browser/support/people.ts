import { randomBytes } from 'node:crypto';
import { expect, type Locator, type Page } from '@playwright/test';
import { type Account, accessToken, request, signIn, signUp } from '../../support/client.ts';

/** Where a server is found; all that is needed of one here. */
type Address = { origin: string };

/** A person with an account on the server, and no session in any browser yet. */
export type Person = Pick<Account, 'userId' | 'email' | 'password'>;

/** Signs somebody new up. */
export async function newPerson({ origin }: Address): Promise<Person> {
  const name = randomBytes(4).toString('hex');
  const { userId, email, password } = await signUp(origin, { email: `${name}@example.org` });
  return { userId, email, password };
}

/** Opens the page and signs the person in; resolves when their list is there. */
export async function enter(page: Page, server: Address, person: Person): Promise<void> {
  await page.goto(`${server.origin}/sign-in?next=${encodeURIComponent('/?status=all')}`);
  await fillCredentials(page, person);
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await expect(page).toHaveURL(/status=all/);
}

/** Fills in and sends the form that asks who it is: the page's own or the one in a dialog. */
export async function fillCredentials(page: Page, { email, password }: Person): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Types a title and hands it over. */
export async function add(page: Page, title: string): Promise<void> {
  await page.getByLabel('New task').fill(title);
  await page.keyboard.press('Enter');
  await expect(rowOf(page, title)).toBeVisible();
}

/** The checkbox that stands for a task in the list. */
export function rowOf(page: Page, title: string): Locator {
  return page.getByRole('checkbox', { name: title, exact: true });
}

/** The person's tasks as the server has them, read by a program of theirs. */
export async function storedTasks({ origin }: Address, person: Person) {
  const { cookie } = await signIn(origin, person);
  const token = await accessToken(origin, cookie);
  const list = await request(origin, '/api/users/me/tasks?status=all&limit=200', { token });
  await request(origin, '/api/auth/sign-out', { body: {}, headers: { cookie, origin } });
  expect(list.status).toBe(200);
  return list.json.data as { title: string; description: string; completed: boolean }[];
}

/**
 * The end of every scenario: the person's tasks are in the store exactly once, on the screen
 * exactly once, and nobody else's.
 *
 * @param titles Of all the tasks the person has.
 */
export async function expectSaved(
  page: Page,
  server: Address,
  person: Person,
  titles: readonly string[],
): Promise<void> {
  const wanted = [...titles].sort();
  await expect
    .poll(async () => (await storedTasks(server, person)).map(({ title }) => title).sort(), {
      timeout: 40_000,
    })
    .toEqual(wanted);
  await expect(page.getByRole('list', { name: 'Tasks' }).getByRole('checkbox')).toHaveCount(
    titles.length,
  );
  for (const title of titles) await expect(rowOf(page, title)).toHaveCount(1);
  await expect(page.getByText(/Saving…|Waiting/)).toHaveCount(0);
  const bystander = await newPerson(server);
  expect(await storedTasks(server, bystander)).toEqual([]);
}

/** What every storage of the browser that a script can read holds, as one text. */
export function keptInBrowser(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const done = <T>(wish: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        wish.onsuccess = () => resolve(wish.result);
        wish.onerror = () => reject(wish.error);
      });
    const databases = await indexedDB.databases();
    const records = await Promise.all(
      databases.map(async ({ name = '' }) => {
        const wish = indexedDB.open(name);
        // It was erased meanwhile, and is not to be made anew by whoever looks.
        wish.onupgradeneeded = () => wish.transaction?.abort();
        const db = await done(wish).catch(() => undefined);
        if (db === undefined) return [];
        const stores = [...db.objectStoreNames];
        const all = stores.map((store) => done(db.transaction(store).objectStore(store).getAll()));
        const found = await Promise.all(all);
        db.close();
        return [name, found];
      }),
    );
    const cached = await Promise.all(
      (await caches.keys()).map(async (name) => {
        const cache = await caches.open(name);
        const keys = await cache.keys();
        const texts = keys.map(async (key) => (await cache.match(key))?.text());
        return [keys.map(({ url }) => url), await Promise.all(texts)];
      }),
    );
    const texts = [document.cookie, localStorage, sessionStorage, records, cached];
    return texts.map((text) => JSON.stringify(text)).join('\n');
  });
}
