import { type FocusEvent, useLayoutEffect, useRef } from 'react';

/**
 * Keeps the keyboard where the work is: when the row that had the focus goes, the focus moves to
 * the checkbox or field of the row in its place, or to the "New task" field when none is left.
 */
export function useFocusAfterRemoval(ids: string[]) {
  const list = useRef<HTMLUListElement>(null);
  const last = useRef<{ id: string; index: number } | undefined>(undefined);
  const key = ids.join(' ');

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the ids.
  useLayoutEffect(() => {
    const lost = last.current;
    if (lost === undefined || ids.includes(lost.id)) return;
    last.current = undefined;
    if (document.activeElement !== document.body) return;
    const row = list.current?.children[Math.min(lost.index, ids.length - 1)];
    const target = row?.querySelector<HTMLElement>('input, textarea');
    (target ?? document.querySelector<HTMLElement>('main form input'))?.focus();
  }, [key]);

  function onFocus(event: FocusEvent<HTMLUListElement>) {
    const row = event.target.closest('li');
    const index = row === null ? -1 : Array.from(event.currentTarget.children).indexOf(row);
    const id = ids[index];
    last.current = id === undefined ? undefined : { id, index };
  }

  function onBlur(event: FocusEvent<HTMLUListElement>) {
    if (event.relatedTarget !== null) last.current = undefined;
  }

  return { ref: list, onFocus, onBlur };
}
