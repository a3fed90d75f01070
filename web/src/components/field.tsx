import { type ComponentProps, type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';

/** The look of everything that takes text; 16 px, because iOS zooms into anything smaller. */
const inputLook =
  'w-full min-h-12 min-w-0 rounded-lg border border-edge bg-surface px-3 py-2.5 text-base text-ink ' +
  'aria-invalid:border-danger';

interface FrameProps {
  label: string;
  /** The label is there for assistive technology only. */
  labelHidden?: boolean | undefined;
  hint?: string | undefined;
  error?: ReactNode;
}

interface Wiring {
  id: string;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
}

function Frame({
  label,
  labelHidden = false,
  hint,
  error,
  children,
}: FrameProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className={labelHidden ? 'sr-only' : 'font-medium'}>
        {label}
      </label>
      {children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': described || undefined,
      })}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-sm font-medium text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

type TextFieldProps = FrameProps & ComponentProps<'input'> & { trailing?: ReactNode };

/** An input with its label, hint and error, tied together for assistive technology. */
export function TextField({
  label,
  labelHidden,
  hint,
  error,
  trailing,
  className,
  ...input
}: TextFieldProps) {
  return (
    <Frame label={label} labelHidden={labelHidden} hint={hint} error={error}>
      {(wiring) => (
        <div className="relative">
          <input {...input} {...wiring} className={classNames(inputLook, className)} />
          {trailing}
        </div>
      )}
    </Frame>
  );
}

type TextAreaProps = FrameProps & ComponentProps<'textarea'>;

/** A field for text that may need more than one line; it grows with what is typed. */
export function TextArea({ label, labelHidden, hint, error, className, ...area }: TextAreaProps) {
  return (
    <Frame label={label} labelHidden={labelHidden} hint={hint} error={error}>
      {(wiring) => (
        <textarea
          {...area}
          {...wiring}
          className={classNames(inputLook, 'grow-with-text block', className)}
        />
      )}
    </Frame>
  );
}
