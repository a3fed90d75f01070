import { beforeEach, describe, expect, test } from 'vitest';
import { newTaskDraft } from '../drafts/drafts.ts';
import type { Change } from './change.ts';
import { quiet } from './fake-clock.ts';
import type { Mishap } from './fake-server.ts';
import { fakeBrowser, type Tab } from './fake-tabs.ts';
import { taskOf } from './sample-task.ts';

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

describe('order', () => {
  test('changes go out in the order in which they were made, one at a time', async () => {
    const release = server.hold();
    for (const title of ['one', 'two', 'three']) tab.add(title);
    await quiet();
    expect(server.arrivals.map(({ body }) => body.title)).toEqual(['one']);
    expect(tab.states()).toEqual(['sending', 'waiting', 'waiting']);
    release();
    await quiet();
    expect(server.deeds.map(({ body }) => body.title)).toEqual(['one', 'two', 'three']);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('what is being typed is not sent', async () => {
    tab.typeNew('Buy milk');
    tab.open(tab.sees(1));
    await tab.outbox.send();
    await clock.pass(hourMs);
    expect(server.arrivals).toEqual([]);
  });

  test('a change is on the shelf as being sent before it is sent', async () => {
    let kept: Promise<Change[]> | undefined;
    server.always(() => {
      kept = browser.shelf.readAll();
      return undefined;
    });
    tab.add('Buy milk');
    await quiet();
    expect(await kept).toMatchObject([{ state: 'sending', key: keys()[0] }]);
    expect(await browser.shelf.readAll()).toEqual([]);
  });

  test('where the browser keeps nothing, changes go out all the same', async () => {
    browser.shelf.refuse(true);
    tab.add('Buy milk');
    await quiet();
    expect(server.titles()).toEqual(['Buy milk']);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('only what was changed is sent, for the version it was seen in', async () => {
    const task = tab.sees(1, { description: 'words' });
    tab.edit(task, { title: 'New' });
    await quiet();
    expect(server.arrivals).toMatchObject([
      { method: 'PATCH', taskId: task.id, body: { title: 'New' }, ifMatch: `"${task.version}"` },
    ]);
    expect(server.arrivals[0]?.body).toEqual({ title: 'New' });
  });

  test('what was saved is said before the change goes, so that no moment shows neither', async () => {
    const task = tab.sees(1);
    const seen: string[][] = [];
    tab.changes.all.subscribe(() => seen.push(tab.titles()));
    tab.edit(task, { title: 'New' });
    await quiet();
    const first = seen.findIndex((titles) => titles.includes('New'));
    expect(seen.slice(first).every((titles) => titles.includes('New'))).toBe(true);
  });
});

describe('several tabs', () => {
  test('two tabs over one shelf send each change once', async () => {
    const other = await browser.openTab();
    tab.add('one');
    other.add('two');
    tab.add('three');
    await quiet();
    expect(server.arrivals).toHaveLength(3);
    expect(server.titles().toSorted()).toEqual(['one', 'three', 'two']);
    expect(other.changes.all.get()).toEqual([]);
  });

  test('what one tab has sent while another one waited for its turn is not sent again', async () => {
    const release = server.hold();
    tab.add('one');
    await quiet();
    const other = await browser.openTab();
    await quiet();
    expect(other.states()).toEqual(['sending']);
    release();
    await quiet();
    expect(server.arrivals).toHaveLength(1);
    expect(other.changes.all.get()).toEqual([]);
  });

  test('what one tab has sent is not sent by one that hears of nothing', async () => {
    const release = server.hold();
    tab.add('one');
    await quiet();
    const deaf = await browser.openTab({ deaf: true });
    release();
    await quiet();
    expect(server.arrivals).toHaveLength(1);
    expect(deaf.changes.all.get()).toEqual([]);
  });

  test('letters typed in a tab that has not heard of the handing over are not lost', async () => {
    server.always('request lost');
    tab.typeNew('Buy');
    await quiet();
    const deaf = await browser.openTab({ deaf: true });
    tab.submitNew();
    await quiet();
    deaf.typeNew('Buy milk');
    await quiet();
    server.always(undefined);
    await clock.pass(1_000);
    expect(server.titles()).toEqual(['Buy']);
    expect(newTaskDraft(tab.changes.all.get())?.mine.title).toBe('Buy milk');
    tab.submitNew();
    await quiet();
    expect(tab.only()).toMatchObject({ state: 'conflict', mine: { title: 'Buy milk' } });
    expect(server.titles()).toEqual(['Buy']);
  });

  test('what one tab has sent is not sent by the next whose turn it is, be the shelf ever so slow', async () => {
    const releaseServer = server.hold();
    tab.add('one');
    await quiet();
    const other = await browser.openTab();
    const releaseShelf = browser.shelf.hold();
    releaseServer();
    await quiet();
    releaseShelf();
    await quiet();
    expect(server.arrivals).toHaveLength(1);
    expect(other.changes.all.get()).toEqual([]);
  });

  test('where tabs cannot take turns, each change is done once all the same', async () => {
    tab.end();
    const tabs = [
      await browser.openTab({ alone: true }),
      await browser.openTab({ alone: true }),
    ] as const;
    const task = tab.sees(1);
    const gone = tab.sees(2);
    tabs[0].add('new');
    tabs[1].edit(task, { title: 'edited' });
    tabs[0].delete(gone);
    await quiet();
    await clock.pass(hourMs);
    expect(server.deeds).toHaveLength(3);
    expect(server.titles().toSorted()).toEqual(['edited', 'new']);
    expect(tabs.map(({ changes }) => changes.all.get())).toEqual([[], []]);
  });

  test('a task that is added in two tabs at once is one task', async () => {
    tab.typeNew('Buy milk');
    await tab.changes.settled();
    const other = await browser.openTab();
    await quiet();
    tab.submitNew();
    other.submitNew();
    await quiet();
    await clock.pass(hourMs);
    expect(server.titles()).toEqual(['Buy milk']);
    expect(await browser.shelf.readAll()).toEqual([]);
  });

  test('a change that is saved in two tabs at once is made once', async () => {
    const task = tab.sees(1);
    tab.open(task);
    tab.type(task, { title: 'New' });
    await quiet();
    const other = await browser.openTab();
    tab.submit(task);
    other.submit(task);
    await clock.pass(hourMs);
    expect(server.deeds).toHaveLength(1);
    expect(server.titles()).toEqual(['New']);
    expect(await browser.shelf.readAll()).toEqual([]);
  });

  test('a page that ends while it sends and the next one that opens do it once', async () => {
    const release = server.hold();
    tab.add('Buy milk');
    await quiet();
    tab.end();
    const next = await browser.openTab();
    release();
    await clock.pass(hourMs);
    expect(server.deeds).toHaveLength(1);
    expect(new Set(keys()).size).toBe(1);
    expect(next.changes.all.get()).toEqual([]);
  });

  test('a page that ends before anything is sent leaves it to the next one', async () => {
    server.always('request lost');
    tab.add('Buy milk');
    await quiet();
    tab.end();
    server.always(undefined);
    const next = await browser.openTab();
    await quiet();
    expect(server.titles()).toEqual(['Buy milk']);
    expect(next.changes.all.get()).toEqual([]);
  });
});

describe('closing', () => {
  test('a closed outbox sends nothing, and what waits goes on waiting', async () => {
    server.always('request lost');
    tab.add('one');
    tab.add('two');
    await quiet();
    tab.outbox.close();
    tab.add('three');
    expect(clock.due()).toEqual([]);
    const before = server.arrivals.length;
    await tab.outbox.send();
    await clock.pass(hourMs);
    expect(server.arrivals).toHaveLength(before);
    expect(await browser.shelf.readAll()).toHaveLength(3);
  });

  test('one that is closed while it writes down what it is about to send does not send it', async () => {
    tab.changes.all.subscribe(() => {
      if (tab.states().includes('sending')) tab.outbox.close();
    });
    tab.add('Buy milk');
    await quiet();
    expect(server.arrivals).toEqual([]);
    expect(await browser.shelf.readAll()).toHaveLength(1);
  });

  test.each<Mishap | undefined>([
    undefined,
    'request lost',
    'answer lost',
    'session over',
    'given up',
    { status: 500 },
    { status: 422 },
  ])(
    'what comes of a sending after the close (%j) is for the next outbox to find',
    async (mishap) => {
      if (mishap) server.meet(mishap);
      const release = server.hold();
      tab.add('Buy milk');
      await quiet();
      tab.outbox.close();
      const kept = await browser.shelf.readAll();
      release();
      await quiet();
      expect(await browser.shelf.readAll()).toEqual(kept);
      expect(clock.due()).toEqual([]);
      const next = await browser.openTab();
      await quiet();
      expect(server.titles()).toEqual(['Buy milk']);
      expect(server.deeds).toHaveLength(1);
      expect(next.changes.all.get()).toEqual([]);
    },
  );
});

describe('a lost answer', () => {
  const memories = [
    ['and the server remembers the key', () => undefined],
    ['and the server has forgotten the key', () => server.forgetKeys()],
  ] as const;

  test.each(memories)('does not add a task twice, %s', async (_, forget) => {
    server.meet('answer lost');
    tab.add('Buy milk');
    await quiet();
    forget();
    await clock.pass(1_000);
    expect(server.titles()).toEqual(['Buy milk']);
    expect(server.deeds).toHaveLength(1);
    expect(tab.changes.all.get()).toEqual([]);
    expect(tab.titles()).toEqual(['Buy milk']);
  });

  test.each(memories)('does not make a change twice, %s', async (_, forget) => {
    const task = tab.sees(1);
    server.meet('answer lost');
    tab.edit(task, { title: 'New', description: 'more' });
    await quiet();
    forget();
    await clock.pass(1_000);
    expect(server.deeds).toHaveLength(1);
    expect(server.task(task.id)).toMatchObject({ title: 'New', description: 'more' });
    expect(tab.changes.all.get()).toEqual([]);
  });

  test.each(memories)('does not delete what is not meant, %s', async (_, forget) => {
    const [task, other] = [tab.sees(1), tab.sees(2)];
    server.meet('answer lost');
    tab.delete(task);
    await quiet();
    forget();
    await clock.pass(1_000);
    expect(server.tasks()).toEqual([other]);
    expect(server.deeds).toHaveLength(1);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('does not undo what was changed elsewhere since', async () => {
    const task = tab.sees(1);
    server.meet('answer lost');
    tab.edit(task, { title: 'Mine' });
    await quiet();
    server.put({ ...taskOf(1), title: 'Theirs, later' });
    await clock.pass(1_000);
    expect(server.titles()).toEqual(['Theirs, later']);
    expect(tab.changes.all.get()).toEqual([]);
  });

  test('is asked for with the same request under the same key', async () => {
    const task = tab.sees(1);
    server.meet('answer lost', 'answer lost');
    tab.edit(task, { title: 'New' });
    await clock.pass(hourMs);
    expect(server.arrivals).toHaveLength(3);
    expect(server.arrivals[1]).toEqual(server.arrivals[0]);
    expect(server.arrivals[2]).toEqual(server.arrivals[0]);
  });

  test('of an addition does not swallow words that were written since', async () => {
    server.meet('answer lost', { status: 422, code: 'body_invalid' });
    tab.add('Buy mil');
    await clock.pass(1_000);
    const refused = tab.only();
    tab.mend(refused);
    tab.saveMended(refused, { title: 'Buy milk' });
    await quiet();
    expect(tab.only()).toMatchObject({ state: 'conflict', mine: { title: 'Buy milk' } });
    tab.outbox.choose(tab.only(), tab.only().mine);
    await quiet();
    expect(server.titles()).toEqual(['Buy milk']);
  });

  test('of an addition does not undo what was done to the task elsewhere since', async () => {
    server.meet('answer lost');
    tab.add('Buy milk');
    await quiet();
    server.forgetKeys();
    for (const task of server.tasks()) server.put({ ...task, description: 'two', completed: true });
    await clock.pass(1_000);
    expect(tab.changes.all.get()).toEqual([]);
    expect(server.tasks()).toMatchObject([
      { title: 'Buy milk', description: 'two', completed: true },
    ]);
  });
});

describe('without an answer', () => {
  function timesOfArrivals(): number[] {
    const times: number[] = [];
    server.always(() => {
      times.push(clock.now() / 1_000);
      return 'request lost';
    });
    return times;
  }

  test('it is tried again after a pause that doubles up to 30 seconds', async () => {
    const seconds = timesOfArrivals();
    tab.add('Buy milk');
    await clock.pass(125_000);
    expect(seconds).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121]);
  });

  test('an hour makes a bounded number of requests, however much waits and is typed', async () => {
    server.always('request lost');
    for (const title of ['one', 'two', 'three']) tab.add(title);
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.pass(60_000);
      tab.typeNew(`typed in minute ${minute}`);
      await tab.changes.refresh();
    }
    expect(server.arrivals.length).toBeLessThan(130);
    expect(tab.states().filter((state) => state === 'waiting')).toHaveLength(3);
  });

  test('everything goes out in order once there is one', async () => {
    server.always('request lost');
    for (const title of ['one', 'two', 'three']) tab.add(title);
    await clock.pass(10 * 60_000);
    server.always(undefined);
    await clock.pass(30_000);
    expect(server.deeds.map(({ body }) => body.title)).toEqual(['one', 'two', 'three']);
  });

  test('the pause is short again after an answer', async () => {
    server.always('request lost');
    tab.add('one');
    await clock.pass(hourMs);
    server.always(undefined);
    await clock.pass(30_000);
    const seconds = timesOfArrivals();
    tab.add('two');
    await quiet();
    const begin = seconds[0] ?? 0;
    await clock.pass(3_000);
    expect(seconds.map((time) => time - begin)).toEqual([0, 1, 3]);
  });

  test('the pause is short again after an answer to another change, too', async () => {
    server.always('request lost');
    tab.add('one');
    tab.add('two');
    await clock.pass(hourMs);
    const seconds: number[] = [];
    server.always(({ body }) => {
      if (body.title === 'one') return undefined;
      seconds.push(clock.now() / 1_000);
      return 'request lost';
    });
    await clock.pass(40_000);
    const [begin = 0, second = 0, third = 0] = seconds;
    expect([second - begin, third - second]).toEqual([1, 2]);
  });

  test('it is said for as long as there is none', async () => {
    server.always('request lost');
    tab.add('one');
    tab.add('two');
    await quiet();
    expect(tab.outbox.trouble.get()).toMatchObject({ kind: 'unreachable' });
    const troubles: unknown[] = [];
    server.always(() => {
      troubles.push(tab.outbox.trouble.get());
      return undefined;
    });
    await clock.pass(1_000);
    expect(troubles).toMatchObject([{ kind: 'unreachable' }, undefined]);
  });

  test('typing and handing over during a pause sends nothing', async () => {
    server.meet('request lost');
    tab.add('one');
    await quiet();
    tab.typeNew('two');
    tab.add('two');
    await quiet();
    expect(server.arrivals).toHaveLength(1);
    await clock.pass(1_000);
    expect(server.titles()).toEqual(['one', 'two']);
  });

  test('send() does not sit out a pause', async () => {
    server.meet('request lost');
    tab.add('Buy milk');
    await quiet();
    await tab.outbox.send();
    expect(server.titles()).toEqual(['Buy milk']);
    expect(clock.due()).toEqual([]);
  });

  test('send() during a request that comes to nothing sends again at once', async () => {
    server.meet('request lost');
    const release = server.hold();
    tab.add('Buy milk');
    await quiet();
    const sent = tab.outbox.send();
    release();
    await sent;
    expect(server.titles()).toEqual(['Buy milk']);
    expect(clock.due()).toEqual([]);
  });

  test('Retry-After is waited for, by send() too', async () => {
    server.meet({ status: 503, code: 'unavailable', retryAfterSeconds: 90 });
    tab.add('Buy milk');
    await quiet();
    await tab.outbox.send();
    await clock.pass(89_999);
    expect(server.arrivals).toHaveLength(1);
    await clock.pass(1);
    expect(server.titles()).toEqual(['Buy milk']);
  });

  test('a Retry-After of nothing does not make a storm', async () => {
    server.always({ status: 503, code: 'unavailable', retryAfterSeconds: 0 });
    tab.add('Buy milk');
    await clock.pass(10_000);
    expect(server.arrivals.length).toBeLessThan(12);
  });

  test.each<[string, Exclude<Mishap, string>]>([
    ['a server that starts or stops', { status: 503, code: 'unavailable' }],
    ['too many requests', { status: 429, code: 'rate_limited', retryAfterSeconds: 2 }],
    ['a request that did not arrive in time', { status: 408, code: 'request_timeout' }],
    ['a request that came too early', { status: 425, code: 'too_early' }],
    ['a gateway before a server that is down', { status: 502 }],
    ['a Wi-Fi sign-in page', { status: 511 }],
    ['something between that forbids', { status: 403 }],
    ['something between that knows no such address', { status: 404 }],
  ])('%s is no answer to the change', async (_, mishap) => {
    server.meet(mishap);
    tab.edit(tab.sees(1), { title: 'New' });
    await quiet();
    const waiting = tab.only();
    expect(waiting).toMatchObject({ state: 'waiting', mine: { title: 'New' } });
    expect(tab.outbox.trouble.get()).toBeDefined();
    await clock.pass(2_000);
    expect(server.titles()).toEqual(['New']);
    expect(server.arrivals[1]).toEqual(server.arrivals[0]);
    expect(tab.outbox.trouble.get()).toBeUndefined();
  });

  test('a first sending that is still under way is waited for', async () => {
    const release = server.hold();
    tab.add('Buy milk');
    await quiet();
    tab.end();
    const next = await browser.openTab();
    await clock.pass(2_000);
    expect(next.states()).toEqual(['waiting']);
    release();
    await clock.pass(1_000);
    expect(server.deeds).toHaveLength(1);
    expect(next.changes.all.get()).toEqual([]);
  });

  test('an answer that is no task keeps the change', async () => {
    server.meet({ status: 200, title: '' });
    tab.add('Buy milk');
    await quiet();
    expect(tab.only().mine.title).toBe('Buy milk');
  });

  test('trouble with the page itself is said and tried again after a pause', async () => {
    let failures = 1;
    server.always(() => {
      failures -= 1;
      if (failures >= 0) throw new TypeError('a mistake');
      return undefined;
    });
    tab.add('Buy milk');
    await quiet();
    expect(tab.outbox.trouble.get()).toBeInstanceOf(TypeError);
    expect(tab.states()).toEqual(['waiting']);
    await clock.pass(1_000);
    expect(server.titles()).toEqual(['Buy milk']);
    expect(tab.outbox.trouble.get()).toBeUndefined();
  });
});

describe('the end of the session', () => {
  test('stops everything without a loop', async () => {
    server.endSession();
    tab.add('one');
    tab.add('two');
    await quiet();
    await clock.pass(hourMs);
    await tab.outbox.send();
    await tab.outbox.send();
    expect(server.arrivals).toHaveLength(1);
    expect(tab.states()).toEqual(['waiting', 'waiting']);
    expect(clock.due()).toEqual([]);
  });

  test('is dealt with by others: it is no trouble of the outbox', async () => {
    server.endSession();
    tab.add('one');
    await quiet();
    expect(tab.outbox.trouble.get()).toBeUndefined();
  });

  test('is not the end of what waits: send() goes on, under the same key', async () => {
    server.endSession();
    tab.add('Buy milk');
    await quiet();
    server.signInAgain();
    tab.add('typed since');
    await quiet();
    expect(server.arrivals).toHaveLength(1);
    await tab.outbox.send();
    expect(server.titles()).toEqual(['Buy milk', 'typed since']);
    expect(keys()[1]).toBe(keys()[0]);
  });

  test('that is heard of after a new one has begun does not stop what waits', async () => {
    server.meet('session over');
    const release = server.hold();
    tab.add('Buy milk');
    await quiet();
    const sent = tab.outbox.send();
    release();
    await sent;
    expect(server.titles()).toEqual(['Buy milk']);
  });
});
