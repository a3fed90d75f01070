import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  secondary: 'border border-edge bg-surface text-ink hover:bg-hover',
  quiet: 'text-muted hover:bg-hover hover:text-ink',
  danger: 'border border-danger text-danger hover:bg-danger-soft',
};

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look;
  /** Work is under way: the button keeps its focus and its words, and does nothing. */
  busy?: boolean;
}

/** A button that is not a submit button unless it says so, and never smaller than a fingertip. */
export function Button({
  look = 'secondary',
  busy = false,
  type = 'button',
  className,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={classNames(
        'inline-flex min-h-11 shrink-0 items-center justify-center gap-2 rounded-lg px-4',
        'font-medium transition-colors aria-disabled:opacity-60',
        looks[look],
        className,
      )}
    />
  );
}
