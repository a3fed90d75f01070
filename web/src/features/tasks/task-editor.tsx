import { type FormEvent, type KeyboardEvent, useEffect, useRef } from 'react';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import { TextArea } from '../../components/field.tsx';
import { type Draft, typeInEditor } from '../../drafts/drafts.ts';
import type { TaskContent } from '../../outbox/change.ts';
import { leaveEditor, saveEditor } from './actions.ts';
import { useTaskRoom } from './task-room.ts';

/** Edits a task where it stands. Enter in the title or Ctrl+Enter saves, Escape leaves. */
export function TaskEditor({ draft }: { draft: Draft }) {
  const room = useTaskRoom();
  const form = useRef<HTMLFormElement>(null);
  const { mine, refusal } = draft;
  useEditorFocus(form, refusal?.title ?? refusal?.description);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    saveEditor(room, draft);
  }

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>) {
    // Enter and Escape belong to the input method while it composes.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      leaveEditor(room, draft);
    }
    if (event.key !== 'Enter' || !(event.target instanceof HTMLTextAreaElement)) return;
    if (event.target.name === 'title' || event.ctrlKey || event.metaKey) {
      event.preventDefault();
      saveEditor(room, draft);
    }
  }

  function change(text: Partial<TaskContent>) {
    typeInEditor(room, draft, text);
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
        value={mine.title}
        onChange={(event) => change({ title: event.target.value })}
        error={refusal?.title}
      />
      <TextArea
        label="Description"
        name="description"
        rows={3}
        className="min-h-24 resize-y"
        value={mine.description}
        onChange={(event) => change({ description: event.target.value })}
        error={refusal?.description}
      />
      {refusal?.message && <Alert>{refusal.message}</Alert>}
      <div className="flex gap-2">
        <Button type="submit" look="primary">
          Save
        </Button>
        <Button look="quiet" onClick={() => leaveEditor(room, draft)}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** The focus begins at the end of the title and goes to a field that was refused. */
function useEditorFocus(form: { current: HTMLFormElement | null }, refused: string | undefined) {
  useEffect(() => {
    // A tab that shows what another one is typing leaves the focus where it is.
    if (document.activeElement !== document.body && !document.hasFocus()) return;
    const title = form.current?.querySelector('textarea');
    title?.focus();
    title?.setSelectionRange(title.value.length, title.value.length);
  }, [form]);

  useEffect(() => {
    if (refused) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [form, refused]);
}
