import { beforeEach, describe, expect, test } from 'vitest';
import { memoryShelf } from '../kept/memory-shelf.ts';
import { createRecords } from '../kept/records.ts';
import { type Change, contentOf, newTaskFieldId } from '../outbox/change.ts';
import { taskOf } from '../outbox/sample-task.ts';
import {
  closeEditor,
  type Draft,
  type DraftRoom,
  draftsOf,
  editorOf,
  holdsWords,
  isUnsent,
  mend,
  newTaskDraft,
  openEditor,
  submitCompletion,
  submitDeletion,
  submitEditor,
  submitNewTask,
  typeInEditor,
  typeNewTask,
} from './drafts.ts';

interface Step {
  puts: readonly Change[];
  removes: readonly string[];
}

let shelf: ReturnType<typeof memoryShelf<Change>>;
/** What was written to the shelf, each in one step. */
let steps: Step[];
let ids: number;
let room: DraftRoom;

beforeEach(() => {
  shelf = memoryShelf<Change>();
  steps = [];
  ids = 0;
  room = openTab();
});

/** A tab over the one shelf; it hears of the others when a test says so. */
function openTab(): DraftRoom {
  const recording = {
    readAll: shelf.readAll,
    makeRoom: shelf.makeRoom,
    write(puts: readonly Change[], removes: readonly string[]) {
      steps.push({ puts, removes });
      return shelf.write(puts, removes);
    },
  };
  return {
    changes: createRecords<Change>(recording, () => undefined),
    newId() {
      ids += 1;
      return `id-${ids}`;
    },
  };
}

const task = taskOf(1, { title: 'Old', description: 'words', version: 4 });
const all = (where = room) => where.changes.all.get();
const lastStep = () => steps.at(-1);

function field(where = room): Draft | undefined {
  return newTaskDraft(all(where));
}

function editor(where = room): Draft {
  const draft = editorOf(all(where), task.id);
  if (draft === undefined) throw new Error('The editor is not open.');
  return draft;
}

function only(): Change {
  const [change, ...others] = all();
  if (change === undefined || others.length > 0) throw new Error('There is not one change.');
  return change;
}

async function kept(): Promise<Change[]> {
  await room.changes.settled();
  return shelf.readAll();
}

describe('the field of a new task', () => {
  test('keeps every letter, and shows it in every tab', async () => {
    for (const title of ['B', 'Bu', 'Buy']) {
      typeNewTask(room, title);
      expect(field()?.mine.title).toBe(title);
      expect(await kept()).toMatchObject([{ state: 'typed', mine: { title } }]);
    }
    const other = openTab();
    await other.changes.refresh();
    expect(field(other)).toEqual(field());
  });

  test('keeps white space as it was typed', () => {
    typeNewTask(room, '  Buy milk ');
    expect(field()?.mine.title).toBe('  Buy milk ');
  });

  test('leaves nothing behind when it is emptied', async () => {
    typeNewTask(room, 'B');
    typeNewTask(room, '');
    expect(await kept()).toEqual([]);
    expect(field()).toBeUndefined();
  });

  test('that stays empty writes nothing', () => {
    typeNewTask(room, '');
    expect(steps).toEqual([]);
  });

  test('is one task from its first letter to its last', () => {
    typeNewTask(room, 'B');
    const first = field()?.taskId;
    typeNewTask(room, 'Bu');
    expect(field()?.taskId).toBe(first);
    typeNewTask(room, '');
    typeNewTask(room, 'E');
    expect(field()?.taskId).not.toBe(first);
  });

  test('hands over what it holds and is free, in one step on the shelf', async () => {
    typeNewTask(room, ' Buy milk ');
    const taskId = field()?.taskId;
    expect(submitNewTask(room)).toBe(' Buy milk ');
    expect(field()).toBeUndefined();
    expect(only()).toEqual({
      id: taskId,
      taskId,
      kind: 'add',
      state: 'waiting',
      order: 1,
      key: expect.stringMatching(/./),
      mine: { title: ' Buy milk ', description: '', completed: false },
    });
    expect(lastStep()).toEqual({ puts: [only()], removes: [newTaskFieldId] });
    expect(await kept()).toEqual(all());
  });

  test('has a key of its own for each task', () => {
    for (const title of ['one', 'two']) {
      typeNewTask(room, title);
      submitNewTask(room);
    }
    const keys = all().map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
    expect(new Set(all().map(({ taskId }) => taskId)).size).toBe(2);
  });

  test('keeps a title that cannot be saved, with what is wrong beside it', () => {
    typeNewTask(room, ' \t ');
    expect(submitNewTask(room)).toBeUndefined();
    expect(field()).toMatchObject({
      state: 'typed',
      mine: { title: ' \t ' },
      refusal: { title: 'Write a title first.' },
    });
    typeNewTask(room, 'x');
    expect(field()).not.toHaveProperty('refusal');
  });

  test('forgets what was wrong once it is right', () => {
    typeNewTask(room, ' ');
    submitNewTask(room);
    typeInEditor(room, field() ?? editor(), { title: 'right' });
    submitNewTask(room);
    expect(only()).toMatchObject({ state: 'waiting', mine: { title: 'right' } });
    expect(only()).not.toHaveProperty('refusal');
  });

  test('hands over nothing when it is empty', () => {
    expect(submitNewTask(room)).toBeUndefined();
    expect(steps).toEqual([]);
  });

  test('hands over once when it is sent twice', () => {
    typeNewTask(room, 'Buy milk');
    submitNewTask(room);
    expect(submitNewTask(room)).toBeUndefined();
    expect(all()).toHaveLength(1);
  });

  test('hands over one task from two tabs', async () => {
    typeNewTask(room, 'Buy milk');
    await room.changes.settled();
    const other = openTab();
    await other.changes.refresh();
    submitNewTask(room);
    submitNewTask(other);
    await other.changes.settled();
    expect(await kept()).toMatchObject([{ state: 'waiting', mine: { title: 'Buy milk' } }]);
  });
});

describe('the editor of a task', () => {
  test('opens with the text of the task, and changes nothing by that', () => {
    openEditor(room, task);
    expect(editor()).toMatchObject({ kind: 'edit', base: task, mine: contentOf(task) });
    expect(holdsWords(editor())).toBe(false);
    expect(isUnsent(editor())).toBe(false);
  });

  test('that is open keeps what it holds when it is opened again', () => {
    openEditor(room, task);
    typeInEditor(room, editor(), { title: 'half a wo' });
    openEditor(room, taskOf(1, { title: 'Theirs' }));
    expect(only()).toMatchObject({ base: task, mine: { title: 'half a wo' } });
  });

  test('keeps every letter of either field, and shows it in every tab', async () => {
    openEditor(room, task);
    typeInEditor(room, editor(), { title: 'N' });
    typeInEditor(room, editor(), { description: 'm' });
    typeInEditor(room, editor(), { title: 'Ne' });
    expect(await kept()).toMatchObject([
      { id: editor().id, mine: { title: 'Ne', description: 'm', completed: false } },
    ]);
    const other = openTab();
    await other.changes.refresh();
    expect(editor(other)).toEqual(editor());
  });

  test('does not mix up with those of other tasks, nor with the field of a new one', () => {
    const second = taskOf(2);
    typeNewTask(room, 'new');
    openEditor(room, task);
    openEditor(room, second);
    typeInEditor(room, editor(), { title: 'x' });
    expect(editorOf(all(), second.id)?.mine.title).toBe('Task 2');
    expect(draftsOf(all())).toHaveLength(3);
    expect(editorOf(all(), field()?.taskId ?? '')).toBeUndefined();
    const mending: Change = { ...(field() ?? editor()), id: 'mending', taskId: second.id };
    expect(editorOf([mending, ...all()], second.id)?.mine.title).toBe('Task 2');
    expect(field()?.mine.title).toBe('new');
  });

  test('hands over what it holds and closes, in one step on the shelf', async () => {
    openEditor(room, task);
    typeInEditor(room, editor(), { title: 'New' });
    const draft = editor();
    expect(submitEditor(room, draft)).toBe(true);
    expect(draftsOf(all())).toEqual([]);
    expect(only()).toEqual({
      id: draft.id,
      taskId: task.id,
      kind: 'edit',
      state: 'waiting',
      order: 1,
      key: expect.stringMatching(/./),
      base: task,
      mine: { ...contentOf(task), title: 'New' },
    });
    expect(lastStep()).toEqual({ puts: [only()], removes: [] });
    expect(await kept()).toEqual(all());
  });

  test('without changes just closes', async () => {
    openEditor(room, task);
    expect(submitEditor(room, editor())).toBe(true);
    expect(await kept()).toEqual([]);
  });

  test.each([
    ['title', { title: ' ' }, { title: 'Write a title first.' }],
    [
      'description',
      { description: 'a\u0000' },
      { description: 'This description holds a character that cannot be saved.' },
    ],
  ])('stays open with a bad %s, with what is wrong beside it', (_, text, refusal) => {
    openEditor(room, task);
    typeInEditor(room, editor(), text);
    expect(submitEditor(room, editor())).toBe(false);
    expect(editor()).toMatchObject({ state: 'typed', mine: text });
    expect(editor().refusal).toEqual(refusal);
  });

  test('says all that is wrong at once', () => {
    openEditor(room, task);
    typeInEditor(room, editor(), { title: '', description: '\u0000' });
    submitEditor(room, editor());
    expect(Object.keys(editor().refusal ?? {})).toEqual(['title', 'description']);
  });

  test('forgets what was wrong once it is right', () => {
    openEditor(room, task);
    typeInEditor(room, editor(), { title: '' });
    submitEditor(room, editor());
    typeInEditor(room, editor(), { title: 'New' });
    expect(submitEditor(room, editor())).toBe(true);
    expect(only()).not.toHaveProperty('refusal');
  });

  test('hands over one change from two tabs', async () => {
    openEditor(room, task);
    typeInEditor(room, editor(), { title: 'New' });
    await room.changes.settled();
    const other = openTab();
    await other.changes.refresh();
    submitEditor(room, editor());
    submitEditor(other, editor(other));
    await other.changes.settled();
    expect(await kept()).toMatchObject([{ state: 'waiting', mine: { title: 'New' } }]);
  });

  test('closes without a trace, and without touching others', async () => {
    typeNewTask(room, 'new');
    openEditor(room, task);
    typeInEditor(room, editor(), { title: 'New' });
    closeEditor(room, editor());
    expect(await kept()).toMatchObject([{ id: newTaskFieldId }]);
  });
});

describe('a refused change that is mended', () => {
  const refused: Change = {
    id: 'change',
    taskId: task.id,
    kind: 'edit',
    state: 'refused',
    order: 2,
    key: 'old-key',
    base: task,
    mine: { ...contentOf(task), title: 'bad' },
    refusal: { title: 'Not this character.' },
  };

  test('is in an editor again, with what was wrong beside it', () => {
    room.changes.write([refused]);
    mend(room, refused);
    expect(editor()).toEqual({ ...refused, state: 'typed' });
  });

  test('keeps its place before later changes, and goes out under another key', () => {
    room.changes.write([refused]);
    submitCompletion(room, task, true);
    mend(room, refused);
    typeInEditor(room, editor(), { title: 'good' });
    submitEditor(room, editor());
    const [mended] = all().filter(({ id }) => id === refused.id);
    expect(mended).toMatchObject({ state: 'waiting', order: 2, mine: { title: 'good' } });
    expect(mended?.key).not.toBe('old-key');
  });
});

describe('without an editor', () => {
  test.each([true, false])('that a task is done, or is not (%s), is handed over', (completed) => {
    const seen = { ...task, completed: !completed };
    submitCompletion(room, seen, completed);
    expect(only()).toMatchObject({
      kind: 'edit',
      state: 'waiting',
      base: seen,
      mine: { title: 'Old', description: 'words', completed },
    });
  });

  test('completing a task leaves its open editor alone', () => {
    openEditor(room, task);
    typeInEditor(room, editor(), { title: 'half a wo' });
    submitCompletion(room, task, true);
    expect(editor().mine.title).toBe('half a wo');
    expect(all()).toHaveLength(2);
  });

  test('a deletion is handed over with the task as it was seen', () => {
    submitDeletion(room, task);
    expect(only()).toMatchObject({
      kind: 'delete',
      state: 'waiting',
      base: task,
      mine: contentOf(task),
    });
  });

  test('a deletion closes the editor of its task in the same step, and no other', () => {
    openEditor(room, task);
    openEditor(room, taskOf(2));
    const { id } = editor();
    submitDeletion(room, task);
    expect(lastStep()).toMatchObject({ puts: [{ kind: 'delete' }], removes: [id] });
    expect(draftsOf(all()).map(({ taskId }) => taskId)).toEqual([taskOf(2).id]);
  });

  test('every change has an id and a key of its own', () => {
    submitCompletion(room, task, true);
    submitCompletion(room, { ...task, completed: true }, false);
    submitDeletion(room, task);
    const names = all().flatMap(({ id, key }) => [id, key]);
    expect(new Set(names).size).toBe(6);
  });
});

test('what is handed over goes behind everything that waits already', () => {
  submitCompletion(room, task, true);
  typeNewTask(room, 'new');
  submitNewTask(room);
  openEditor(room, task);
  typeInEditor(room, editor(), { title: 'New' });
  submitEditor(room, editor());
  submitDeletion(room, taskOf(2));
  expect(all().map(({ order }) => order)).toEqual([1, 2, 3, 4]);
});

describe('the person would miss', () => {
  function typed(title: string): Draft {
    typeNewTask(room, title);
    return field() ?? editor();
  }

  test('a title with a letter, and none of white space', () => {
    expect(holdsWords(typed('B'))).toBe(true);
    expect(isUnsent(typed('B'))).toBe(true);
    expect(holdsWords(typed(' \t'))).toBe(false);
    expect(isUnsent(typed(' '))).toBe(false);
  });

  test('a description, with or without a title', () => {
    const draft = typed(' ');
    expect(holdsWords({ ...draft, mine: { ...draft.mine, description: 'x' } })).toBe(true);
  });

  test.each([{ title: '' }, { title: 'New' }, { description: '' }, { completed: true }])(
    'an editor in which the task becomes %j',
    (text) => {
      openEditor(room, task);
      typeInEditor(room, editor(), text);
      expect(holdsWords(editor())).toBe(true);
      expect(isUnsent(editor())).toBe(true);
    },
  );

  test('everything that was handed over', () => {
    submitCompletion(room, task, task.completed);
    submitDeletion(room, task);
    expect(all().map(isUnsent)).toEqual([true, true]);
    const [change] = all();
    for (const state of ['waiting', 'sending', 'conflict', 'refused'] as const) {
      expect(change && isUnsent({ ...change, state })).toBe(true);
    }
  });
});
