import type { Task } from '../../../src/contract/task.ts';
import type { Api } from '../api/client.ts';
import { SessionEnded } from '../api/failures.ts';
import type { Records } from '../kept/records.ts';
import { createStore, type Store } from '../store.ts';
import {
  byOrder,
  type Change,
  type Deletion,
  type Edit,
  newTaskFieldId,
  type Refusal,
  stepped,
  type TaskContent,
} from './change.ts';
import { deliver, type Outcome } from './deliver.ts';
import { contradicts, editOfNothing, onTop } from './merge.ts';

const pauseFirstMs = 1_000;
const pauseMaxMs = 30_000;
/** How often one change is merged with what it meets before it waits for the next pass. */
const mergesMax = 5;

export interface OutboxOptions {
  changes: Records<Change>;
  api: Api;
  newId: () => string;
  /** Runs work while no other tab of this person runs its own. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** Told of every change the server has taken: the task as it is now, or its id when it is gone. */
  onSaved: (saved: { task: Task } | { goneId: string }) => void;
  /** Calls back after so many milliseconds, unless the returned function is called before. */
  schedule: (run: () => void, milliseconds: number) => () => void;
}

/**
 * The changes a person has handed over, on their way to the server: one after the other, in the
 * order in which they were made, each until it is saved, contested or refused.
 */
export interface Outbox {
  /** Why nothing is going out although something waits; undefined while all is well. */
  readonly trouble: Store<unknown>;
  /** Sends what waits without sitting out a pause: the server or the session may be back. */
  send(): Promise<void>;
  /** Settles a contested change: these words are to stand, over what is there now. */
  choose(change: Change, mine: TaskContent): void;
  /** Sends a refused change once more, as it is. */
  retry(change: Change): void;
  /** Makes a new task of a change whose task was deleted elsewhere, and of those that follow it. */
  addAnew(change: Change): void;
  /** Throws a change away, and with a task that was never saved all that was done to it. */
  discard(change: Change): void;
  /** Sends nothing any more; what waits goes on waiting. */
  close(): void;
}

/**
 * Changes to different tasks do not wait for each other: one that is contested or refused holds
 * back those to the same task alone. Without an answer everything waits, and is tried again after
 * a pause that doubles up to 30 seconds or is what Retry-After says.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const { changes, api, newId, exclusively, onSaved, schedule } = options;
  const trouble = createStore<unknown>(undefined);
  /** The tasks as the server last had them, of those that something was saved to. */
  const known = new Map<string, Task>();
  let failures = 0;
  /** Until when nothing is sent: `asked` by the server, or until `send` is called. */
  let pause: { asked: boolean; cancel: () => void } | undefined;
  let sending: Promise<void> | undefined;
  let closed = false;

  function current(id: string): Change | undefined {
    return changes.all.get().find((change) => change.id === id);
  }

  /** The first change that may go out, past those that wait for the person. */
  function next(held: ReadonlySet<string>): Change | undefined {
    if (closed) return undefined;
    const blocked = new Set(held);
    for (const change of [...changes.all.get()].sort(byOrder)) {
      if (change.state === 'typed' && !isMended(change)) continue;
      if (isOnItsWay(change) && !blocked.has(change.taskId)) return change;
      blocked.add(change.taskId);
    }
    return undefined;
  }

  async function pass(): Promise<void> {
    // Another tab may have sent some of it since this one looked.
    await changes.refresh();
    const held = new Set<string>();
    const merges = new Map<string, number>();
    let stumble: unknown;
    for (let waiting = next(held); waiting; waiting = next(held)) {
      const change = stepped(upToDate(waiting), 'send');
      const outcome = await attempt(change);
      // Closed meanwhile: what came of it is for whoever opens the outbox next.
      if (outcome === undefined) return;
      if (outcome.type === 'no answer') return pauseAfter(change, outcome);
      if (outcome.type === 'stumbled' || tooOften(merges, change, outcome)) {
        changes.write([stepped(change, 'no answer')]);
        held.add(change.taskId);
        if (outcome.type === 'stumbled') stumble = outcome.error;
      } else settle(change, outcome);
    }
    if (closed) return;
    trouble.set(stumble);
    if (held.size > 0) startPause();
    else failures = 0;
  }

  /** What came of it is on the shelf before another tab's turn begins: it would send it again. */
  async function turn(): Promise<void> {
    try {
      await pass();
    } finally {
      await changes.settled();
    }
  }

  /** Undefined once the outbox is closed. */
  async function attempt(change: Change): Promise<Outcome | undefined> {
    changes.write([change]);
    // A page that ends now must not find it unsent, under another key, when it opens again.
    await changes.settled();
    if (closed) return undefined;
    try {
      const outcome = await deliver(api, change);
      return closed ? undefined : outcome;
    } catch (error) {
      if (!closed) changes.write([stepped(change, 'no answer')]);
      throw error;
    }
  }

  /**
   * An editor that was open while its task was saved starts from what the task was before. The
   * server would only answer with what is known here; a contradiction is for its answer to find.
   */
  function upToDate(change: Change): Change {
    const task = known.get(change.taskId);
    if (change.kind === 'add' || task === undefined) return change;
    if (change.base.version >= task.version || contradicts(change, task)) return change;
    return { ...onTop(change, task), key: newId() };
  }

  function tooOften(merges: Map<string, number>, change: Change, outcome: Outcome): boolean {
    if (outcome.type !== 'contested') return false;
    const count = (merges.get(change.id) ?? 0) + 1;
    merges.set(change.id, count);
    return count > mergesMax;
  }

  function pauseAfter(change: Change, outcome: Outcome & { type: 'no answer' }): void {
    changes.write([stepped(change, 'no answer')]);
    trouble.set(outcome.error);
    startPause(outcome.retryAfterMs);
  }

  function startPause(askedMs?: number): void {
    failures += 1;
    const ownMs = Math.min(pauseMaxMs, pauseFirstMs * 2 ** (failures - 1));
    // Whoever asks for no pause at all is not asked without end.
    const pauseMs = askedMs === undefined ? ownMs : Math.max(pauseFirstMs, askedMs);
    pause?.cancel();
    pause = { asked: askedMs !== undefined, cancel: schedule(resume, pauseMs) };
  }

  function resume(): void {
    pause = undefined;
    void wake();
  }

  type Settled = Exclude<Outcome, { type: 'no answer' | 'stumbled' }>;

  function settle(change: Change, outcome: Settled): void {
    failures = 0;
    trouble.set(undefined);
    if (outcome.type === 'saved') saved(change, outcome.task);
    else if (outcome.type === 'gone') gone(change);
    else if (outcome.type === 'contested') contested(change, outcome.theirs);
    else refused(change, outcome.refusal);
  }

  function saved(change: Change, task: Task): void {
    known.set(task.id, task);
    onSaved({ task });
    const later = follower(change);
    // A contradiction is for the answer to that change itself to find.
    const isMoved = later !== undefined && !contradicts(later, task);
    changes.write(isMoved ? [{ ...onTop(later, task), key: newId() }] : [], [change.id]);
  }

  /**
   * The change to the same task that started from what this one made of it; those behind it did
   * not. What is being typed is left alone, since another tab may know of more letters.
   */
  function follower({ id, taskId }: Change): Edit | Deletion | undefined {
    return changes.all
      .get()
      .filter((other) => other.taskId === taskId && other.id !== id)
      .filter((other) => other.kind !== 'add')
      .filter(isOnItsWay)
      .sort(byOrder)[0];
  }

  function gone(change: Change): void {
    known.delete(change.taskId);
    onSaved({ goneId: change.taskId });
    changes.write([], [change.id]);
  }

  function contested(change: Change, theirs: Task): void {
    onSaved({ task: theirs });
    const own = change.kind === 'add' ? editOfNothing(change, theirs) : change;
    if (contradicts(own, theirs)) changes.write([{ ...stepped(own, 'contest'), theirs }]);
    else changes.write([{ ...onTop(stepped(own, 'merge'), theirs), key: newId() }]);
  }

  function refused(change: Change, refusal: Refusal): void {
    if (refusal.gone) onSaved({ goneId: change.taskId });
    changes.write([{ ...stepped(change, 'refuse'), refusal }]);
  }

  /** Sends what waits unless a pause is on. */
  async function wake(): Promise<void> {
    while (!pause && !sending && next(new Set()) !== undefined) {
      sending = exclusively(turn).catch((error: unknown) => {
        if (closed) return;
        // The session's own guard deals with its end, and sends what waits when it goes on.
        if (error instanceof SessionEnded) pause = { asked: false, cancel: () => undefined };
        else {
          trouble.set(error);
          startPause();
        }
      });
      await sending;
      sending = undefined;
    }
  }

  const stopWatching = changes.all.subscribe(() => void wake());

  return {
    trouble,
    async send() {
      // What is under way may have begun before the server or the session was back.
      await sending;
      if (pause && !pause.asked) {
        pause.cancel();
        pause = undefined;
      }
      await wake();
    },
    choose(change, mine) {
      const now = current(change.id);
      if (now?.state !== 'conflict' || now.kind === 'add') return;
      const { theirs, ...rest } = stepped(now, 'choose');
      changes.write([{ ...rest, base: theirs ?? now.base, mine, key: newId() }]);
    },
    retry(change) {
      const now = current(change.id);
      if (now?.state !== 'refused') return;
      const { refusal: _past, ...rest } = stepped(now, 'retry');
      changes.write([{ ...rest, key: newId() }]);
    },
    addAnew(change) {
      const now = current(change.id);
      if (now?.state !== 'refused') return;
      const { base: _gone, refusal: _past, theirs: _old, ...rest } = stepped(now, 'retry') as Edit;
      const taskId = newId();
      // What else was written to the task belongs to the one that takes its place.
      const along = changes.all.get().flatMap((other) => {
        if (other.kind !== 'edit' || other.taskId !== now.taskId || other.id === now.id) return [];
        return [{ ...other, taskId, base: { ...other.base, id: taskId }, key: newId() }];
      });
      changes.write([{ ...rest, kind: 'add', taskId, key: newId() }, ...along]);
    },
    discard(change) {
      const now = current(change.id);
      if (now === undefined || isOnItsWay(now)) return;
      const all = changes.all.get();
      const along = now.kind === 'add' ? all.filter(({ taskId }) => taskId === now.taskId) : [];
      changes.write([], [now.id, ...along.map(({ id }) => id)]);
    },
    close() {
      closed = true;
      stopWatching();
      pause?.cancel();
    },
  };
}

function isOnItsWay({ state }: Change): boolean {
  return state === 'waiting' || state === 'sending';
}

/** A new task that was refused and is written anew: what was done to it since waits for it. */
function isMended({ kind, id }: Change): boolean {
  return kind === 'add' && id !== newTaskFieldId;
}
