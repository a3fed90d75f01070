import { type FormEvent, type KeyboardEvent, useEffect, useRef } from 'react';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import { TextArea } from '../../components/field.tsx';
import { ConflictChoice } from './conflict-choice.tsx';
import { type EditDraft, putEdit } from './drafts.ts';
import { leaveEdit, saveEdit } from './edit-task.ts';
import { useTaskRoom } from './task-room.ts';

/** Edits a task where it stands. Enter in the title or Ctrl+Enter saves, Escape leaves. */
export function TaskEditor({ edit }: { edit: EditDraft }) {
  const room = useTaskRoom();
  const form = useRef<HTMLFormElement>(null);
  useEditorFocus(form, edit);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    void saveEdit(room, edit.base.id);
  }

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>) {
    // Enter and Escape belong to the input method while it composes.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape' && !edit.saving) {
      event.preventDefault();
      leaveEdit(room, edit);
    }
    if (event.key !== 'Enter' || !(event.target instanceof HTMLTextAreaElement)) return;
    if (event.target.name === 'title' || event.ctrlKey || event.metaKey) {
      event.preventDefault();
      void saveEdit(room, edit.base.id);
    }
  }

  function change(text: Partial<Pick<EditDraft, 'title' | 'description'>>) {
    putEdit(room.drafts, { ...edit, ...text });
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveElementInteractions: shortcuts for its own buttons.
    <form
      ref={form}
      aria-label="Task editor"
      onSubmit={onSubmit}
      onKeyDown={onKeyDown}
      className="grid gap-4 p-3"
    >
      <TextArea
        label="Title"
        name="title"
        rows={1}
        className="resize-none"
        enterKeyHint="done"
        readOnly={edit.saving}
        value={edit.title}
        onChange={(event) => change({ title: event.target.value })}
        error={edit.titleError}
      />
      <TextArea
        label="Description"
        name="description"
        rows={3}
        className="min-h-24 resize-y"
        readOnly={edit.saving}
        value={edit.description}
        onChange={(event) => change({ description: event.target.value })}
        error={edit.descriptionError}
      />
      {edit.error && <Alert>{edit.error}</Alert>}
      {edit.theirs ? (
        <ConflictChoice edit={edit} theirs={edit.theirs} />
      ) : (
        <div className="flex gap-2">
          <Button type="submit" look="primary" busy={edit.saving}>
            {edit.saving ? 'Saving…' : 'Save'}
          </Button>
          <Button look="quiet" busy={edit.saving} onClick={() => leaveEdit(room, edit)}>
            Cancel
          </Button>
        </div>
      )}
    </form>
  );
}

/** The focus begins at the end of the title and goes to a field that was refused. */
function useEditorFocus(form: { current: HTMLFormElement | null }, edit: EditDraft) {
  useEffect(() => {
    const title = form.current?.querySelector('textarea');
    title?.focus();
    title?.setSelectionRange(title.value.length, title.value.length);
  }, [form]);

  const refused = !edit.saving && (edit.titleError !== undefined || edit.descriptionError);
  useEffect(() => {
    if (refused) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [form, refused]);
}
