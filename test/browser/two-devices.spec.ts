import { expect, type Page, test } from '@playwright/test';
import { type RunningServer, startServer } from '../support/server.ts';
import { add, enter, expectSaved, newPerson, type Person, rowOf } from './support/people.ts';
import {
  allSent,
  edit,
  editorOn,
  expectListed,
  expectStored,
  openEditor,
  otherDevice,
  recordWrites,
  remove,
  task,
  type Words,
} from './support/tasks.ts';

let server: RunningServer;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server?.stop());

/** One person at two devices, which both list a task `Bread`. */
async function atTwoDevices(page: Page): Promise<{ person: Person; phone: Page }> {
  const person = await newPerson(server);
  await enter(page, server, person);
  await add(page, 'Bread');
  await allSent(page);
  const browser = page.context().browser();
  if (browser === null) throw new Error('A page of a test has a browser.');
  const phone = await otherDevice(browser, server, person);
  await expect(rowOf(phone, 'Bread')).toBeVisible();
  return { person, phone };
}

test.afterEach(async ({ browser }) => {
  for (const context of browser.contexts()) await context.close();
});

const question = (page: Page) => page.getByRole('alert');

/** The end of every story: it says the same everywhere, and nothing is left to be asked. */
async function expectEverywhere(person: Person, devices: Page[], tasks: Words[]): Promise<void> {
  await expectStored(server, person, tasks);
  for (const device of devices) {
    await device.reload();
    await expectListed(device, tasks);
    await expect(question(device)).toHaveCount(0);
  }
  const [first] = devices;
  const titles = tasks.map(({ title }) => title);
  if (first) await expectSaved(first, server, person, titles);
}

test('different fields that were changed on two devices are put together without a question', async ({
  page,
}) => {
  const { person, phone } = await atTwoDevices(page);
  const editor = await openEditor(page, 'Bread');
  await editor.getByLabel('Description').fill('Two loaves');
  await edit(phone, 'Bread', { title: 'Rye bread' });
  await allSent(phone);
  await editor.getByRole('button', { name: 'Save' }).click();
  const both = task('Rye bread', { description: 'Two loaves' });
  await expectStored(server, person, [both]);
  await expectListed(page, [both]);
  await expect(question(page)).toHaveCount(0);
  await expectEverywhere(person, [page, phone], [both]);
});

test('a task that is completed on one device while it is edited on the other is both, without a question', async ({
  page,
}) => {
  const { person, phone } = await atTwoDevices(page);
  const editor = await openEditor(page, 'Bread');
  await editor.getByLabel('Title').fill('Rye bread');
  await rowOf(phone, 'Bread').check();
  await allSent(phone);
  await editor.getByRole('button', { name: 'Save' }).click();
  const both = task('Rye bread', { completed: true });
  await expectStored(server, person, [both]);
  await expect(question(page)).toHaveCount(0);
  // The other way round: the phone has not seen the new title yet.
  await rowOf(phone, 'Bread').uncheck();
  await allSent(phone);
  await expect(question(phone)).toHaveCount(0);
  await expectEverywhere(person, [page, phone], [task('Rye bread')]);
});

test('the same text written on two devices is one text, and no question', async ({ page }) => {
  const { person, phone } = await atTwoDevices(page);
  const editor = await openEditor(page, 'Bread');
  await editor.getByLabel('Title').fill('Rye bread');
  await edit(phone, 'Bread', { title: 'Rye bread' });
  await allSent(phone);
  await editor.getByRole('button', { name: 'Save' }).click();
  await expect(editor).toHaveCount(0);
  await allSent(page);
  await expect(question(page)).toHaveCount(0);
  await expectEverywhere(person, [page, phone], [task('Rye bread')]);
});

const here = { title: 'Rye bread', description: 'Two loaves, sliced' };
const there = { title: 'Wheat bread', description: 'One loaf, whole' };
type Side = 'What you wrote' | 'What it says elsewhere';

for (const { title, description, stands } of [
  {
    title: 'What you wrote',
    description: 'What it says elsewhere',
    stands: task(here.title, { description: there.description }),
  },
  {
    title: 'What it says elsewhere',
    description: 'What you wrote',
    stands: task(there.title, { description: here.description }),
  },
  {
    title: 'What you wrote',
    description: 'What you wrote',
    stands: task(here.title, { description: here.description }),
  },
  {
    title: 'What it says elsewhere',
    description: 'What it says elsewhere',
    stands: task(there.title, { description: there.description }),
  },
] satisfies { title: Side; description: Side; stands: Words }[]) {
  test(`the same fields written differently on two devices are shown side by side, and what is chosen stands (title: ${title}; description: ${description})`, async ({
    page,
  }) => {
    const { person, phone } = await atTwoDevices(page);
    const editor = await openEditor(page, 'Bread');
    await editor.getByLabel('Title').fill(here.title);
    await editor.getByLabel('Description').fill(here.description);
    await edit(phone, 'Bread', there);
    await allSent(phone);
    await editor.getByRole('button', { name: 'Save' }).click();

    const expectBothInSight = async () => {
      await expect(question(page)).toHaveCount(1);
      for (const text of [here.title, here.description, there.title, there.description]) {
        await expect(question(page).getByText(text, { exact: true })).toBeVisible();
      }
      await expect(page.getByText('1 change needs your decision.')).toBeVisible();
    };
    await expectBothInSight();
    await expectStored(server, person, [task(there.title, { description: there.description })]);
    await page.reload();
    await expectBothInSight();
    const save = question(page).getByRole('button', { name: 'Save' });
    await choose(page, 'Title', title);
    // Half an answer is none.
    await expect(save).toBeDisabled();
    await choose(page, 'Description', description);
    await save.click();
    await expect(question(page)).toHaveCount(0);
    await expectEverywhere(person, [page, phone], [stands]);
  });
}

async function choose(page: Page, field: string, side: Side): Promise<void> {
  await question(page)
    .getByRole('group', { name: field })
    .getByRole('radio', { name: side })
    .check();
}

test('only the field that both wrote is asked about; the others are put together', async ({
  page,
}) => {
  const { person, phone } = await atTwoDevices(page);
  const editor = await openEditor(page, 'Bread');
  await editor.getByLabel('Title').fill(here.title);
  await edit(phone, 'Bread', there);
  await allSent(phone);
  await editor.getByRole('button', { name: 'Save' }).click();
  await expect(question(page).getByRole('group')).toHaveCount(1);
  await choose(page, 'Title', 'What you wrote');
  await question(page).getByRole('button', { name: 'Save' }).click();
  const both = task(here.title, { description: there.description });
  await expectEverywhere(person, [page, phone], [both]);
});

for (const anew of [true, false]) {
  test(`words for a task that was deleted on another device are kept in sight, and can be ${anew ? 'added as a new task' : 'discarded'}`, async ({
    page,
  }) => {
    const { person, phone } = await atTwoDevices(page);
    const editor = await openEditor(page, 'Bread');
    await editor.getByLabel('Title').fill(here.title);
    await editor.getByLabel('Description').fill(here.description);
    await remove(phone, 'Bread');
    await expectStored(server, person, []);
    await editor.getByRole('button', { name: 'Save' }).click();
    await expect(question(page)).toContainText('This task was deleted elsewhere.');
    await expect(question(page)).toContainText(here.title);
    await expect(question(page)).toContainText(here.description);
    // There is no such task any more to be ticked or edited.
    await expect(page.getByRole('checkbox')).toHaveCount(0);
    const button = anew ? `Add “${here.title}” as a new task` : `Discard “${here.title}”`;
    await page.getByRole('button', { name: button }).click();
    await expect(question(page)).toHaveCount(0);
    const after = anew ? [task(here.title, { description: here.description })] : [];
    await expectStored(server, person, after);
    if (anew) await expectEverywhere(person, [page, phone], after);
    else await expect(page.getByRole('checkbox')).toHaveCount(0);
  });
}

test('a task that was deleted on another device can be ticked off or deleted here without a question', async ({
  page,
}) => {
  const { person, phone } = await atTwoDevices(page);
  await add(page, 'Butter');
  await allSent(page);
  await phone.reload();
  await remove(phone, 'Bread');
  await remove(phone, 'Butter');
  await expectStored(server, person, []);
  await rowOf(page, 'Bread').click();
  await expect(rowOf(page, 'Bread')).toHaveCount(0);
  await remove(page, 'Butter');
  await allSent(page);
  await expect(question(page)).toHaveCount(0);
  await page.reload();
  await expect(page.getByText('A fresh start')).toBeVisible();
  expect(await expectStored(server, person, [])).toBeUndefined();
});

for (const keep of [true, false]) {
  test(`a task that says something else by now is not deleted unasked, and can be ${keep ? 'kept' : 'deleted all the same'}`, async ({
    page,
  }) => {
    const { person, phone } = await atTwoDevices(page);
    const writes = recordWrites(page);
    await edit(phone, 'Bread', there);
    await allSent(phone);
    await remove(page, 'Bread');
    await expect(question(page)).toContainText('changed elsewhere since you deleted it');
    await expect(question(page)).toHaveCount(1);
    const theirs = task(there.title, { description: there.description });
    await expectListed(page, [theirs]);
    await expectStored(server, person, [theirs]);
    const button = keep ? 'Keep it' : 'Delete it all the same';
    await question(page).getByRole('button', { name: button }).click();
    await expect(question(page)).toHaveCount(0);
    await expectStored(server, person, keep ? [theirs] : []);
    if (keep) await expectEverywhere(person, [page, phone], [theirs]);
    else await expect(page.getByRole('checkbox')).toHaveCount(0);
    expect(writes.sent).toHaveLength(keep ? 1 : 2);
  });
}

/** The same person in a second tab of the same browser. */
async function secondTab(page: Page): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(`${server.origin}/?status=all`);
  await expect(tab.getByLabel('New task')).toBeVisible();
  return tab;
}

test('what is typed into "New task" stands in every tab, and is gone from every tab when one hands it over, once', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  const tab = await secondTab(page);
  const writes = recordWrites(context);
  await page.getByLabel('New task').pressSequentially('Rye br');
  await expect(tab.getByLabel('New task')).toHaveValue('Rye br');
  await tab.getByLabel('New task').press('End');
  await tab.getByLabel('New task').pressSequentially('ead');
  await expect(page.getByLabel('New task')).toHaveValue('Rye bread');
  await page.getByLabel('New task').press('Enter');
  for (const each of [page, tab]) {
    await expect(each.getByLabel('New task')).toHaveValue('');
    await expectListed(each, [task('Rye bread')]);
  }
  // Nothing is left in the other field to be handed over a second time.
  await tab.getByLabel('New task').press('Enter');
  await expect(tab.getByText('Write a title first.')).toBeVisible();
  await expectSaved(page, server, person, ['Rye bread']);
  expect(writes.sent.map(({ what }) => what)).toEqual(['add Rye bread']);
});

test('what is typed into an editor stands in every tab, and is saved once, in whichever tab that is done', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await add(page, 'Bread');
  await allSent(page);
  const tab = await secondTab(page);
  await expect(rowOf(tab, 'Bread')).toBeVisible();
  const writes = recordWrites(context);
  for (const [typing, saving, before, letters] of [
    [page, tab, 'Bread', ' for Oslo'],
    [tab, page, 'Bread for Oslo', ', sliced'],
    [page, page, 'Bread for Oslo, sliced', '!'],
  ] as const) {
    const after = before + letters;
    await openEditor(typing, before);
    await expect(editorOn(saving)).toHaveCount(1);
    await editorOn(typing).getByLabel('Title').press('End');
    await editorOn(typing).getByLabel('Title').pressSequentially(letters);
    await expect(editorOn(saving).getByLabel('Title')).toHaveValue(after);
    await editorOn(saving).getByRole('button', { name: 'Save' }).click();
    for (const each of [page, tab]) {
      await expect(editorOn(each)).toHaveCount(0);
      await expectListed(each, [task(after)]);
      await allSent(each);
      await expect(question(each)).toHaveCount(0);
    }
  }
  await expectSaved(page, server, person, ['Bread for Oslo, sliced!']);
  expect(writes.sent.map(({ what }) => what)).toEqual([
    'change {"title":"Bread for Oslo"}',
    'change {"title":"Bread for Oslo, sliced"}',
    'change {"title":"Bread for Oslo, sliced!"}',
  ]);
});

test('an editor that is discarded in one tab is closed in the other, and stays closed', async ({
  page,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await add(page, 'Bread');
  await allSent(page);
  const tab = await secondTab(page);
  await openEditor(page, 'Bread');
  await editorOn(page).getByLabel('Title').fill('Rye bread');
  await expect(editorOn(tab).getByLabel('Title')).toHaveValue('Rye bread');
  await editorOn(tab).getByRole('button', { name: 'Cancel' }).click();
  for (const each of [page, tab]) await expect(editorOn(each)).toHaveCount(0);
  await page.reload();
  await expect(rowOf(page, 'Bread')).toBeVisible();
  await expect(editorOn(page)).toHaveCount(0);
  await expectStored(server, person, [task('Bread')]);
  await expectSaved(page, server, person, ['Bread']);
});

test('edits of one task in two tabs, one after the other without a network, are one story, and never a question', async ({
  page,
  context,
}) => {
  const person = await newPerson(server);
  await enter(page, server, person);
  await add(page, 'Bread');
  await allSent(page);
  const tab = await secondTab(page);
  await expect(rowOf(tab, 'Bread')).toBeVisible();
  const writes = recordWrites(context);
  await context.setOffline(true);
  await edit(page, 'Bread', { title: 'Rye bread' });
  await edit(tab, 'Rye bread', { title: 'Black bread', description: 'Sliced' });
  await expect(rowOf(page, 'Black bread')).toBeVisible();
  await rowOf(page, 'Black bread').check();
  await expect(rowOf(tab, 'Black bread')).toBeChecked();
  await edit(tab, 'Black bread', { description: 'Sliced thinly' });
  await context.setOffline(false);
  const after = task('Black bread', { description: 'Sliced thinly', completed: true });
  await expectStored(server, person, [after]);
  for (const each of [page, tab]) {
    await expectListed(each, [after]);
    await allSent(each);
    await expect(question(each)).toHaveCount(0);
  }
  await expectSaved(page, server, person, ['Black bread']);
  expect(writes.done).toHaveLength(4);
});

test('thirty tasks as fast as the keyboard goes, ticked and deleted at once in two tabs, are exactly the tasks that were meant', async ({
  page,
  context,
}) => {
  test.setTimeout(180_000);
  const person = await newPerson(server);
  await enter(page, server, person);
  const tab = await secondTab(page);
  const writes = recordWrites(context);
  const titles = Array.from({ length: 30 }, (_, index) => `Task ${index + 1} of thirty`);
  const isTicked = (index: number) => index % 3 === 1;
  const isDeleted = (index: number) => index % 5 === 4;

  const addAll = async () => {
    await page.getByLabel('New task').focus();
    for (const title of titles) await page.keyboard.type(`${title}\n`);
  };
  const workAlong = async () => {
    for (const [index, title] of titles.entries()) {
      if (isTicked(index)) await rowOf(tab, title).check();
      if (isDeleted(index)) await remove(tab, title);
    }
  };
  await Promise.all([addAll(), workAlong()]);

  const expected = titles
    .map((title, index) => ({ ...task(title, { completed: isTicked(index) }), index }))
    .filter(({ index }) => !isDeleted(index));
  await expectStored(server, person, expected);
  await expectSaved(
    page,
    server,
    person,
    expected.map(({ title }) => title),
  );
  for (const each of [page, tab]) {
    await expectListed(each, expected);
    await expect(question(each)).toHaveCount(0);
  }
  expect(writes.done.filter((what) => what.startsWith('add '))).toHaveLength(titles.length);
  const ticked = titles.filter((_, index) => isTicked(index));
  const deleted = titles.filter((_, index) => isDeleted(index));
  expect(writes.done).toHaveLength(titles.length + ticked.length + deleted.length);
});
