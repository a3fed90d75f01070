import type { Task } from '../../../src/contract/task.ts';
import {
  type DraftRoom,
  draftsOf,
  editorOf,
  mend,
  openEditor,
  submitCompletion,
  submitDeletion,
  submitEditor,
  submitNewTask,
  typeInEditor,
  typeNewTask,
} from '../drafts/drafts.ts';
import { memoryShelf } from '../kept/memory-shelf.ts';
import { createRecords, type Shelf } from '../kept/records.ts';
import { type Change, readChange, type TaskContent } from './change.ts';
import { fakeClock } from './fake-clock.ts';
import { fakeServer } from './fake-server.ts';
import { createOutbox } from './outbox.ts';
import { showChanges, type TaskStatus } from './overlay.ts';
import { taskOf } from './sample-task.ts';
import { createUuidV7 } from './uuid-v7.ts';

const startMs = Date.UTC(2026, 0, 1);

export type Tab = Awaited<ReturnType<ReturnType<typeof fakeBrowser>['openTab']>>;

/** A browser of one person: tabs over one shelf that hear of each other, a clock and a server. */
export function fakeBrowser() {
  const server = fakeServer();
  const clock = fakeClock();
  const shelf = memoryShelf<Change>();
  const tabs = new Set<{ hear(): void; listed: Map<string, Task> }>();
  const lock = queue();
  let bytes = 0;

  function randomBytes(count: number): Uint8Array {
    return new Uint8Array(count).map(() => {
      bytes += 1;
      return bytes % 251;
    });
  }

  /**
   * `alone`: as in a browser with neither Web Locks nor a store. `deaf`: hears of no other tab, as
   * one that the browser has put to sleep.
   */
  async function openTab({ alone = false, deaf = false } = {}) {
    const life = createLife();
    const inTurn = queue();
    const { ofThisTab } = life;
    const ownShelf: Shelf<Change> = {
      readAll: ofThisTab(async () => {
        const stored = await inTurn(shelf.readAll);
        return structuredClone(stored).flatMap((value) => readChange(value) ?? []);
      }),
      write: ofThisTab((puts, removes) => {
        const copies = structuredClone(puts);
        return inTurn(() => shelf.write(copies, removes));
      }),
      makeRoom: shelf.makeRoom,
    };
    const changes = createRecords<Change>(ownShelf, () => {
      for (const tab of tabs) if (tab !== self) tab.hear();
    });
    const hear = () => (deaf ? undefined : void changes.refresh());
    const self = { hear, listed: new Map<string, Task>() };
    const newId = createUuidV7(() => startMs + clock.now(), randomBytes);
    const outbox = createOutbox({
      changes,
      // An operation's type says what it takes; here it is handed on as it is.
      api: ofThisTab(server.api as (...args: unknown[]) => Promise<unknown>) as typeof server.api,
      newId,
      exclusively: (work) => (alone ? work() : lock(() => life.untilItEnds(work))),
      schedule: (run, milliseconds) => clock.schedule(() => life.goesOn() && run(), milliseconds),
      onSaved(saved) {
        for (const { listed } of tabs) keepNewer(listed, saved);
      },
    });
    tabs.add(self);
    await changes.refresh();

    function end(): void {
      life.end();
      tabs.delete(self);
    }
    function reload(): void {
      self.listed.clear();
      for (const task of server.tasks()) self.listed.set(task.id, task);
    }
    const shown = (status: TaskStatus = 'all') =>
      showChanges([...self.listed.values()], changes.all.get(), status);
    return {
      changes,
      outbox,
      newId,
      /** Ends as a tab does that is closed or crashes: nothing comes of what is under way. */
      end,
      /** Asks the server for the list, as after a while. */
      reload,
      /** The list as the person sees it here. */
      shown,
      ...handsOn({ changes, newId }, shown),
      /** A task that the server has and this tab has seen. */
      sees(number: number, overrides: Partial<Task> = {}): Task {
        const task = server.put(taskOf(number, overrides));
        reload();
        return task;
      },
    };
  }

  return { server, clock, shelf, openTab };
}

/** What a person does in a tab, and sees there. */
function handsOn(room: DraftRoom, shown: () => { task: Task }[]) {
  const all = () => room.changes.all.get();

  function editor(task: Pick<Task, 'id'>) {
    return editorOf(all(), task.id) ?? missing();
  }
  function type(task: Pick<Task, 'id'>, text: Partial<TaskContent>): void {
    typeInEditor(room, editor(task), text);
  }
  function submit(task: Pick<Task, 'id'>): void {
    submitEditor(room, editor(task));
  }
  function the(fits: (change: Change) => boolean): Change {
    const [change, ...others] = all().filter(fits);
    if (change === undefined || others.length > 0) throw new Error('There is not one such change.');
    return change;
  }
  return {
    editor,
    type,
    submit,
    add(title: string): void {
      typeNewTask(room, title);
      submitNewTask(room);
    },
    typeNew: (title: string) => typeNewTask(room, title),
    submitNew: () => submitNewTask(room),
    open: (task: Task) => openEditor(room, task),
    edit(task: Task, text: Partial<TaskContent>): void {
      openEditor(room, task);
      type(task, text);
      submit(task);
    },
    complete: (task: Task, completed = true) => submitCompletion(room, task, completed),
    delete: (task: Task) => submitDeletion(room, task),
    mend(change: Change): void {
      if (change.kind !== 'delete') mend(room, change);
    },
    /** Saves what is being mended, with this text. */
    saveMended({ id }: Change, text: Partial<TaskContent> = {}): void {
      const draft = () => draftsOf(all()).find((other) => other.id === id) ?? missing();
      typeInEditor(room, draft(), text);
      submitEditor(room, draft());
    },
    /** The only change there is. */
    only: () => the(() => true),
    /** The only change in this state. */
    the: (state: Change['state']) => the((change) => change.state === state),
    states: () =>
      all()
        .map(({ state }) => state)
        .toSorted(),
    titles: () => shown().map(({ task }) => task.title),
    /** The task as it is shown under this title. */
    titled(title: string): Task {
      const found = shown().find(({ task }) => task.title === title);
      if (found === undefined) throw new Error(`“${title}” is not shown.`);
      return found.task;
    },
  };
}

/**
 * One piece of work after the other, as IndexedDB and Web Locks have it; whoever waits for the one
 * has heard of its end before the next one begins.
 */
function queue() {
  let last: Promise<unknown> = Promise.resolve();
  return function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    last = result.catch(() => undefined).then(heard);
    return result;
  };
}

async function heard(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await undefined;
}

/** The life of a tab. After its end its work neither begins nor comes back. */
function createLife() {
  let goesOn = true;
  const never = new Promise<never>(() => undefined);
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  return {
    goesOn: () => goesOn,
    end() {
      goesOn = false;
      ended.reject(new Error('The tab has ended.'));
    },
    ofThisTab<A extends unknown[], T>(work: (...args: A) => Promise<T>) {
      return async (...args: A): Promise<T> => {
        if (!goesOn) return never;
        const [result] = await Promise.allSettled([work(...args)]);
        if (!goesOn) return never;
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      };
    },
    /** Frees what the tab has for itself alone as soon as it ends. */
    untilItEnds<T>(work: () => Promise<T>): Promise<T> {
      return Promise.race([goesOn ? work() : never, ended.promise]);
    },
  };
}

/** What a tab does with a task that was saved: an older state does not replace a newer one. */
function keepNewer(listed: Map<string, Task>, saved: { task: Task } | { goneId: string }): void {
  if ('goneId' in saved) listed.delete(saved.goneId);
  else if ((listed.get(saved.task.id)?.version ?? 0) <= saved.task.version) {
    listed.set(saved.task.id, saved.task);
  }
}

function missing(): never {
  throw new Error('There is no such editor.');
}
