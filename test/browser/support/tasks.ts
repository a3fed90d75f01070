import {
  type Browser,
  type BrowserContext,
  expect,
  type Locator,
  type Page,
} from '@playwright/test';
import { accessToken, request, signIn } from '../../support/client.ts';
import { enter, type Person, rowOf, storedTasks } from './people.ts';

type Address = { origin: string };

/** What a person says of a task. */
export type Words = { title: string; description: string; completed: boolean };

/** A task of which no more than its title, or this, was ever said. */
export function task(title: string, rest: Partial<Words> = {}): Words {
  return { title, description: '', completed: false, ...rest };
}

/** Opens the editor of a task. */
export async function openEditor(page: Page, title: string): Promise<Locator> {
  await page.getByRole('button', { name: `Edit ${title}`, exact: true }).click();
  return editorOn(page);
}

/** The one editor that is open. */
export function editorOn(page: Page): Locator {
  return page.getByRole('form', { name: 'Task editor' });
}

/** Writes a task anew and hands it over. */
export async function edit(page: Page, title: string, words: Partial<Words>): Promise<void> {
  const editor = await openEditor(page, title);
  if (words.title !== undefined) await editor.getByLabel('Title').fill(words.title);
  if (words.description !== undefined) {
    await editor.getByLabel('Description').fill(words.description);
  }
  await editor.getByRole('button', { name: 'Save' }).click();
  await expect(rowOf(page, words.title ?? title)).toBeVisible();
}

/**
 * Deletes a task, and says so when asked. By keyboard: where another tab adds tasks, the list moves
 * between the press and the release of a mouse, and it clicks on nothing.
 */
export async function remove(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: `Delete ${title}`, exact: true }).press('Enter');
  const question = page.getByRole('group', { name: `Delete ${title}?` });
  await question.getByRole('button', { name: 'Delete', exact: true }).press('Enter');
  await expect(question).toHaveCount(0);
  await expect(rowOf(page, title)).toHaveCount(0);
}

/** Resolves when the server has everything that was handed over on this page. */
export async function allSent(page: Page): Promise<void> {
  await expect(page.getByText(/Saving…|Waiting/)).toHaveCount(0);
}

/** The server has these tasks of the person, in these words, and no other. */
export async function expectStored(
  server: Address,
  person: Person,
  tasks: readonly Words[],
): Promise<void> {
  const inOrder = (list: readonly Words[]) =>
    list
      .map(({ title, description, completed }) => ({ title, description, completed }))
      .sort((one, other) => (one.title < other.title ? -1 : 1));
  await expect
    .poll(async () => inOrder(await storedTasks(server, person)), { timeout: 40_000 })
    .toEqual(inOrder(tasks));
}

/** The list says this of these tasks, and has no other. */
export async function expectListed(page: Page, tasks: readonly Words[]): Promise<void> {
  const list = page.getByRole('list', { name: 'Tasks' });
  await expect(list.getByRole('checkbox')).toHaveCount(tasks.length);
  for (const { title, description, completed } of tasks) {
    await expect(rowOf(page, title)).toBeChecked({ checked: completed });
    const row = list.getByRole('listitem').filter({ has: rowOf(page, title) });
    if (description !== '') await expect(row).toContainText(description);
  }
}

/** Another browser, in which the same person is signed in. */
export async function otherDevice(browser: Browser, server: Address, person: Person) {
  const page = await (await browser.newContext()).newPage();
  await enter(page, server, person);
  return page;
}

/** A change that a program of the person's makes, as from another device. */
export async function changeElsewhere(
  { origin }: Address,
  person: Person,
  title: string,
  change: Partial<Words> | 'delete',
): Promise<void> {
  const { cookie } = await signIn(origin, person);
  const token = await accessToken(origin, cookie);
  const list = await request(origin, '/api/users/me/tasks?status=all', { token });
  const found = list.json.data.find((one: Words) => one.title === title);
  const path = `/api/users/me/tasks/${found.id}`;
  const { status } = await request(
    origin,
    path,
    change === 'delete'
      ? { method: 'DELETE', token }
      : {
          method: 'PATCH',
          token,
          body: change,
          headers: { 'content-type': 'application/merge-patch+json' },
        },
  );
  expect(status).toBe(change === 'delete' ? 204 : 200);
  await request(origin, '/api/auth/sign-out', { body: {}, headers: { cookie, origin } });
}

/** A request that changes a task, in words, such as `add Bread` or `change {"completed":true}`. */
interface Writes {
  sent: { what: string; key: string }[];
  /** Those that were answered, in the order of the answers. */
  answered: string[];
  /** Those of them that the server has carried out. */
  done: string[];
}

/** The requests that change a task, from now on. */
export function recordWrites(from: Page | BrowserContext): Writes {
  const writes: Writes = { sent: [], answered: [], done: [] };
  // Both tell of requests alike; their overloads do not meet in a union.
  const source = from as Page;
  source.on('request', (sent) => {
    if (!isWrite(sent.url(), sent.method())) return;
    const key = sent.headers()['idempotency-key'] ?? '';
    writes.sent.push({ what: inWords(sent.method(), sent.postData()), key });
  });
  source.on('response', (answer) => {
    const sent = answer.request();
    if (!isWrite(sent.url(), sent.method())) return;
    const what = inWords(sent.method(), sent.postData());
    writes.answered.push(what);
    if (answer.ok()) writes.done.push(what);
  });
  return writes;
}

export const tasksAddress = '**/api/users/me/tasks**';

function isWrite(url: string, method: string): boolean {
  return url.includes('/api/users/me/tasks') && method !== 'GET';
}

function inWords(method: string, body: string | null): string {
  if (method === 'POST') return `add ${JSON.parse(body ?? '{}').title}`;
  return method === 'PATCH' ? `change ${body}` : 'delete';
}

/**
 * Loses the answer to the next request of this method on its way: the server has done it.
 *
 * @param meanwhile Before the page learns that there will be no answer.
 */
export async function loseAnswer(
  page: Page,
  method: string,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  let lost = false;
  await page.route(tasksAddress, async (route) => {
    if (lost || route.request().method() !== method) return route.fallback();
    lost = true;
    const answer = await route.fetch();
    expect(answer.ok()).toBe(true);
    await meanwhile();
    await route.abort();
  });
}
