import { useEffect, useState } from 'react';
import { useStore } from '../../use-store.ts';
import { useTaskRoom } from './task-room.ts';

const shownForMs = 8_000;

/**
 * Says what has just happened. What the list shows by itself is only said aloud; what has a way
 * back is shown too.
 */
export function NoticeBar() {
  const room = useTaskRoom();
  const notice = useStore(room.notice);
  const [held, setHeld] = useState(false);

  const shown = notice?.undo !== undefined;

  useEffect(() => {
    if (notice === undefined || held) return;
    const timer = setTimeout(() => room.notice.set(undefined), shownForMs);
    return () => clearTimeout(timer);
  }, [notice, held, room]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveElementInteractions: it only keeps the message in sight.
    <section
      aria-label="Messages"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-none fixed inset-x-0 bottom-0 z-10 flex justify-center p-4"
    >
      <div
        className={
          shown
            ? 'appear pointer-events-auto flex max-w-xl items-center gap-2 rounded-xl bg-notice py-1 pl-4 pr-1 text-on-notice shadow-lg'
            : 'sr-only'
        }
      >
        <p role="status" className="min-w-0 py-2 pr-3 wrap-anywhere">
          {notice?.text}
        </p>
        {notice?.undo && (
          <button
            type="button"
            onClick={() => {
              room.notice.set(undefined);
              notice.undo?.();
            }}
            className="min-h-11 shrink-0 rounded-lg px-4 font-semibold text-notice-accent outline-offset-[-4px] hover:underline focus-visible:outline-notice-accent"
          >
            Undo
          </button>
        )}
      </div>
    </section>
  );
}
