import { mkdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { cleanUpAtExit } from '../support/clean-up.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import {
  buildNewerPage,
  closeFronts,
  offer,
  startFront,
  underControl,
} from './support/new-version.ts';
import {
  add,
  enter,
  expectSaved,
  keptInBrowser,
  newPerson,
  type Person,
  rowOf,
} from './support/people.ts';
import {
  allSent,
  changeElsewhere,
  edit,
  editorOn,
  expectListed,
  expectStored,
  loseAnswer,
  openEditor,
  recordWrites,
  remove,
  task,
  tasksAddress,
  type Words,
} from './support/tasks.ts';

let server: RunningServer;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server?.stop());
test.afterEach(closeFronts);

const titlesOf = (tasks: readonly Words[]) => tasks.map(({ title }) => title);

test('what is done without a network waits in the page, in the page opened anew and in a new tab, and goes out once and in order when the network is back', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await underControl(page);
  for (const title of ['Old bread', 'Old butter', 'Old salt']) await add(page, title);
  await allSent(page);
  const writes = recordWrites(context);

  await context.setOffline(true);
  await add(page, 'Rye');
  await add(page, 'Oil');
  await edit(page, 'Oil', { title: 'Olive oil', description: 'The green one' });
  await edit(page, 'Old bread', { description: 'For the ducks' });
  await rowOf(page, 'Old butter').check();
  await remove(page, 'Old salt');
  const left = [
    task('Rye'),
    task('Olive oil', { description: 'The green one' }),
    task('Old bread', { description: 'For the ducks' }),
    task('Old butter', { completed: true }),
  ];
  const expectLeft = async (tab: Page) => {
    await expectListed(tab, left);
    await expect(tab.getByText('Offline: 6 changes are kept here')).toBeVisible();
  };
  await expectLeft(page);
  await page.reload();
  await expectLeft(page);
  const tab = await context.newPage();
  await tab.goto(`${server.origin}/?status=all`);
  await expectLeft(tab);
  expect(writes.answered).toEqual([]);

  await context.setOffline(false);
  await expectStored(server, person, left);
  await expectSaved(page, server, person, titlesOf(left));
  for (const each of [page, tab]) {
    await expectListed(each, left);
    await expect(each.getByText(/Offline/)).toHaveCount(0);
  }
  expect(writes.answered).toEqual([
    'add Rye',
    'add Oil',
    'change {"title":"Olive oil","description":"The green one"}',
    'change {"description":"For the ducks"}',
    'change {"completed":true}',
    'delete',
  ]);
});

/** What a person can do to a list that has `Bread` in it, and what the list then is. */
const deeds: { name: string; method: string; run(page: Page): Promise<void>; after: Words[] }[] = [
  {
    name: 'a new task',
    method: 'POST',
    run: (page) => add(page, 'Rye'),
    after: [task('Bread'), task('Rye')],
  },
  {
    name: 'an edit',
    method: 'PATCH',
    run: (page) => edit(page, 'Bread', { title: 'Black bread', description: 'Two' }),
    after: [task('Black bread', { description: 'Two' })],
  },
  {
    name: 'a tick',
    method: 'PATCH',
    run: (page) => rowOf(page, 'Bread').check(),
    after: [task('Bread', { completed: true })],
  },
  { name: 'a deletion', method: 'DELETE', run: (page) => remove(page, 'Bread'), after: [] },
];

for (const { name, method, run, after } of deeds) {
  test(`${name} that the server wrote and was killed before it answered is there once when the server is back`, async ({
    page,
  }) => {
    let own = await startServer();
    try {
      const person = await newPerson(own);
      await enter(page, own, person);
      await add(page, 'Bread');
      await allSent(page);
      const writes = recordWrites(page);
      await loseAnswer(page, method, () => own.kill());
      await run(page);
      await expect(page.getByText('Offline: 1 change is kept here')).toBeVisible();
      const { port, dataDir, secret } = own;
      own = await startServer({ port, dataDir, env: { BETTER_AUTH_SECRET: secret } });
      await expect(page.getByText(/Offline/)).toHaveCount(0, { timeout: 40_000 });
      await allSent(page);
      await expectStored(own, person, after);
      await expectSaved(page, own, person, titlesOf(after));
      await expectListed(page, after);
      expect(writes.done).toHaveLength(1);
      expect(new Set(writes.sent.map(({ key }) => key)).size).toBe(1);
    } finally {
      await own.stop();
    }
  });

  test(`${name} whose answer is lost is sent twice, and done once`, async ({ page }) => {
    const person = await newPerson(server);
    await enter(page, server, person);
    await add(page, 'Bread');
    await allSent(page);
    const writes = recordWrites(page);
    await loseAnswer(page, method);
    await run(page);
    await expect.poll(() => writes.answered).toHaveLength(1);
    await expectStored(server, person, after);
    await expectSaved(page, server, person, titlesOf(after));
    await expectListed(page, after);
    expect(writes.sent).toHaveLength(2);
    expect(writes.sent[0]).toEqual(writes.sent[1]);
  });
}

for (const { name, first, titleThen, elsewhere, stands } of [
  {
    name: 'an edit',
    first: (page: Page) => edit(page, 'Bread', { title: 'Rye' }),
    titleThen: 'Rye',
    elsewhere: { title: 'Wheat' },
    stands: task('Wheat'),
  },
  {
    name: 'a tick',
    first: (page: Page) => rowOf(page, 'Bread').check(),
    titleThen: 'Bread',
    elsewhere: { completed: false },
    stands: task('Bread'),
  },
]) {
  test(`${name} whose answer is lost and that is sent again does not undo what another device did in between, and asks nothing`, async ({
    page,
  }) => {
    const person = await newPerson(server);
    await enter(page, server, person);
    await add(page, 'Bread');
    await allSent(page);
    const writes = recordWrites(page);
    await loseAnswer(page, 'PATCH', () => changeElsewhere(server, person, titleThen, elsewhere));
    await first(page);
    await expect.poll(() => writes.answered).toHaveLength(1);
    await expectListed(page, [stands]);
    await expectStored(server, person, [stands]);
    await expectSaved(page, server, person, [stands.title]);
    await expect(page.getByRole('alert')).toHaveCount(0);
    expect(writes.sent).toHaveLength(2);
  });
}

test('a server that asks for patience is not asked again before, work goes on meanwhile, and all of it is saved once', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await page.clock.install();
  await enter(page, server, person);
  let busy = true;
  await page.route(tasksAddress, async (route) => {
    if (!busy || route.request().method() === 'GET') return route.fallback();
    await route.fulfill({
      status: 503,
      headers: { 'retry-after': '600', 'content-type': 'application/problem+json' },
      json: { status: 503, code: 'unavailable', title: 'Busy', detail: 'Busy.' },
    });
  });
  const writes = recordWrites(page);
  await add(page, 'Rye');
  await expect(page.getByText(/1 change is kept here/)).toBeVisible();
  await add(page, 'Oil');
  await rowOf(page, 'Rye').check();
  await expect(page.getByText(/3 changes are kept here/)).toBeVisible();
  await context.setOffline(true);
  await context.setOffline(false);
  await page.clock.fastForward('09:00');
  await add(page, 'Salt');
  await expect(page.getByText(/4 changes are kept here/)).toBeVisible();
  expect(writes.sent).toHaveLength(1);

  await page.clock.fastForward('01:30');
  await expect.poll(() => writes.answered).toHaveLength(2);
  busy = false;
  await page.clock.fastForward('09:00');
  await expect(page.getByText(/4 changes are kept here/)).toBeVisible();
  expect(writes.sent).toHaveLength(2);
  await page.clock.fastForward('01:30');
  await expectSaved(page, server, person, ['Rye', 'Oil', 'Salt']);
  await expect(rowOf(page, 'Rye')).toBeChecked();
  await expect(page.getByText(/kept here/)).toHaveCount(0);
  expect(writes.sent.map(({ what }) => what)).toEqual([
    'add Rye',
    'add Rye',
    'add Rye',
    'add Oil',
    'change {"completed":true}',
    'add Salt',
  ]);
});

test('while a slow server has not answered, the page says what it is still saving and work goes on; then all is saved once', async ({
  page,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  const answers = Promise.withResolvers<void>();
  await page.route(tasksAddress, async (route) => {
    if (route.request().method() === 'GET') return route.fallback();
    const answer = await route.fetch();
    await answers.promise;
    await route.fulfill({ response: answer });
  });
  const writes = recordWrites(page);
  await add(page, 'Rye');
  await add(page, 'Oil');
  await rowOf(page, 'Rye').check();
  await edit(page, 'Oil', { title: 'Olive oil' });
  await expect(page.getByText('Saving…')).toHaveCount(2);
  expect(writes.sent.map(({ what }) => what)).toEqual(['add Rye']);

  answers.resolve();
  await expectSaved(page, server, person, ['Rye', 'Olive oil']);
  await expectListed(page, [task('Rye', { completed: true }), task('Olive oil')]);
  expect(writes.answered).toEqual([
    'add Rye',
    'add Oil',
    'change {"completed":true}',
    'change {"title":"Olive oil"}',
  ]);
});

test('a question about a new task stays open while the task is saved and the list is asked for', async ({
  page,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  const saved = Promise.withResolvers<void>();
  const listed = Promise.withResolvers<void>();
  await page.route(tasksAddress, async (route) => {
    await (route.request().method() === 'POST' ? saved : listed).promise;
    await route.continue();
  });
  await add(page, 'Rye');
  await page.getByRole('link', { name: 'Completed' }).click();
  const asked = page.waitForRequest(/status=open/);
  await page.getByRole('link', { name: 'Open' }).click();
  await asked;
  await page.getByRole('button', { name: 'Delete Rye', exact: true }).click();
  const question = await page.getByRole('group', { name: 'Delete Rye?' }).elementHandle();

  saved.resolve();
  await expectStored(server, person, [task('Rye')]);
  await allSent(page);
  expect(await question?.evaluate((element) => element.isConnected)).toBe(true);
  listed.resolve();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expectStored(server, person, []);
  await expectSaved(page, server, person, []);
});

const halfTyped = 'Ask Quentin whether the zeb';
const halfEdited = { title: 'Bread for Osl', description: 'Two loaves, and the rec' };

/** Types a new task and an edit of `Bread` key by key, neither to its end; the last key is just pressed. */
async function typeHalf(page: Page): Promise<void> {
  const editor = await openEditor(page, 'Bread');
  await editor.getByLabel('Title').press('End');
  await editor.getByLabel('Title').pressSequentially(halfEdited.title.slice('Bread'.length));
  await page.getByLabel('New task').pressSequentially(halfTyped);
  await editor.getByLabel('Description').pressSequentially(halfEdited.description);
}

async function expectHalfTyped(page: Page): Promise<void> {
  await expect(page.getByLabel('New task')).toHaveValue(halfTyped);
  await expect(page.getByLabel('Title')).toHaveValue(halfEdited.title);
  await expect(page.getByLabel('Description')).toHaveValue(halfEdited.description);
}

/** Types the rest of both and hands them over. */
async function finishTyping(page: Page): Promise<void> {
  await page.getByLabel('Title').press('End');
  await page.getByLabel('Title').pressSequentially('o');
  await page.getByLabel('Title').press('Enter');
  await page.getByLabel('New task').press('End');
  await page.getByLabel('New task').pressSequentially('ras sleep');
  await page.getByLabel('New task').press('Enter');
}

const finished = [
  task(`${halfEdited.title}o`, { description: halfEdited.description }),
  task(`${halfTyped}ras sleep`),
];

test('a tab that crashes right after a key has lost no letter: a new one shows all that was typed', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await add(page, 'Bread');
  await allSent(page);
  const tools = await context.newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  await typeHalf(page);
  // Its own answer never comes.
  tools.send('Page.crash').catch(() => undefined);
  await crashed;

  const tab = await context.newPage();
  await tab.goto(`${server.origin}/?status=all`);
  await expectHalfTyped(tab);
  const writes = recordWrites(tab);
  await finishTyping(tab);
  await expectStored(server, person, finished);
  await expectSaved(tab, server, person, titlesOf(finished));
  expect(writes.sent).toHaveLength(2);
});

/** Ends the browser as the machine does that runs out of memory. */
async function kill(context: BrowserContext): Promise<void> {
  const tools = await context.browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await tools?.send('SystemInfo.getProcessInfo')) ?? {};
  const browser = processInfo.find(({ type }) => type === 'browser');
  if (browser === undefined) throw new Error('The browser does not say which process it is.');
  const closed = context.waitForEvent('close');
  process.kill(browser.id, 'SIGKILL');
  await closed;
}

test('a browser that is killed in the middle of a sentence opens again with everything that was kept, and sends what waited once', async ({
  playwright,
}) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ownlist-profile-'));
  cleanUpAtExit({ folder });
  const open = () => playwright.chromium.launchPersistentContext(folder);
  const person = await newPerson(server);
  let context = await open();
  let page = await context.newPage();
  await enter(page, server, person);
  await underControl(page);
  await add(page, 'Bread');
  await allSent(page);
  await context.close();

  context = await open();
  page = await context.newPage();
  await page.goto(`${server.origin}/?status=all`);
  await expect(rowOf(page, 'Bread')).toBeVisible();
  await context.setOffline(true);
  await add(page, 'Rye');
  await typeHalf(page);
  await expect.poll(() => keptInBrowser(page)).toContain(halfEdited.description);
  const more = 'ipe from Aunt Marmalade';
  await page.getByLabel('Description').pressSequentially(more);
  await kill(context);

  context = await open();
  await context.setOffline(true);
  page = await context.newPage();
  const writes = recordWrites(context);
  await page.goto(`${server.origin}/?status=all`);
  await expect(rowOf(page, 'Rye')).toBeVisible();
  await expect(page.getByText('Offline: 1 change is kept here')).toBeVisible();
  await expect(page.getByLabel('New task')).toHaveValue(halfTyped);
  await expect(page.getByLabel('Title')).toHaveValue(halfEdited.title);
  // Of the keys of the very last moment, a browser that is shot may not have heard.
  const described = await page.getByLabel('Description').inputValue();
  expect(described.startsWith(halfEdited.description)).toBe(true);
  expect((halfEdited.description + more).startsWith(described)).toBe(true);
  await page.getByLabel('Description').fill(halfEdited.description);
  expect(writes.answered).toEqual([]);

  await context.setOffline(false);
  await finishTyping(page);
  await expectStored(server, person, [...finished, task('Rye')]);
  await expectSaved(page, server, person, ['Rye', ...titlesOf(finished)]);
  expect(writes.answered.filter((what) => what === 'add Rye')).toHaveLength(1);
  expect(writes.answered).toHaveLength(3);
  await context.close();
});

const notKept = /This browser does not keep what you (type|do) here/;

/** Adds, edits and completes on a page that keeps nothing; all of it is saved once. */
async function workInMemory(page: Page, person: Person): Promise<void> {
  const writes = recordWrites(page);
  await page.getByLabel('New task').pressSequentially('Rye');
  await expect(page.getByText(notKept)).toBeVisible();
  await page.getByLabel('New task').press('Enter');
  await allSent(page);
  await edit(page, 'Rye', { description: 'Sliced' });
  await rowOf(page, 'Rye').check();
  const tasks = [task('Rye', { description: 'Sliced', completed: true })];
  await expectStored(server, person, tasks);
  await expectListed(page, tasks);
  await allSent(page);
  expect(writes.sent.map(({ what }) => what)).toEqual([
    'add Rye',
    'change {"description":"Sliced"}',
    'change {"completed":true}',
  ]);
}

/** Tries to close the tab; tells whether the browser asks first, and stays if it does. */
async function asksBeforeLeaving(page: Page): Promise<boolean> {
  const asked = page.waitForEvent('dialog').then(async (dialog) => {
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    return true;
  });
  const closed = page.waitForEvent('close').then(() => false);
  await page.close({ runBeforeUnload: true });
  return Promise.race([asked, closed]);
}

/** The page keeps nothing: leaving it asks while something is unsent, and not when all is saved. */
async function leaveWithUnsent(page: Page, person: Person): Promise<void> {
  await page.context().setOffline(true);
  await add(page, 'Oil');
  await page.getByLabel('New task').pressSequentially(halfTyped);
  await expect(page.getByText(notKept)).toBeVisible();
  expect(await asksBeforeLeaving(page)).toBe(true);
  await expect(page.getByLabel('New task')).toHaveValue(halfTyped);
  await page.context().setOffline(false);
  await allSent(page);
  await page.getByLabel('New task').press('Enter');
  await expectSaved(page, server, person, ['Rye', 'Oil', halfTyped]);
  expect(await asksBeforeLeaving(page)).toBe(false);
}

/** What a page meets where storage is forbidden: opening a database throws, or fails later. */
const refusals = {
  throws: () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('Not here.', 'SecurityError');
    };
  },
  fails: () => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (this: IDBFactory, name) {
      // A version below the one there is makes the request itself fail.
      open.call(this, name, 1_000);
      return open.call(this, name, 999);
    };
  },
};

for (const [how, refuse] of Object.entries(refusals)) {
  test(`a browser that forbids storage (opening a database ${how}) is named as such, work goes on in memory, and leaving asks while something is unsent`, async ({
    page,
    context,
  }) => {
    await context.addInitScript(refuse);
    const person = await newPerson(server);
    await enter(page, server, person);
    await workInMemory(page, person);
    await leaveWithUnsent(page, person);
  });
}

test('a browser without room is named as such, work goes on in memory, leaving asks, and what is typed is kept as soon as there is room', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  const tools = await context.newCDPSession(page);
  await page.goto(`${server.origin}/livez`);
  const { origin } = server;
  await tools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  await enter(page, server, person);
  await workInMemory(page, person);
  await page.getByLabel('New task').pressSequentially(halfTyped);
  await expect(page.getByText(notKept)).toBeVisible();
  expect(await asksBeforeLeaving(page)).toBe(true);

  await tools.send('Storage.overrideQuotaForOrigin', { origin });
  await page.getByLabel('New task').pressSequentially('r');
  await expect(page.getByText(notKept)).toHaveCount(0);
  await expect.poll(() => keptInBrowser(page)).toContain(`${halfTyped}r`);
  await page.reload();
  await expect(page.getByLabel('New task')).toHaveValue(`${halfTyped}r`);
  await page.getByLabel('New task').press('Enter');
  await expectSaved(page, server, person, ['Rye', `${halfTyped}r`]);
});

test('a new version of the page that arrives in the middle of a sentence changes no letter, nor where the next one goes, and shows all of it when it is asked for', async ({
  page,
  context,
}) => {
  const front = await startFront();
  const person = await newPerson(front);
  await enter(page, front, person);
  await underControl(page);
  await add(page, 'Bread');
  await allSent(page);
  await typeHalf(page);
  front.deploy(await buildNewerPage());
  const other = await context.newPage();
  await other.goto(`${front.origin}/?status=all`);
  await expect(page.getByText(offer)).toBeVisible();
  await expectHalfTyped(page);
  await other.close();

  await page.keyboard.type('ipe');
  await expect(page.getByLabel('Description')).toHaveValue(`${halfEdited.description}ipe`);
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.locator('meta[name=newer]')).toBeAttached();
  await expect(page.getByText(offer)).toHaveCount(0);
  await expect(page.getByLabel('Description')).toHaveValue(`${halfEdited.description}ipe`);
  await page.getByLabel('Description').fill(halfEdited.description);
  await expectHalfTyped(page);
  await finishTyping(page);
  await expectStored(front, person, finished);
  await expectSaved(page, front, person, titlesOf(finished));
});

/** The middle one of three changes made without a network, and a fourth that builds on it. */
async function makeThreeOffline(page: Page): Promise<void> {
  await page.context().setOffline(true);
  await edit(page, 'Bread', { description: 'Sliced' });
  await edit(page, 'Butter', { title: 'Salted butter', description: 'From the market' });
  await add(page, 'Rye');
  await rowOf(page, 'Salted butter').check();
  await expect(page.getByText('Offline: 4 changes are kept here')).toBeVisible();
}

const others = [task('Bread', { description: 'Sliced' }), task('Rye')];

for (const { way, after, button, answered } of [
  { way: 'discarded', after: others, button: 'Discard “Salted butter”', answered: 4 },
  {
    way: 'added as a new task',
    after: [...others, task('Salted butter', { description: 'From the market', completed: true })],
    button: 'Add “Salted butter” as a new task',
    answered: 5,
  },
]) {
  test(`a change to a task that was deleted elsewhere holds up no other, stays in sight with its words, and can be ${way}`, async ({
    page,
  }) => {
    const person = await newPerson(server);
    await enter(page, server, person);
    await add(page, 'Bread');
    await add(page, 'Butter');
    await allSent(page);
    const writes = recordWrites(page);
    await makeThreeOffline(page);
    await changeElsewhere(server, person, 'Butter', 'delete');
    await page.context().setOffline(false);

    const notice = page.getByRole('alert');
    await expect(notice).toContainText('This task was deleted elsewhere.');
    await expect(notice).toContainText('Salted butter');
    await expect(notice).toContainText('From the market');
    await expectStored(server, person, others);
    await page.reload();
    await expect(notice).toContainText('From the market');
    await page.getByRole('button', { name: button }).click();
    await expect(notice).toHaveCount(0);
    await expectStored(server, person, after);
    await expectSaved(page, server, person, titlesOf(after));
    await expectListed(page, after);
    expect(writes.answered).toHaveLength(answered);
  });
}

/** Makes the server refuse a title: it is too long by the time it arrives. */
async function spoilOnTheWay(page: Page, title: string): Promise<() => Promise<void>> {
  await page.route(tasksAddress, async (route) => {
    const body = route.request().postDataJSON();
    if (body?.title !== title) return route.fallback();
    await route.continue({ postData: JSON.stringify({ ...body, title: title.repeat(100) }) });
  });
  return () => page.unroute(tasksAddress);
}

for (const { what, spoilt, mended, discarded } of [
  {
    what: 'an edit',
    spoilt: 'Salted butter',
    mended: [...others, task('Ghee', { description: 'From the market', completed: true })],
    discarded: [...others, task('Butter', { completed: true })],
  },
  {
    what: 'a new task',
    spoilt: 'Rye',
    mended: [
      task('Bread', { description: 'Sliced' }),
      task('Salted butter', { description: 'From the market', completed: true }),
      task('Ghee'),
    ],
    discarded: [
      task('Bread', { description: 'Sliced' }),
      task('Salted butter', { description: 'From the market', completed: true }),
    ],
  },
]) {
  for (const way of ['changed', 'discarded'] as const) {
    test(`${what} that the server refuses holds up no other, stays in sight with the reason, and can be ${way}`, async ({
      page,
    }) => {
      const person = await newPerson(server);
      await enter(page, server, person);
      await add(page, 'Bread');
      await add(page, 'Butter');
      await allSent(page);
      const mendTheWay = await spoilOnTheWay(page, spoilt);
      await makeThreeOffline(page);
      await page.context().setOffline(false);

      const notice = page.getByRole('alert');
      await expect(notice).toContainText(spoilt);
      await expect(notice).toContainText('at most 255 characters');
      await expect(page.getByText('1 change needs your decision.')).toBeVisible();
      const taken = spoilt === 'Rye' ? discarded : [...others, task('Butter')];
      await expectStored(server, person, taken);
      await page.reload();
      await expect(notice).toContainText(spoilt);

      await mendTheWay();
      if (way === 'changed') {
        await page.getByRole('button', { name: `Change “${spoilt}”` }).click();
        await editorOn(page).getByLabel('Title').fill('Ghee');
        await editorOn(page).getByRole('button', { name: 'Save' }).click();
      } else {
        await page.getByRole('button', { name: `Discard “${spoilt}”` }).click();
      }
      const after = way === 'changed' ? mended : discarded;
      await expect(notice).toHaveCount(0);
      await expectStored(server, person, after);
      await expectSaved(page, server, person, titlesOf(after));
      await expectListed(page, after);
    });
  }
}

test('every key is kept: what is typed into an editor is there after a reload at once', async ({
  page,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await add(page, 'Bread');
  await allSent(page);
  const editor = await openEditor(page, 'Bread');
  const description = editor.getByLabel('Description');
  for (const letters of ['Two ', 'loaves', ', sl', 'iced']) {
    const before = await description.inputValue();
    await description.press('End');
    await description.pressSequentially(letters);
    await page.reload();
    await expect(description).toHaveValue(before + letters);
  }
  await editor.getByRole('button', { name: 'Save' }).click();
  await expectStored(server, person, [task('Bread', { description: 'Two loaves, sliced' })]);
  await expectSaved(page, server, person, ['Bread']);
});

test('what Escape discards can be had back, and is not there any more after a reload', async ({
  page,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await add(page, 'Bread');
  await allSent(page);
  const description = (await openEditor(page, 'Bread')).getByLabel('Description');
  await description.pressSequentially('Two loaves');
  await description.press('Escape');
  await expect(editorOn(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(description).toHaveValue('Two loaves');
  await page.reload();
  await expect(description).toHaveValue('Two loaves');
  await description.press('Escape');
  await expect(editorOn(page)).toHaveCount(0);
  await page.reload();
  await expect(rowOf(page, 'Bread')).toBeVisible();
  await expect(editorOn(page)).toHaveCount(0);
  expect(await keptInBrowser(page)).not.toContain('Two loaves');
  await expectStored(server, person, [task('Bread')]);
  await expectSaved(page, server, person, ['Bread']);
});

for (const width of [360, 1280]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`what waits, what is asked and what was refused fit into ${width} pixels in ${colorScheme}`, async ({
      browser,
    }) => {
      const person = await newPerson(server);
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
      const look = async (page: Page, name: string) => {
        mkdirSync('test-results/screens', { recursive: true });
        const path = `test-results/screens/${name}-${width}-${colorScheme}.png`;
        await page.screenshot({ path, fullPage: true });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, name).toBe(0);
      };
      const page = await context.newPage();
      await enter(page, server, person);
      await add(page, 'Plan the garden');
      await add(page, 'Old news');
      await add(page, 'Book the train to Oslo');
      await allSent(page);
      await context.setOffline(true);
      const long = 'Call the dentist about the appointment on Tuesday';
      await add(page, long);
      await edit(page, 'Plan the garden', { title: 'x'.repeat(120), description: 'Beans. Roses.' });
      await edit(page, 'Book the train to Oslo', { title: 'Book the night train to Oslo' });
      await remove(page, 'Old news');
      await page.getByLabel('New task').pressSequentially(halfTyped);
      await expect(page.getByText('Offline: 4 changes are kept here')).toBeVisible();
      await look(page, 'offline');

      await changeElsewhere(server, person, 'Plan the garden', {
        title: 'Plan the yard',
        description: 'Tomatoes. '.repeat(50),
      });
      await changeElsewhere(server, person, 'Old news', { title: 'Fresh news' });
      await changeElsewhere(server, person, 'Book the train to Oslo', 'delete');
      await spoilOnTheWay(page, long);
      await context.setOffline(false);
      await expect(page.getByRole('alert')).toHaveCount(4);
      await expect(page.getByText('4 changes need your decision.')).toBeVisible();
      await look(page, 'questions');
      await page.getByRole('button', { name: `Change “${long}”` }).click();
      await expect(editorOn(page)).toBeVisible();
      await look(page, 'mending');
      await context.close();

      const forbidden = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
      await forbidden.addInitScript(refusals.throws);
      const memory = await forbidden.newPage();
      await enter(memory, server, person);
      await forbidden.setOffline(true);
      await add(memory, 'Rye');
      await expect(memory.getByText(notKept)).toBeVisible();
      await expect(memory.getByText('Offline: 1 change is in this page only')).toBeVisible();
      await look(memory, 'not-kept');
      await forbidden.close();
    });
  }
}
