import { type FormEvent, useEffect, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { useStore } from '../../use-store.ts';
import { addTask } from './add-task.ts';
import { changeNext } from './drafts.ts';
import { useTaskRoom } from './task-room.ts';

/** Where tasks begin. The focus stays in the field, ready for the next one. */
export function NewTaskForm() {
  const room = useTaskRoom();
  const { next } = useStore(room.drafts);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (next.error !== undefined) focusField(form.current);
  }, [next.error]);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    focusField(form.current);
    void addTask(room);
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
          value={next.title}
          onChange={(event) => changeNext(room.drafts, { id: next.id, title: event.target.value })}
          error={next.error}
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
