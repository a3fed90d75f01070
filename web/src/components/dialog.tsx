import { type ReactNode, useEffect, useId, useRef } from 'react';

interface DialogProps {
  heading: string;
  children: ReactNode;
  /** Called when the person presses Escape; without it there is no such way out. */
  onCancel?: () => void;
}

/**
 * A question over the page, which stays as it is behind it and cannot be reached meanwhile. The
 * focus begins at what is marked `data-begin-here`, else at the first control; when the question
 * goes, it returns to where it was.
 */
export function Dialog({ heading, children, onCancel }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const headingId = useId();

  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    element?.querySelector<HTMLElement>('[data-begin-here]')?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      aria-labelledby={headingId}
      onCancel={(event) => {
        event.preventDefault();
        onCancel?.();
      }}
      className="m-auto w-[calc(100%-2rem)] max-w-md rounded-xl border border-line bg-surface p-6 text-ink shadow-lg backdrop:bg-black/40"
    >
      <h2 id={headingId} className="text-xl font-semibold tracking-tight">
        {heading}
      </h2>
      {children}
    </dialog>
  );
}
