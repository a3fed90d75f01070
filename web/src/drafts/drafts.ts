import type { Task } from '../../../src/contract/task.ts';
import type { Records } from '../kept/records.ts';
import {
  type Addition,
  type Change,
  contentOf,
  type Deletion,
  type Edit,
  newTaskFieldId,
  type Refusal,
  sameContent,
  stepped,
  type TaskContent,
} from '../outbox/change.ts';
import { descriptionProblem, titleProblem } from './text-rules.ts';

/** A change that is being typed: it has an open field or editor, in every tab the same. */
export type Draft = (Addition | Edit) & { state: 'typed' };

/** What drafts are made with. */
export interface DraftRoom {
  changes: Records<Change>;
  newId: () => string;
}

export function draftsOf(changes: readonly Change[]): Draft[] {
  return changes.filter(isDraft);
}

export function isDraft(change: Change): change is Draft {
  return change.state === 'typed' && change.kind !== 'delete';
}

/** The text in the "New task" field; undefined while it is empty. */
export function newTaskDraft(changes: readonly Change[]): Draft | undefined {
  return draftsOf(changes).find(({ id }) => id === newTaskFieldId);
}

/** The draft in the open editor of a task, if there is one. */
export function editorOf(changes: readonly Change[], taskId: string): Draft | undefined {
  return draftsOf(changes).find((draft) => draft.kind === 'edit' && draft.taskId === taskId);
}

/** Keeps what stands in the "New task" field. */
export function typeNewTask({ changes, newId }: DraftRoom, title: string): void {
  const draft = newTaskDraft(changes.all.get());
  if (title === '') {
    changes.write([], draft ? [draft.id] : []);
    return;
  }
  changes.write([
    {
      id: newTaskFieldId,
      // From the first letter on, so that two tabs that hand it over hand over the same task.
      taskId: draft?.taskId ?? newId(),
      kind: 'add',
      state: 'typed',
      order: 0,
      key: '',
      mine: { title, description: '', completed: false },
    },
  ]);
}

/**
 * Hands the new task over to be sent. A title that cannot be saved stays in the field, with what
 * is wrong beside it. Gives the title that was handed over.
 */
export function submitNewTask(room: DraftRoom): string | undefined {
  const { changes, newId } = room;
  const draft = newTaskDraft(changes.all.get());
  const title = draft?.mine.title ?? '';
  const error = titleProblem(title);
  if (draft === undefined) return undefined;
  if (error !== undefined) {
    changes.write([{ ...draft, refusal: { title: error } }]);
    return undefined;
  }
  const { refusal: _past, ...rest } = stepped<Change>(draft, 'submit');
  changes.write(
    [{ ...rest, ...departure(room), id: draft.taskId, key: newId() } as Change],
    [draft.id],
  );
  return title;
}

/** Opens the editor of a task with the task's own text; one that is open stays as it is. */
export function openEditor({ changes, newId }: DraftRoom, task: Task): void {
  if (editorOf(changes.all.get(), task.id)) return;
  changes.write([
    {
      id: newId(),
      taskId: task.id,
      kind: 'edit',
      state: 'typed',
      order: 0,
      key: '',
      base: task,
      mine: contentOf(task),
    },
  ]);
}

/** Keeps what stands in an editor. */
export function typeInEditor(
  { changes }: DraftRoom,
  draft: Draft,
  text: Partial<TaskContent>,
): void {
  changes.write([{ ...draft, mine: { ...draft.mine, ...text } }]);
}

/**
 * Hands what the editor holds over to be sent, and closes it. Text that cannot be saved stays,
 * with what is wrong beside it; an editor without changes just closes. Gives whether it closed.
 */
export function submitEditor(room: DraftRoom, draft: Draft): boolean {
  const { changes, newId } = room;
  const refusal = withoutUndefined({
    title: titleProblem(draft.mine.title),
    description: descriptionProblem(draft.mine.description),
  });
  if (Object.keys(refusal).length > 0) {
    changes.write([{ ...draft, refusal }]);
    return false;
  }
  if (!holdsWords(draft)) {
    changes.write([], [draft.id]);
    return true;
  }
  const { refusal: _past, ...rest } = stepped<Change>(draft, 'submit');
  // What was handed over before keeps its place: later changes to the task started from it.
  const order = draft.order === 0 ? departure(room).order : draft.order;
  changes.write([{ ...rest, order, key: newId() } as Change]);
  return true;
}

/** Closes an editor without sending what it holds. */
export function closeEditor({ changes }: DraftRoom, draft: Draft): void {
  changes.write([], [draft.id]);
}

/** Takes a refused change up again in an editor, with what was wrong with it beside it. */
export function mend({ changes }: DraftRoom, change: Addition | Edit): void {
  changes.write([stepped<Change>(change, 'mend')]);
}

/** Hands over that a task is done, or is not. */
export function submitCompletion(room: DraftRoom, task: Task, completed: boolean): void {
  const change: Edit = {
    ...departure(room),
    id: room.newId(),
    taskId: task.id,
    kind: 'edit',
    state: 'waiting',
    key: room.newId(),
    base: task,
    mine: { ...contentOf(task), completed },
  };
  room.changes.write([change]);
}

/** Hands over that a task is to be deleted, in the state the person saw it in. */
export function submitDeletion(room: DraftRoom, task: Task): void {
  const change: Deletion = {
    ...departure(room),
    id: room.newId(),
    taskId: task.id,
    kind: 'delete',
    state: 'waiting',
    key: room.newId(),
    base: task,
    mine: contentOf(task),
  };
  const editor = editorOf(room.changes.all.get(), task.id);
  room.changes.write([change], editor ? [editor.id] : []);
}

/** Behind everything that waits already. */
function departure({ changes }: DraftRoom): { order: number } {
  return { order: Math.max(0, ...changes.all.get().map(({ order }) => order)) + 1 };
}

/** Whether a draft holds anything that its task does not: what would be lost with it. */
export function holdsWords(draft: Draft): boolean {
  if (draft.kind === 'add') return draft.mine.title.trim() !== '' || draft.mine.description !== '';
  return !sameContent(draft.mine, draft.base);
}

/** Whether a change, typed or handed over, is one the person would miss. */
export function isUnsent(change: Change): boolean {
  return !isDraft(change) || holdsWords(change);
}

function withoutUndefined(fields: { [K in 'title' | 'description']: string | undefined }): Refusal {
  const { title, description } = fields;
  return { ...(title && { title }), ...(description && { description }) };
}
