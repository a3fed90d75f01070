import { beforeEach, describe, expect, test } from 'vitest';
import { quiet } from './fake-clock.ts';
import { fakeBrowser, type Tab } from './fake-tabs.ts';

let browser: ReturnType<typeof fakeBrowser>;
let server: typeof browser.server;
let clock: typeof browser.clock;
let tab: Tab;

beforeEach(async () => {
  browser = fakeBrowser();
  server = browser.server;
  clock = browser.clock;
  tab = await browser.openTab();
});

const hourMs = 3_600_000;

const keys = () => server.arrivals.map(({ key }) => key);

describe('a change the server refuses', () => {
  const invalid = (title: string) => (arrival: { body: { title?: string } }) =>
    arrival.body.title === title
      ? {
          status: 422,
          code: 'body_invalid',
          errors: [{ pointer: '/title', code: 'pattern', message: 'Not this character.' }],
        }
      : undefined;

  test('does not hold back others, but those to the same task', async () => {
    const [first, second] = [tab.sees(1), tab.sees(2)];
    server.always(invalid('bad'));
    tab.edit(first, { title: 'bad' });
    tab.complete(first, true);
    tab.edit(second, { title: 'good' });
    tab.add('new');
    await quiet();
    expect(server.deeds.map(({ body }) => body.title)).toEqual(['good', 'new']);
    expect(tab.states()).toEqual(['refused', 'waiting']);
    expect(tab.outbox.trouble.get()).toBeUndefined();
    expect(clock.due()).toEqual([]);
  });

  test('says beside which field', async () => {
    server.always(invalid('bad'));
    tab.add('bad');
    await quiet();
    expect(tab.only().refusal).toEqual({ title: 'Not this character.' });
  });

  test('goes out once more, under another key, when the person says so', async () => {
    server.always(invalid('bad'));
    tab.add('bad');
    await quiet();
    server.always(undefined);
    tab.outbox.retry(tab.only());
    await quiet();
    expect(server.titles()).toEqual(['bad']);
    expect(keys()[1]).not.toBe(keys()[0]);
  });

  test('lets those to the same task pass once it is discarded', async () => {
    const task = tab.sees(1);
    server.always(invalid('bad'));
    tab.edit(task, { title: 'bad' });
    tab.complete(tab.titled('bad'), true);
    await quiet();
    tab.outbox.discard(tab.the('refused'));
    await quiet();
    expect(server.task(task.id)).toMatchObject({ title: 'Task 1', completed: true });
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('goes out before later ones to its task once it is mended', async () => {
    server.always(invalid('bad'));
    tab.add('bad');
    tab.complete(tab.titled('bad'), true);
    tab.edit(tab.titled('bad'), { description: 'more' });
    await quiet();
    tab.mend(tab.the('refused'));
    await quiet();
    expect(server.arrivals).toHaveLength(1);
    tab.saveMended(tab.the('typed'), { title: 'good' });
    await quiet();
    expect(server.tasks()).toMatchObject([{ title: 'good', description: 'more', completed: true }]);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('and is an addition takes all that was done to it along when it is discarded', async () => {
    server.always(invalid('bad'));
    tab.add('bad');
    tab.complete(tab.titled('bad'), true);
    tab.open(tab.titled('bad'));
    tab.add('good');
    await quiet();
    tab.outbox.discard(tab.the('refused'));
    await clock.pass(hourMs);
    expect(tab.changes.all.get()).toEqual([]);
    expect(server.titles()).toEqual(['good']);
    expect(await browser.shelf.readAll()).toEqual([]);
  });

  test('is not discarded, retried or added anew once it is on its way again', async () => {
    server.always(invalid('bad'));
    tab.add('bad');
    await quiet();
    const refused = tab.only();
    server.always('request lost');
    tab.outbox.retry(refused);
    await quiet();
    const waiting = tab.only();
    tab.outbox.retry(refused);
    tab.outbox.addAnew(refused);
    tab.outbox.choose(refused, refused.mine);
    tab.outbox.discard(refused);
    expect(tab.only()).toEqual(waiting);
  });
});

describe('a change the server stumbles over', () => {
  const stumble = (title: string) => (arrival: { body: { title?: string } }) =>
    arrival.body.title === title ? { status: 500, code: 'internal' } : undefined;

  test('lets others pass, and is tried again later under the same key', async () => {
    const task = tab.sees(1);
    server.always(stumble('unlucky'));
    tab.edit(task, { title: 'unlucky' });
    tab.complete(task, true);
    tab.add('lucky');
    await quiet();
    expect(server.deeds.map(({ body }) => body.title)).toEqual(['lucky']);
    expect(tab.states()).toEqual(['waiting', 'waiting']);
    server.always(undefined);
    await clock.pass(1_000);
    expect(server.task(task.id)).toMatchObject({ title: 'unlucky', completed: true });
    expect(server.arrivals[2]).toEqual(server.arrivals[0]);
  });

  test('is said, until it has passed', async () => {
    server.always(stumble('unlucky'));
    tab.add('unlucky');
    tab.add('lucky');
    await quiet();
    expect(tab.outbox.trouble.get()).toMatchObject({ problem: { status: 500 } });
    server.always(undefined);
    await clock.pass(1_000);
    expect(tab.outbox.trouble.get()).toBeUndefined();
  });

  test('makes a bounded number of requests in an hour', async () => {
    server.always({ status: 500, code: 'internal' });
    tab.add('one');
    tab.add('two');
    await clock.pass(hourMs);
    expect(server.arrivals.length).toBeLessThan(2 * 130);
  });
});

describe('a task that changed elsewhere', () => {
  test('in other words keeps both changes, sent anew under another key', async () => {
    const task = tab.sees(1);
    server.put({ ...task, description: 'theirs' });
    tab.edit(task, { title: 'mine' });
    await quiet();
    expect(server.task(task.id)).toMatchObject({ title: 'mine', description: 'theirs' });
    expect(keys()[1]).not.toBe(keys()[0]);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('to the same words is saved already', async () => {
    const task = tab.sees(1);
    server.put({ ...task, title: 'same' });
    tab.edit(task, { title: 'same' });
    await quiet();
    expect(server.deeds).toEqual([]);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('in the same words asks the person, and overwrites nothing meanwhile', async () => {
    const task = tab.sees(1);
    const theirs = server.put({ ...task, title: 'theirs' });
    tab.edit(task, { title: 'mine' });
    tab.add('another task');
    await clock.pass(hourMs);
    expect(tab.only()).toMatchObject({ state: 'conflict', mine: { title: 'mine' }, theirs });
    expect(tab.titles()).toContain('theirs');
    expect(server.task(task.id)?.title).toBe('theirs');
    expect(server.titles()).toContain('another task');
  });

  test('holds back what was done to it after the question', async () => {
    const task = tab.sees(1);
    server.put({ ...task, title: 'theirs' });
    tab.edit(task, { title: 'mine' });
    await quiet();
    tab.complete(task, true);
    await quiet();
    expect(server.task(task.id)).toMatchObject({ title: 'theirs', completed: false });
    tab.outbox.choose(tab.the('conflict'), tab.the('conflict').mine);
    await quiet();
    expect(server.task(task.id)).toMatchObject({ title: 'mine', completed: true });
  });

  test.each([
    ['mine', { title: 'mine', description: 'mine' }],
    ['theirs', { title: 'theirs', description: 'theirs' }],
    ['some of each', { title: 'mine', description: 'theirs' }],
    ['something new', { title: 'both', description: 'of them' }],
  ])('becomes exactly what is chosen: %s', async (_, words) => {
    const task = tab.sees(1);
    const theirs = server.put({ ...task, title: 'theirs', description: 'theirs' });
    tab.edit(task, { title: 'mine', description: 'mine' });
    await quiet();
    tab.outbox.choose(tab.only(), { ...words, completed: false });
    await quiet();
    expect(server.task(task.id)).toMatchObject(words);
    expect(tab.changes.all.get()).toEqual([]);
    for (const { ifMatch } of server.arrivals.slice(1)) expect(ifMatch).toBe(`"${theirs.version}"`);
  });

  test('is decided once, under another key', async () => {
    const task = tab.sees(1);
    server.put({ ...task, title: 'theirs' });
    tab.edit(task, { title: 'mine' });
    await quiet();
    const asked = tab.only();
    tab.outbox.choose(asked, { ...asked.mine, title: 'chosen' });
    tab.outbox.choose(asked, { ...asked.mine, title: 'chosen by a second click' });
    await quiet();
    expect(server.titles()).toEqual(['chosen']);
    expect(new Set(keys()).size).toBe(2);
  });

  test('after the choice asks again', async () => {
    const task = tab.sees(1);
    server.put({ ...task, title: 'theirs' });
    tab.edit(task, { title: 'mine' });
    await quiet();
    const later = server.put({ ...task, title: 'theirs, later' });
    tab.outbox.choose(tab.only(), tab.only().mine);
    await quiet();
    expect(tab.only()).toMatchObject({ state: 'conflict', theirs: later, mine: { title: 'mine' } });
    expect(server.task(task.id)).toEqual(later);
  });

  test('by completing it, too, is no contradiction', async () => {
    const task = tab.sees(1);
    server.put({ ...task, completed: true });
    tab.complete(task, true);
    await quiet();
    expect(tab.changes.all.get()).toEqual([]);
    expect(server.task(task.id)?.completed).toBe(true);
  });

  test('and does not stop changing is tried a bounded number of times, and saved later', async () => {
    const task = tab.sees(1);
    server.always(({ method }) => {
      if (method === 'PATCH') server.put({ ...task, description: String(clock.now()) });
      return undefined;
    });
    tab.edit(task, { title: 'mine' });
    tab.add('another task');
    await quiet();
    expect(server.arrivals.length).toBeLessThan(10);
    expect(server.titles()).toContain('another task');
    expect(tab.only()).toMatchObject({ state: 'waiting', mine: { title: 'mine' } });
    server.always(undefined);
    await clock.pass(1_000);
    expect(server.task(task.id)?.title).toBe('mine');
  });
});

describe('deleting', () => {
  test('a task in the state it was seen in deletes it', async () => {
    const task = tab.sees(1);
    tab.delete(task);
    await quiet();
    expect(server.arrivals).toMatchObject([{ method: 'DELETE', ifMatch: `"${task.version}"` }]);
    expect(tab.titles()).toEqual([]);
  });

  test('a task that reads otherwise by now asks first', async () => {
    const task = tab.sees(1);
    const theirs = server.put({ ...task, description: 'not seen' });
    tab.delete(task);
    await quiet();
    expect(tab.only()).toMatchObject({ kind: 'delete', state: 'conflict', theirs });
    expect(server.tasks()).toEqual([theirs]);
    tab.outbox.choose(tab.only(), tab.only().mine);
    await quiet();
    expect(server.tasks()).toEqual([]);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('a task can be given up when it reads otherwise by now', async () => {
    const task = tab.sees(1);
    const theirs = server.put({ ...task, description: 'not seen' });
    tab.delete(task);
    await quiet();
    tab.outbox.discard(tab.only());
    await quiet();
    expect(server.tasks()).toEqual([theirs]);
    expect(tab.shown().map((item) => item.task)).toEqual([theirs]);
  });

  test('a task that reads as it did asks nothing', async () => {
    const task = tab.sees(1);
    server.put(task);
    tab.delete(task);
    await quiet();
    expect(server.tasks()).toEqual([]);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('a task after a change of one’s own does not delete what was written elsewhere', async () => {
    const task = tab.sees(1);
    server.always('request lost');
    tab.edit(task, { title: 'mine' });
    tab.delete(tab.titled('mine'));
    await quiet();
    server.put({ ...task, description: 'not seen' });
    server.always(undefined);
    await clock.pass(1_000);
    expect(server.tasks()).toMatchObject([{ title: 'mine', description: 'not seen' }]);
    expect(tab.only()).toMatchObject({ kind: 'delete', state: 'conflict' });
  });

  test('a task that is gone already is done', async () => {
    const task = tab.sees(1);
    server.drop(task.id);
    tab.delete(task);
    await quiet();
    expect(tab.changes.all.get()).toEqual([]);
    expect(tab.titles()).toEqual([]);
  });
});

describe('words for a task that was deleted elsewhere', () => {
  test('stay, and can become a new task with all of them', async () => {
    const task = tab.sees(1, { description: 'words' });
    server.drop(task.id);
    tab.edit(task, { title: 'Mine' });
    await quiet();
    expect(tab.only()).toMatchObject({ state: 'refused', refusal: { gone: true } });
    tab.outbox.addAnew(tab.only());
    await quiet();
    expect(server.tasks()).toMatchObject([{ title: 'Mine', description: 'words' }]);
    expect(server.tasks()[0]?.id).not.toBe(task.id);
    expect(tab.changes.all.get()).toEqual([]);
    expect(tab.titles()).toEqual(['Mine']);
  });

  test('become a task that an earlier wish to delete the old one leaves alone', async () => {
    const task = tab.sees(1);
    server.drop(task.id);
    tab.edit(task, { title: 'Mine' });
    tab.delete(tab.titled('Mine'));
    await quiet();
    tab.outbox.addAnew(tab.the('refused'));
    await quiet();
    expect(server.titles()).toEqual(['Mine']);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('become one new task, whatever else was done to it since', async () => {
    const task = tab.sees(1);
    server.drop(task.id);
    tab.edit(task, { title: 'Mine' });
    tab.complete(tab.titled('Mine'), true);
    tab.open(tab.titled('Mine'));
    tab.type(task, { description: 'still typing' });
    await quiet();
    expect(tab.states()).toEqual(['refused', 'typed', 'waiting']);
    tab.outbox.addAnew(tab.the('refused'));
    await quiet();
    expect(server.tasks()).toMatchObject([{ title: 'Mine', completed: true }]);
    const id = server.tasks()[0]?.id ?? '';
    expect(tab.editor({ id }).mine.description).toBe('still typing');
    expect(tab.states()).toEqual(['typed']);
    // Whatever becomes of the new one, the editor stays in sight as its own.
    server.drop(id);
    tab.reload();
    expect(tab.shown().map((item) => item.task.id)).toEqual([id]);
  });
});

describe('changes to a task that is itself on its way', () => {
  test('start from what became of it', async () => {
    const release = server.hold();
    tab.add('Buy milk');
    await quiet();
    tab.edit(tab.titled('Buy milk'), { title: 'Buy milk and eggs' });
    tab.complete(tab.titled('Buy milk and eggs'), true);
    const before = tab.changes.all.get().map(({ key }) => key);
    release();
    await quiet();
    // Another request has another key.
    expect(before.filter((key) => keys().includes(key))).toEqual([keys()[0]]);
    expect(server.tasks()).toMatchObject([{ title: 'Buy milk and eggs', completed: true }]);
    expect(server.arrivals.map(({ ifMatch }) => ifMatch)).toEqual([undefined, '"1"', '"2"']);
  });

  test('speak of what it is once it was saved, where they were handed over after that', async () => {
    const release = server.hold();
    tab.add('Buy milk');
    await quiet();
    const seen = tab.titled('Buy milk');
    tab.open(seen);
    release();
    await quiet();
    tab.edit(seen, { title: 'Buy milk and eggs' });
    await quiet();
    expect(server.titles()).toEqual(['Buy milk and eggs']);
    expect(server.arrivals.map(({ ifMatch }) => ifMatch)).toEqual([undefined, '"1"']);
  });

  test('leave out what it became elsewhere meanwhile', async () => {
    const task = tab.sees(1);
    server.always('request lost');
    tab.edit(task, { title: 'mine' });
    tab.complete(tab.titled('mine'), true);
    await quiet();
    server.put({ ...task, description: 'theirs' });
    server.always(undefined);
    await clock.pass(1_000);
    expect(server.task(task.id)).toMatchObject({
      title: 'mine',
      description: 'theirs',
      completed: true,
    });
  });

  test('in an open editor go on from it without losing a letter', async () => {
    const task = tab.sees(1);
    const release = server.hold();
    tab.complete(task, true);
    tab.open(task);
    tab.type(task, { title: 'half a wo' });
    release();
    await quiet();
    tab.type(task, { description: 'and more' });
    expect(tab.editor(task).mine).toMatchObject({ title: 'half a wo', description: 'and more' });
    tab.submit(task);
    await quiet();
    expect(server.task(task.id)).toMatchObject({
      title: 'half a wo',
      description: 'and more',
      completed: true,
    });
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('do not take letters from an editor of another tab', async () => {
    const task = tab.sees(1);
    const release = server.hold();
    tab.complete(task, true);
    await quiet();
    const other = await browser.openTab();
    other.open(task);
    other.type(task, { title: 'hal' });
    await quiet();
    // The sending tab does not hear of this letter before the answer arrives.
    other.type(task, { title: 'half' });
    release();
    await quiet();
    for (const where of [tab, other]) {
      expect(where.editor(task).mine.title).toBe('half');
    }
  });

  test('can be undone, however much waits before them', async () => {
    server.always('request lost');
    tab.add('Buy milk');
    tab.edit(tab.titled('Buy milk'), { description: 'two' });
    tab.complete(tab.titled('Buy milk'), true);
    tab.complete(tab.titled('Buy milk'), false);
    tab.edit(tab.titled('Buy milk'), { title: 'Buy oats' });
    tab.edit(tab.titled('Buy oats'), { title: 'Buy milk' });
    await quiet();
    server.always(undefined);
    await clock.pass(1_000);
    expect(server.tasks()).toMatchObject([
      { title: 'Buy milk', description: 'two', completed: false },
    ]);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('can be undone before they arrive', async () => {
    const task = tab.sees(1);
    const release = server.hold();
    tab.complete(task, true);
    await quiet();
    tab.complete({ ...task, completed: true }, false);
    release();
    await quiet();
    expect(server.task(task.id)?.completed).toBe(false);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('and delete it leave nothing behind', async () => {
    server.always('request lost');
    tab.add('Buy milk');
    tab.delete(tab.titled('Buy milk'));
    await quiet();
    expect(tab.titles()).toEqual([]);
    server.always(undefined);
    await clock.pass(1_000);
    expect(server.tasks()).toEqual([]);
    expect(tab.changes.all.get()).toEqual([]);
  });
});
