import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { newTaskDraft, typeNewTask } from '../../drafts/drafts.ts';
import { titleProblem } from '../../drafts/text-rules.ts';
import { addTask } from './actions.ts';
import { useChanges, useTaskRoom } from './task-room.ts';

/** Where tasks begin. The focus stays in the field, ready for the next one. */
export function NewTaskForm() {
  const room = useTaskRoom();
  const draft = newTaskDraft(useChanges());
  const form = useRef<HTMLFormElement>(null);
  const [empty, setEmpty] = useState<string>();
  const title = draft?.mine.title ?? '';
  const error = draft ? draft.refusal?.title : empty;

  useEffect(() => {
    if (error !== undefined) focusField(form.current);
  }, [error]);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    focusField(form.current);
    setEmpty(draft ? undefined : titleProblem(''));
    addTask(room);
  }

  function onType(text: string) {
    setEmpty(undefined);
    typeNewTask(room, text);
  }

  return (
    <form ref={form} onSubmit={onSubmit} className="mt-6 flex items-start gap-2">
      <div className="min-w-0 grow">
        <TextField
          label="New task"
          labelHidden
          placeholder="What needs doing?"
          autoComplete="off"
          enterKeyHint="done"
          value={title}
          onChange={(event) => onType(event.target.value)}
          error={error}
        />
      </div>
      <Button type="submit" look="primary" className="min-h-12 px-5">
        Add
      </Button>
    </form>
  );
}

function focusField(form: HTMLFormElement | null): void {
  form?.querySelector('input')?.focus();
}
