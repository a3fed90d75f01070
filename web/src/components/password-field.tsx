import { type ComponentProps, useState } from 'react';
import { TextField } from './field.tsx';

type PasswordFieldProps = Omit<ComponentProps<typeof TextField>, 'label' | 'type'> & {
  label?: string;
};

/** A password that the person can look at; labelled "Password" where no other is about. */
export function PasswordField({ label = 'Password', ...props }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      label={label}
      type={shown ? 'text' : 'password'}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      className="pr-20"
      trailing={
        <button
          type="button"
          onClick={() => setShown(!shown)}
          className="absolute inset-y-0.5 right-0.5 w-18 rounded-md text-sm font-medium text-muted hover:text-ink"
        >
          {shown ? 'Hide' : 'Show'}
          <span className="sr-only"> {label.toLowerCase()}</span>
        </button>
      }
    />
  );
}
