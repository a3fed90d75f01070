import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { Task } from '../../../../src/contract/task.ts';
import { classNames } from '../../components/class-names.ts';
import { BinIcon, PencilIcon } from '../../components/icons.tsx';
import { useStore } from '../../use-store.ts';
import { DeleteQuestion } from './delete-question.tsx';
import { openEdit } from './drafts.ts';
import { TaskCheckbox } from './task-checkbox.tsx';
import { TaskEditor } from './task-editor.tsx';
import { useTaskRoom } from './task-room.ts';

/** One task: to be read, edited in place, or asked about before it is deleted. */
export function TaskRow({ task }: { task: Task }) {
  const { drafts } = useTaskRoom();
  const edit = useStore(drafts).edits[task.id];
  const [asking, setAsking] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const mode = edit ? 'editing' : asking ? 'asking' : 'reading';
  useFocusBack(row, mode);

  return (
    <li ref={row} className="group p-1">
      {edit ? (
        <TaskEditor edit={edit} />
      ) : asking ? (
        <DeleteQuestion task={task} keep={() => setAsking(false)} />
      ) : (
        <TaskSummary task={task} askToDelete={() => setAsking(true)} />
      )}
    </li>
  );
}

/** Gives the focus back to the button that an editor or a question was opened with. */
function useFocusBack(row: { current: HTMLElement | null }, mode: string) {
  const before = useRef(mode);
  useEffect(() => {
    const opener = before.current === 'editing' ? 'edit' : 'delete';
    const returned = before.current !== 'reading' && mode === 'reading';
    before.current = mode;
    // Whoever has gone on to another field, as by undoing or adding, is left there.
    if (!returned || document.activeElement !== document.body) return;
    row.current?.querySelector<HTMLElement>(`[data-action=${opener}]`)?.focus();
  }, [mode, row]);
}

function TaskSummary({ task, askToDelete }: { task: Task; askToDelete: () => void }) {
  const { drafts } = useTaskRoom();
  const titleId = useId();

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'F2') return;
    event.preventDefault();
    openEdit(drafts, task);
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveElementInteractions: a shortcut for Edit.
    // biome-ignore lint/a11y/noStaticElementInteractions: F2 reaches it from the controls within.
    <div onKeyDown={onKeyDown} className="flex items-start rounded-lg hover:bg-hover">
      <TaskCheckbox task={task} labelledBy={titleId} />
      <div className="min-w-0 grow">
        <button
          type="button"
          data-action="edit"
          aria-label={`Edit ${task.title}`}
          onClick={() => openEdit(drafts, task)}
          className="flex min-h-12 w-full items-center gap-3 rounded-lg py-2.5 pr-2 text-left select-text"
        >
          <span
            id={titleId}
            className={classNames(
              'min-w-0 grow wrap-anywhere whitespace-pre-wrap',
              task.completed && 'text-muted line-through',
            )}
          >
            {task.title}
          </span>
          <PencilIcon className="hidden size-4 shrink-0 text-muted opacity-0 sm:block group-focus-within:opacity-100 group-hover:opacity-100" />
        </button>
        {task.description !== '' && (
          <p className="-mt-1.5 mb-2.5 mr-2 line-clamp-3 text-sm wrap-anywhere whitespace-pre-wrap text-muted">
            {task.description}
          </p>
        )}
      </div>
      <button
        type="button"
        data-action="delete"
        aria-label={`Delete ${task.title}`}
        onClick={askToDelete}
        className="mt-0.5 grid size-11 shrink-0 place-items-center rounded-lg text-muted hover:text-danger"
      >
        <BinIcon />
      </button>
    </div>
  );
}
