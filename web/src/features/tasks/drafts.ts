import type { Task } from '../../../../src/contract/task.ts';
import { createStore, type Store } from '../../store.ts';

/** The text in the "New task" field. Its id is the task's, so that sending it twice makes one. */
export interface NewTaskDraft {
  id: string;
  title: string;
  error?: string;
}

/** A new task that was handed over for saving and is not saved yet. */
export interface UnsavedTask {
  id: string;
  title: string;
  /** Why it could not be saved; absent while it is being saved. */
  error?: string;
}

/** An open editor. `base` is the task its text started from: what an If-Match speaks of. */
export interface EditDraft {
  base: Task;
  title: string;
  description: string;
  saving: boolean;
  error?: string;
  titleError?: string;
  descriptionError?: string;
  /** The task as changed elsewhere, while the person has not said which text to keep. */
  theirs?: Task;
  /** The task was deleted elsewhere: saving makes it anew, under this id. */
  recreateId?: string;
}

/**
 * Everything a person has typed that the server does not have yet. It lives outside of the
 * components, so that neither an error nor a trip to the sign-in page can lose a word.
 */
export interface Drafts {
  next: NewTaskDraft;
  unsaved: readonly UnsavedTask[];
  edits: Readonly<Partial<Record<string, EditDraft>>>;
}

export type DraftStore = Store<Drafts>;

export function createDrafts(newId: () => string): DraftStore {
  return createStore<Drafts>({ next: { id: newId(), title: '' }, unsaved: [], edits: {} });
}

/** Merges into the text of the new task. */
export function changeNext(drafts: DraftStore, next: NewTaskDraft): void {
  drafts.set({ ...drafts.get(), next });
}

/** Puts an unsaved task in place of the one with its id, or behind the others. */
export function putUnsaved(drafts: DraftStore, task: UnsavedTask): void {
  const now = drafts.get();
  const known = now.unsaved.some((other) => other.id === task.id);
  const unsaved = known
    ? now.unsaved.map((other) => (other.id === task.id ? task : other))
    : [...now.unsaved, task];
  drafts.set({ ...now, unsaved });
}

export function dropUnsaved(drafts: DraftStore, id: string): void {
  const now = drafts.get();
  drafts.set({ ...now, unsaved: now.unsaved.filter((task) => task.id !== id) });
}

/** Opens the editor of a task with the task's own text; one that is open stays as it is. */
export function openEdit(drafts: DraftStore, task: Task): void {
  if (drafts.get().edits[task.id]) return;
  const { title, description } = task;
  putEdit(drafts, { base: task, title, description, saving: false });
}

export function putEdit(drafts: DraftStore, edit: EditDraft): void {
  const now = drafts.get();
  drafts.set({ ...now, edits: { ...now.edits, [edit.base.id]: edit } });
}

export function closeEdit(drafts: DraftStore, taskId: string): void {
  const { [taskId]: _closed, ...edits } = drafts.get().edits;
  drafts.set({ ...drafts.get(), edits });
}

/** Whether the editor holds text that the task it started from does not. */
export function isChanged(edit: EditDraft): boolean {
  return edit.title !== edit.base.title || edit.description !== edit.base.description;
}

/** Whether leaving the page now would lose something a person typed. */
export function holdsUnsavedText({ next, unsaved, edits }: Drafts): boolean {
  const edited = Object.values(edits).some((edit) => edit !== undefined && isChanged(edit));
  return next.title.trim() !== '' || unsaved.length > 0 || edited;
}
