import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { searchMaxLength } from '../../../../src/contract/words.ts';
import { TextField } from '../../components/field.tsx';
import type { TaskStatus } from '../../outbox/overlay.ts';
import { readSearch } from './search-text.ts';

/** Typing is followed this long after the last key, and at once on Enter. */
const followAfterMs = 250;

/** Searches the tasks of the filter. What is searched for is in the address, as the filter is. */
export function SearchField({ q }: { q: string }) {
  const navigate = useNavigate({ from: '/' });
  const [text, setText] = useState(q);
  const followed = useRef(q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // Also where the address has changed by itself: back, forward, or a link.
  useEffect(() => {
    if (q === followed.current) return;
    followed.current = q;
    setText(q);
  }, [q]);

  useEffect(() => () => clearTimeout(timer.current), []);

  function follow(typed: string) {
    clearTimeout(timer.current);
    const next = readSearch(typed);
    if (next === followed.current) return;
    // One step back leads out of the search, not through its letters.
    const replace = followed.current !== '';
    followed.current = next;
    const search = ({ status }: { status: TaskStatus }) => ({
      status,
      ...(next !== '' && { q: next }),
    });
    void navigate({ to: '/', search, replace });
  }

  function onType(typed: string) {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => follow(typed), followAfterMs);
  }

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    follow(text);
  }

  return (
    <search className="min-w-0 grow basis-48 sm:max-w-72">
      <form onSubmit={onSubmit}>
        <TextField
          type="search"
          label="Search"
          labelHidden
          placeholder="Search"
          autoComplete="off"
          enterKeyHint="search"
          maxLength={searchMaxLength}
          value={text}
          onChange={(event) => onType(event.target.value)}
        />
      </form>
    </search>
  );
}
