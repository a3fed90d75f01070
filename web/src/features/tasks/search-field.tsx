import { type FormEvent, useEffect, useRef, useState } from 'react';
import { searchMaxLength } from '../../../../src/contract/words.ts';
import { TextField } from '../../components/field.tsx';
import { readSearch } from './search-text.ts';

/** Typing is followed this long after the last key, and at once on Enter. */
const followAfterMs = 250;

/** Searches the tasks of the filter; empty is no search. */
export function SearchField({ onSearch }: { onSearch: (q: string) => void }) {
  const [text, setText] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => () => clearTimeout(timer.current), []);

  function follow(typed: string) {
    clearTimeout(timer.current);
    onSearch(readSearch(typed));
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
