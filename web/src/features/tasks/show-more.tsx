import { type RefObject, useLayoutEffect, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import type { useTaskPages } from './use-task-pages.ts';

interface ShowMoreProps {
  list: ReturnType<typeof useTaskPages>;
  rows: RefObject<HTMLElement | null>;
}

/** Loads the next page. When there is none after it, the focus goes on to its first task. */
export function ShowMore({ list, rows }: ShowMoreProps) {
  const shownBefore = useRef<number>(undefined);
  const { hasNextPage } = list;

  useLayoutEffect(() => {
    if (hasNextPage || shownBefore.current === undefined) return;
    const first = rows.current?.children[shownBefore.current];
    shownBefore.current = undefined;
    if (document.activeElement !== document.body) return;
    first?.querySelector<HTMLElement>('input, textarea')?.focus();
  }, [hasNextPage, rows]);

  function load() {
    shownBefore.current = rows.current?.children.length;
    void list.fetchNextPage();
  }

  if (!hasNextPage) return null;
  return (
    <div className="mt-6 flex justify-center">
      <Button busy={list.isFetchingNextPage} onClick={load}>
        {list.isFetchingNextPage ? 'Loading…' : 'Show more'}
      </Button>
    </div>
  );
}
