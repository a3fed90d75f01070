import { useEffect, useId, useRef, useState } from 'react';
import type { Task } from '../../../../src/contract/task.ts';
import { Button } from '../../components/button.tsx';
import type { Deletion, Edit, TaskField } from '../../outbox/change.ts';
import { contestedFields, merge } from '../../outbox/merge.ts';
import { useTaskRoom } from './task-room.ts';

const labels: Record<TaskField, string> = {
  title: 'Title',
  description: 'Description',
  completed: 'Completed',
};

type Side = 'mine' | 'theirs';

/**
 * Shows, field by field, what the person wrote and what the same text has become elsewhere, and
 * leaves each choice to them. Nothing is chosen beforehand: no text goes unseen.
 */
export function ConflictChoice({ change, theirs }: { change: Edit; theirs: Task }) {
  const { outbox } = useTaskRoom();
  const fields = contestedFields(change.mine, change.base, theirs);
  const [chosen, setChosen] = useState<Partial<Record<TaskField, Side>>>({});
  const box = useFocusWhenSeen();
  const isSettled = fields.every((field) => chosen[field] !== undefined);

  function settle() {
    const { content } = merge(change.mine, change.base, theirs);
    const taken = fields.filter((field) => chosen[field] === 'theirs');
    outbox.choose(change, {
      ...content,
      ...Object.fromEntries(taken.map((field) => [field, theirs[field]])),
    });
  }

  return (
    <div ref={box} role="alert" tabIndex={-1} className="rounded-lg bg-page p-4 outline-offset-0">
      <p className="font-semibold">This task changed elsewhere, too.</p>
      <p className="mt-1 text-muted">Nothing is lost: say which text is to stay.</p>
      {fields.map((field) => (
        <FieldChoice
          key={field}
          label={labels[field]}
          mine={String(change.mine[field])}
          theirs={String(theirs[field])}
          chosen={chosen[field]}
          choose={(side) => setChosen({ ...chosen, [field]: side })}
        />
      ))}
      <div className="mt-4">
        <Button look="primary" busy={!isSettled} onClick={settle}>
          Save
        </Button>
      </div>
    </div>
  );
}

interface FieldChoiceProps {
  label: string;
  mine: string;
  theirs: string;
  chosen: Side | undefined;
  choose: (side: Side) => void;
}

function FieldChoice({ label, mine, theirs, chosen, choose }: FieldChoiceProps) {
  const name = useId();
  const options: [Side, string, string][] = [
    ['mine', 'What you wrote', mine],
    ['theirs', 'What it says elsewhere', theirs],
  ];
  return (
    <fieldset className="mt-4">
      <legend className="text-sm font-medium text-muted">{label}</legend>
      {options.map(([side, words, text]) => (
        <label
          key={side}
          className="mt-1 flex min-h-11 cursor-pointer items-start gap-3 rounded-lg border border-line p-3 hover:bg-hover has-checked:border-accent"
        >
          <input
            type="radio"
            name={name}
            checked={chosen === side}
            onChange={() => choose(side)}
            className="mt-1 size-4 shrink-0 accent-accent"
          />
          <span className="min-w-0">
            <span className="block text-sm text-muted">{words}</span>
            {/* Ends in the middle of a line, so that one sees that there is more. */}
            <span className="block max-h-63 overflow-y-auto wrap-anywhere whitespace-pre-wrap">
              {text === '' ? <em>(empty)</em> : text}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Asks again about a deletion whose task has become another since. */
export function DeletionChoice({ change }: { change: Deletion }) {
  const { outbox } = useTaskRoom();
  const box = useFocusWhenSeen();
  return (
    <div ref={box} role="alert" tabIndex={-1} className="rounded-lg bg-page p-4 outline-offset-0">
      <p className="font-semibold">This task changed elsewhere since you deleted it.</p>
      <p className="mt-1 text-muted">Above is what it says now.</p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button look="danger" onClick={() => outbox.choose(change, change.mine)}>
          Delete it all the same
        </Button>
        <Button onClick={() => outbox.discard(change)}>Keep it</Button>
      </div>
    </div>
  );
}

/** A question takes the focus unless the person is busy writing something else. */
function useFocusWhenSeen() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) box.current?.focus();
  }, []);
  return box;
}
