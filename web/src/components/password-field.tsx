import { type ComponentProps, useState } from 'react';
import { TextField } from './field.tsx';

/** A password that the person can look at; the field is labelled "Password". */
export function PasswordField(props: Omit<ComponentProps<typeof TextField>, 'label' | 'type'>) {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      label="Password"
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
          <span className="sr-only"> password</span>
        </button>
      }
    />
  );
}
