import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { classNames } from '../../components/class-names.ts';
import { BinIcon, PencilIcon } from '../../components/icons.tsx';
import { editorOf, openEditor } from '../../drafts/drafts.ts';
import type { Deletion, Edit } from '../../outbox/change.ts';
import { openQuestion, type ShownTask } from '../../outbox/overlay.ts';
import { useStore } from '../../use-store.ts';
import { setCompleted } from './actions.ts';
import { ConflictChoice, DeletionChoice } from './conflict-choice.tsx';
import { DeleteQuestion } from './delete-question.tsx';
import { RefusalNotice } from './refusal-notice.tsx';
import { TaskCheckbox } from './task-checkbox.tsx';
import { TaskEditor } from './task-editor.tsx';
import { useChanges, useTaskRoom } from './task-room.ts';

interface TaskRowProps {
  item: ShownTask;
  /** Told before a task is completed or reopened, which may take it out of the list. */
  onTick: (item: ShownTask) => void;
}

/** One task: to be read, edited in place, asked about, or decided on. */
export function TaskRow({ item, onTick }: TaskRowProps) {
  const { task, unsent } = item;
  const editor = editorOf(useChanges(), task.id);
  const [asking, setAsking] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const mode = editor ? 'editing' : asking ? 'asking' : 'reading';
  const question = openQuestion(unsent);
  useFocusBack(row, mode);

  return (
    <li ref={row} className="group p-1">
      {editor ? (
        <TaskEditor draft={editor} />
      ) : asking ? (
        <DeleteQuestion task={task} keep={() => setAsking(false)} />
      ) : (
        // Of a task that is gone nothing is left but the words in the question about it.
        !question?.refusal?.gone && (
          <TaskSummary item={item} onTick={onTick} askToDelete={() => setAsking(true)} />
        )
      )}
      {question && <OpenQuestion change={question} />}
    </li>
  );
}

/** What the person has to decide about a change of theirs that did not go through. */
function OpenQuestion({ change }: { change: Edit | Deletion }) {
  if (change.state === 'refused') return <RefusalNotice change={change} />;
  if (change.kind === 'delete') return <DeletionChoice change={change} />;
  return change.theirs ? <ConflictChoice change={change} theirs={change.theirs} /> : null;
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

interface TaskSummaryProps extends TaskRowProps {
  askToDelete: () => void;
}

function TaskSummary({ item, onTick, askToDelete }: TaskSummaryProps) {
  const room = useTaskRoom();
  const titleId = useId();
  const { task } = item;

  function onComplete(completed: boolean) {
    onTick({ ...item, task: { ...task, completed } });
    setCompleted(room, task, completed);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'F2') return;
    event.preventDefault();
    openEditor(room, task);
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveElementInteractions: a shortcut for Edit.
    // biome-ignore lint/a11y/noStaticElementInteractions: F2 reaches it from the controls within.
    <div onKeyDown={onKeyDown} className="flex items-start rounded-lg hover:bg-hover">
      <TaskCheckbox task={task} labelledBy={titleId} change={onComplete} />
      <div className="min-w-0 grow">
        <button
          type="button"
          data-action="edit"
          aria-label={`Edit ${task.title}`}
          onClick={() => openEditor(room, task)}
          className="flex min-h-12 w-full items-center gap-3 rounded-lg py-2.5 pr-2 text-left select-text"
        >
          <span className="flex min-w-0 grow flex-col sm:flex-row sm:items-center sm:gap-3">
            <span
              id={titleId}
              className={classNames(
                'min-w-0 grow wrap-anywhere whitespace-pre-wrap',
                task.completed && 'text-muted line-through',
              )}
            >
              {task.title}
            </span>
            <UnsentMark item={item} />
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

/** Says of a task that the server does not have it as it stands here, once that takes a while. */
function UnsentMark({ item: { task, unsent } }: { item: ShownTask }) {
  const { isReachable, outbox } = useTaskRoom();
  const reachable = useStore(isReachable);
  const trouble = useStore(outbox.trouble);
  const isHeld = useChanges().some(
    ({ taskId, state }) => taskId === task.id && (state === 'conflict' || state === 'refused'),
  );
  if (!unsent.some(({ state }) => state === 'waiting' || state === 'sending')) return null;
  const moves = reachable && trouble === undefined && !isHeld;
  return (
    <span className="make-room-late shrink-0 text-sm text-muted">
      {moves ? 'Saving…' : 'Waiting'}
    </span>
  );
}
