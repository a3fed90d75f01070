import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Task } from '../../../src/contract/task.ts';
import { editorOf, newTaskDraft } from '../drafts/drafts.ts';
import { type Change, contentOf, type TaskContent } from './change.ts';
import { quiet } from './fake-clock.ts';
import type { Mishap } from './fake-server.ts';
import { fakeBrowser, type Tab } from './fake-tabs.ts';
import { openQuestion } from './overlay.ts';
import { taskOf } from './sample-task.ts';

const hourMs = 3_600_000;
/** A hundred stories each, on a machine that does other things, too. */
const testTimeoutMs = 60_000;

/** What a person does in a tab, to one of the tasks they see there. */
const deeds = [
  'add',
  'title',
  'description',
  'completed',
  'delete',
  'type',
  'submit',
  'type new',
] as const;
/** What happens to a tab, or to all of them. */
const events = ['end', 'reload', 'send', 'forget keys', 'hold', 'release'] as const;
/** What others do to a task the server has. */
const others = ['title', 'description', 'completed', 'delete'] as const;
/** What a person decides about what did not go through. */
const decisions = ['mine', 'theirs', 'discard', 'retry', 'mend', 'anew'] as const;

const mishaps: Mishap[] = [
  'request lost',
  'answer lost',
  'session over',
  { status: 500, code: 'internal' },
  { status: 503, code: 'unavailable', retryAfterSeconds: 20 },
  { status: 429, code: 'rate_limited', retryAfterSeconds: 3 },
];
const refusal: Mishap = { status: 422, code: 'body_invalid', detail: 'No.' };

/** `tab` and `task` pick one of those there are. */
type Step = { tab: number; task: number } & (
  | { deed: (typeof deeds)[number] }
  | { event: (typeof events)[number] }
  | { meet: Mishap[] }
  | { always: Mishap | undefined }
  | { passMs: number }
  | { other: (typeof others)[number] }
  | { decision: (typeof decisions)[number] }
);

function stepsOf(arbitrary: fc.Arbitrary<object>, weight: number) {
  const where = { tab: fc.nat({ max: 1 }), task: fc.nat({ max: 5 }) };
  const step = fc.record(where).chain((place) => arbitrary.map((rest) => ({ ...place, ...rest })));
  return { weight, arbitrary: step as fc.Arbitrary<Step> }; // Of the kinds below, all in Step.
}

const ownSteps = [
  stepsOf(fc.record({ deed: fc.constantFrom(...deeds) }), 8),
  stepsOf(fc.record({ event: fc.constantFrom(...events) }), 4),
  stepsOf(fc.record({ always: fc.constantFrom(undefined, ...mishaps) }), 2),
  stepsOf(fc.record({ passMs: fc.constantFrom(1_000, 5_000, 60_000) }), 3),
];
const meeting = (...those: Mishap[]) =>
  stepsOf(fc.record({ meet: fc.array(fc.constantFrom(...those), { maxLength: 3 }) }), 3);

/** Steps of one person alone. */
const alone = fc.array(fc.oneof(...ownSteps, meeting(...mishaps)), { size: 'medium' });
/** Steps of a person whose tasks change elsewhere too, and whose server refuses now and then. */
const amongOthers = fc.array(
  fc.oneof(
    ...ownSteps,
    meeting(...mishaps, refusal),
    stepsOf(fc.record({ other: fc.constantFrom(...others) }), 8),
    stepsOf(fc.record({ decision: fc.constantFrom(...decisions) }), 8),
  ),
  { size: 'medium', minLength: 20 },
);

/** Somebody at two tabs; it is remembered what they did. */
async function createWorld() {
  const browser = fakeBrowser();
  const { server, clock, shelf } = browser;
  const tabs = [await browser.openTab(), await browser.openTab()];
  let release: (() => void) | undefined;
  let words = 0;
  /** The tasks as the person left them. */
  const left = new Map<string, TaskContent>();
  /** The titles in open editors, by the id of the task, and the one in the "New task" field. */
  const editors = new Map<string, string>();
  let field: string | undefined;
  /** All text that was handed over. */
  const handedOver = new Set<string>();
  /** Text that somebody has decided about since: it may be gone, or sent once more. */
  const decided = new Set<string>();

  for (const number of [1, 2]) left.set(taskOf(number).id, contentOf(server.put(taskOf(number))));
  for (const tab of tabs) tab.reload();

  function newWord(): string {
    words += 1;
    return `word ${words}`;
  }

  function tabAt(index: number): Tab {
    const tab = tabs[index];
    if (tab === undefined) throw new Error('There is no such tab.');
    return tab;
  }

  function addTask(tab: Tab, title: string): void {
    tab.typeNew(title);
    const id = newTaskDraft(tab.changes.all.get())?.taskId ?? '';
    tab.submitNew();
    field = undefined;
    handedOver.add(title);
    left.set(id, { title, description: '', completed: false });
  }

  function leave(id: string, text: Partial<TaskContent>): void {
    const before = left.get(id);
    if (before) left.set(id, { ...before, ...text });
  }

  /** What stands in the editor of a task goes along with what is written into it last. */
  function saveEditor(id: string, text: Partial<TaskContent> = {}): void {
    const typed = editors.get(id);
    const written = { ...(typed && { title: typed }), ...text };
    for (const word of [written.title, written.description]) if (word) handedOver.add(word);
    editors.delete(id);
    leave(id, written);
  }

  function act(tab: Tab, deed: (typeof deeds)[number], pick: number): void {
    const shown = tab.shown();
    const task = shown[pick % shown.length]?.task;
    const word = newWord();
    if (deed === 'add') addTask(tab, word);
    else if (deed === 'type new') {
      field = word;
      tab.typeNew(word);
    } else if (task) change(tab, deed, task, word);
  }

  function change(
    tab: Tab,
    deed: Exclude<(typeof deeds)[number], 'add' | 'type new'>,
    task: Task,
    word: string,
  ): void {
    const { id } = task;
    const done: Record<typeof deed, () => void> = {
      type() {
        tab.open(task);
        tab.type(task, { title: word });
        editors.set(id, word);
      },
      submit() {
        if (editorOf(tab.changes.all.get(), id) === undefined) return;
        tab.submit(task);
        saveEditor(id);
      },
      completed() {
        tab.complete(task, !task.completed);
        leave(id, { completed: !task.completed });
      },
      delete() {
        tab.delete(task);
        left.delete(id);
        editors.delete(id);
      },
      title() {
        tab.edit(task, { title: word });
        saveEditor(id, { title: word });
      },
      description() {
        tab.edit(task, { description: word });
        saveEditor(id, { description: word });
      },
    };
    done[deed]();
  }

  async function happen(index: number, event: (typeof events)[number]): Promise<void> {
    const tab = tabAt(index);
    if (event === 'reload') tab.reload();
    else if (event === 'send') for (const each of tabs) void each.outbox.send();
    else if (event === 'forget keys') server.forgetKeys();
    else if (event === 'hold') release ??= server.hold();
    else if (event === 'release') letGo();
    else {
      tab.end();
      tabs[index] = await browser.openTab();
      tabs[index].reload();
    }
  }

  function letGo(): void {
    release?.();
    release = undefined;
  }

  function changeElsewhere(other: (typeof others)[number], pick: number): void {
    const tasks = server.tasks();
    const task = tasks[pick % tasks.length];
    if (task === undefined) return;
    // Once its key is forgotten, nobody can tell of a deleted task that it was there.
    decided.add(task.title);
    if (other === 'delete') server.drop(task.id);
    else if (other === 'completed') server.put({ ...task, completed: !task.completed });
    else server.put({ ...task, [other]: `elsewhere ${newWord()}` });
  }

  function decide(tab: Tab, decision: (typeof decisions)[number], pick: number): void {
    const { outbox, changes } = tab;
    const open = changes.all.get().filter(needsDecision);
    const asked = open[pick % open.length];
    if (asked === undefined) return;
    const along = changes.all.get().filter(({ taskId }) => taskId === asked.taskId);
    for (const { mine } of decision === 'discard' ? along : [asked]) {
      decided.add(mine.title).add(mine.description);
    }
    const done: Record<typeof decision, () => void> = {
      mine: () => outbox.choose(asked, asked.mine),
      theirs() {
        if (asked.kind !== 'add' && asked.theirs) outbox.choose(asked, contentOf(asked.theirs));
      },
      discard: () => outbox.discard(asked),
      retry: () => outbox.retry(asked),
      mend() {
        if (asked.state !== 'refused' || asked.refusal?.gone || asked.kind === 'delete') return;
        tab.mend(asked);
        tab.saveMended(asked);
      },
      anew() {
        if (!asked.refusal?.gone) return;
        outbox.addAnew(asked);
        const anew = changes.all.get().find(({ id }) => id === asked.id);
        const typed = editors.get(asked.taskId);
        if (anew === undefined || typed === undefined) return;
        editors.delete(asked.taskId);
        editors.set(anew.taskId, typed);
      },
    };
    done[decision]();
  }

  return {
    server,
    tabs,
    left,
    editors,
    handedOver,
    decided,
    field: () => field,
    kept: () => shelf.readAll(),
    async step(step: Step): Promise<void> {
      if ('deed' in step) act(tabAt(step.tab), step.deed, step.task);
      else if ('event' in step) await happen(step.tab, step.event);
      else if ('meet' in step) server.meet(...step.meet);
      else if ('always' in step) server.always(step.always);
      else if ('passMs' in step) await clock.pass(step.passMs);
      else if ('other' in step) changeElsewhere(step.other, step.task);
      else decide(tabAt(step.tab), step.decision, step.task);
      await quiet();
    },
    /** Everything works again. */
    async heal(): Promise<void> {
      server.meet();
      server.always(undefined);
      letGo();
      await clock.pass(1_000);
      for (const tab of tabs) void tab.outbox.send();
      await clock.pass(hourMs);
    },
  };
}

type World = Awaited<ReturnType<typeof createWorld>>;

function needsDecision({ state }: Change): boolean {
  return state === 'conflict' || state === 'refused';
}

/** Besides, a new task that is being mended holds back what was done to it. */
function holdsBack(change: Change): boolean {
  return needsDecision(change) || (change.state === 'typed' && change.kind === 'add');
}

function expectShown({ tabs, left, editors, field }: World): void {
  for (const tab of tabs) {
    const shown = tab.shown().map(({ task }) => [task.id, contentOf(task)] as const);
    expect(new Map(shown)).toEqual(left);
    const changes = tab.changes.all.get();
    expect(newTaskDraft(changes)?.mine.title).toBe(field());
    for (const [id, text] of editors) expect(editorOf(changes, id)?.mine.title).toBe(text);
  }
}

function timesWritten({ server }: World, text: string): number {
  return server.deeds.filter(({ body }) => body.title === text || body.description === text).length;
}

test(
  'whatever fails, one sees what one did in every tab, and the server has it in the end',
  async () => {
    await fc.assert(
      fc.asyncProperty(alone, async (steps) => {
        const world = await createWorld();
        for (const step of steps) {
          await world.step(step);
          expectShown(world);
        }
        await world.heal();
        expectShown(world);
        const stored = world.server.tasks().map((task) => [task.id, contentOf(task)] as const);
        expect(new Map(stored)).toEqual(world.left);
        expect((await world.kept()).filter(({ state }) => state !== 'typed')).toEqual([]);
        for (const text of world.handedOver) expect(timesWritten(world, text)).toBe(1);
      }),
    );
  },
  testTimeoutMs,
);

test(
  'whatever others do, no words are lost, sent twice or left unseen',
  async () => {
    await fc.assert(
      fc.asyncProperty(amongOthers, async (steps) => {
        const world = await createWorld();
        for (const step of steps) await world.step(step);
        await world.heal();
        const kept = await world.kept();
        const words = new Set(kept.flatMap(({ mine }) => [mine.title, mine.description]));
        for (const text of world.handedOver) {
          if (world.decided.has(text)) continue;
          const times = timesWritten(world, text);
          if (words.has(text)) expect(times).toBeLessThan(2);
          else expect(times).toBe(1);
        }
        for (const change of kept) expectSeen(world, change, kept);
      }),
    );
  },
  testTimeoutMs,
);

/** What is not sent by now is in sight: as a question, in an editor, or behind one of these. */
function expectSeen({ tabs }: World, change: Change, kept: readonly Change[]): void {
  if (change.state === 'typed') return;
  if (!needsDecision(change)) {
    const before = kept.filter(({ taskId }) => taskId === change.taskId).filter(holdsBack);
    expect(before).not.toEqual([]);
    return;
  }
  if (change.kind === 'add') return;
  for (const tab of tabs) {
    const item = tab.shown('open').find(({ task }) => task.id === change.taskId);
    expect(openQuestion(item?.unsent ?? [])).toBeDefined();
  }
}
