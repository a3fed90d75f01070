import { routes } from '../../contract/routes.ts';
import type { Task } from '../../contract/task.ts';
import type { Change, Outcome } from '../changes.ts';
import { type Encoded, encoderOf } from '../encoded.ts';
import type { UserId } from '../principal.ts';
import { encodeCursor } from './cursor.ts';
import type { ListPosition, TaskStore } from './store.ts';

/** All owners' together, in bytes: a page of 50 ordinary tasks of each of 600 people. */
const keptBytesMax = 32 * 1024 * 1024;
/** Of one owner, so that nobody pushes out everybody else. */
const ownerBytesMax = 1024 * 1024;
/** Lists of one owner: each change is made to all of them. */
const ownerListsMax = 10;
/** What an owner, a page and a task take beside words: somewhat more than was measured. */
const emptyBytes = 900;
const pageBytes = 500;
const taskBytes = 700;
/** At most, of a letter: two in a string and three in UTF-8. */
const letterBytes = 2 + 3;

const encodePage = encoderOf(routes.listTasks.responses[200].schema);

/** The beginning of a list. */
export interface KeptPage {
  tasks: Task[];
  nextCursor: string | null;
}

/** A task as it is sent. */
export interface KeptTask {
  id: string;
  version: number;
  body: Encoded;
  /** An owner's version at which the task was still the same. */
  seenAt?: number;
}

/** Which list. Its tasks are in the order of their ids, which never change. */
export type ListName = Pick<ListPosition, 'status' | 'sort' | 'limit'>;

/**
 * Tasks, and the beginnings of lists, as they were last sent, in memory. They are found by their
 * owner alone, and given out at the version that they were read at and at no other: whoever asks
 * has read that version from the store, so a change by any process is seen.
 */
export interface KeptTasks {
  /** The page, where the owner's version is this one; forgets those at another one. */
  page(owner: UserId, version: number, list: ListName): Encoded | undefined;
  /** Keeps a page, and no page of the owner at another version. */
  keepPage(owner: UserId, version: number, list: ListName, page: KeptPage): void;
  /** The task as it was last sent; see `isCurrent`. */
  task(owner: UserId, id: string): KeptTask | undefined;
  keepTask(owner: UserId, task: KeptTask): void;
  /**
   * Tells of a change that is committed, with the owner's version that it made. Where it is the
   * next one after the pages were read, they are from now on those at that version, or gone.
   */
  changed(owner: UserId, version: number, change: TaskChange): void;
}

/** What a task is now, or which one was deleted. */
export type TaskChange = Task | { id: string; version?: never };

/**
 * Whether a task that is kept is still as the store has it. Where its owner has changed nothing
 * since this was last asked, the owner's version says so, which is often at hand.
 */
export async function isCurrent(task: KeptTask, store: TaskStore): Promise<boolean> {
  // Read first, so that the task may have been the same for longer, never for less.
  const version = store.versionAtHand() ?? (await store.version());
  if (version === task.seenAt) return true;
  if ((await store.versionOf(task.id)) !== task.version) return false;
  task.seenAt = version;
  return true;
}

/** Tells it of a change that this server has carried out. */
export function keepUp(kept: KeptTasks, change: Change, { answer, version }: Outcome): void {
  if (version === undefined) return;
  // A change answers with the task as it is now, or with nothing where there is none any more.
  const task = (answer.body as Task | undefined) ?? { id: change.params['taskId'] ?? '' };
  kept.changed(change.userId, version, task);
}

interface Kept {
  /** The owner's, at which the pages were read. */
  version: number;
  pages: Map<string, Page>;
  tasks: Map<string, KeptTask>;
  bytes: number;
}

interface Page extends KeptPage {
  list: ListName;
  /** Made when it is first asked for. */
  encoded: Encoded | undefined;
}

/** An empty memory. Owners of whom something was kept longest ago make room for others. */
export function createKeptTasks(max = keptBytesMax, ownerMax = ownerBytesMax): KeptTasks {
  const owners = new Map<UserId, Kept>();
  let bytes = 0;

  function forget(owner: UserId): void {
    bytes -= owners.get(owner)?.bytes ?? 0;
    owners.delete(owner);
  }

  /** Changes what is kept of an owner, who is then the last to make room. */
  function change(owner: UserId, kept: Kept, edit: () => void): void {
    forget(owner);
    edit();
    makeRoom(kept, ownerMax);
    owners.set(owner, kept);
    bytes += kept.bytes;
    for (const oldest of owners.keys()) {
      if (bytes <= max) break;
      forget(oldest);
    }
  }

  /** What is kept of an owner who is at this version, without what is of another one. */
  function reach(owner: UserId, version: number): Kept | undefined {
    const kept = owners.get(owner);
    if (kept === undefined || kept.version === version) return kept;
    // Versions that begin again may come by the same ones with other tasks.
    if (kept.version > version) {
      forget(owner);
      return undefined;
    }
    change(owner, kept, () => {
      for (const page of kept.pages.values()) dropPage(kept, page);
      kept.version = version;
    });
    return kept;
  }

  return {
    page(owner, version, list) {
      const page = reach(owner, version)?.pages.get(nameOf(list));
      return page && encodedPage(page);
    },

    keepPage(owner, version, list, page) {
      // It would push out everything else of the owner, and then itself.
      if (emptyBytes + sizeOfPage(page) > ownerMax) return;
      const kept = reach(owner, version) ?? nothingAt(version);
      change(owner, kept, () => putPage(kept, { ...page, list, encoded: undefined }));
    },

    task: (owner, id) => owners.get(owner)?.tasks.get(id),

    keepTask(owner, task) {
      const kept = owners.get(owner) ?? nothingAt(0);
      change(owner, kept, () => putTask(kept, task));
    },

    changed(owner, version, task) {
      const kept = owners.get(owner);
      if (kept === undefined) return;
      change(owner, kept, () => {
        dropTask(kept, kept.tasks.get(task.id));
        if (kept.version !== version - 1) return;
        kept.version = version;
        for (const page of [...kept.pages.values()]) {
          const now = pageAfter(page, task, owner);
          if (now === undefined) dropPage(kept, page);
          else if (now !== page) putPage(kept, { ...now, list: page.list, encoded: undefined });
        }
      });
    },
  };
}

/** The beginning of a list after a change; undefined where it can only be read. */
function pageAfter(page: Page, change: TaskChange, owner: UserId): KeptPage | undefined {
  const { list, nextCursor } = page;
  const sign = list.sort === 'newest' ? 1 : -1;
  const inOrder = (a: { id: string }, b: { id: string }) => (a.id < b.id ? sign : -sign);
  const at = page.tasks.findIndex(({ id }) => id === change.id);

  if (!isListed(change, list)) {
    const last = page.tasks.at(-1);
    const mayBeBehind = nextCursor !== null && last !== undefined && inOrder(change, last) > 0;
    if (at === -1 && !mayBeBehind) return page;
    // What comes behind the page, and whether anything still does, is not known.
    return nextCursor === null ? { tasks: page.tasks.toSpliced(at, 1), nextCursor } : undefined;
  }
  if (at !== -1) return { tasks: page.tasks.with(at, change), nextCursor };
  const tasks = [...page.tasks, change].sort(inOrder);
  if (tasks.length <= list.limit) return { tasks, nextCursor };
  const first = tasks.slice(0, list.limit);
  const end = first.at(-1)?.id ?? '';
  return { tasks: first, nextCursor: encodeCursor(owner, { ...list, q: undefined }, end) };
}

function isListed(change: TaskChange, { status }: ListName): change is Task {
  if (change.version === undefined) return false;
  return status === 'all' || change.completed === (status === 'completed');
}

const nothingAt = (version: number): Kept => ({
  version,
  pages: new Map(),
  tasks: new Map(),
  bytes: emptyBytes,
});

const nameOf = ({ status, sort, limit }: ListName) => `${status} ${sort} ${limit}`;

function encodedPage(page: Page): Encoded {
  const { tasks, nextCursor } = page;
  page.encoded ??= encodePage({ data: tasks, nextCursor }).packed();
  return page.encoded;
}

const sizeOfTask = ({ body }: KeptTask) => letterBytes * body.content.length + taskBytes;

/** Its words are there twice: in the tasks and in the page that is sent. */
function sizeOfPage({ tasks }: KeptPage): number {
  let size = pageBytes;
  for (const { title, description } of tasks) {
    size += letterBytes * (title.length + description.length) + taskBytes;
  }
  return size;
}

function putTask(kept: Kept, task: KeptTask): void {
  dropTask(kept, kept.tasks.get(task.id));
  kept.tasks.set(task.id, task);
  kept.bytes += sizeOfTask(task);
}

function dropTask(kept: Kept, task: KeptTask | undefined): void {
  if (task !== undefined && kept.tasks.delete(task.id)) kept.bytes -= sizeOfTask(task);
}

function putPage(kept: Kept, page: Page): void {
  dropPage(kept, kept.pages.get(nameOf(page.list)));
  kept.pages.set(nameOf(page.list), page);
  kept.bytes += sizeOfPage(page);
}

function dropPage(kept: Kept, page: Page | undefined): void {
  if (page !== undefined && kept.pages.delete(nameOf(page.list))) kept.bytes -= sizeOfPage(page);
}

/** What was kept first goes first, and tasks before pages. */
function makeRoom(kept: Kept, ownerMax: number): void {
  for (const task of kept.tasks.values()) {
    if (kept.bytes <= ownerMax) break;
    dropTask(kept, task);
  }
  for (const page of kept.pages.values()) {
    if (kept.bytes <= ownerMax && kept.pages.size <= ownerListsMax) break;
    dropPage(kept, page);
  }
}
