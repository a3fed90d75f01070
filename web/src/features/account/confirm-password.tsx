import type { RefObject } from 'react';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { useForm } from '../../components/use-form.ts';
import type { AccountClient } from '../../session/account-client.ts';
import { Username } from './username.tsx';

interface ConfirmPasswordProps {
  email: string;
  confirm: AccountClient['confirmPassword'];
  explainFailure: (error: unknown) => string;
  /** Takes the focus when the form has done its work. */
  focusNext: RefObject<HTMLElement | null>;
  onConfirmed: () => Promise<void>;
}

/** Asks for the password before the devices are shown to somebody who may only have found this one. */
export function ConfirmPassword(props: ConfirmPasswordProps) {
  const form = useForm({
    names: ['password'],
    validate: ({ password }) => (password === '' ? { password: 'Enter your password.' } : {}),
    async submit({ password }) {
      try {
        if ((await props.confirm(password)) === 'wrong-password') {
          return { fields: { password: 'This is not your password.' } };
        }
      } catch (error) {
        return { message: props.explainFailure(error) };
      }
      if (form.form.current?.contains(document.activeElement)) props.focusNext.current?.focus();
      await props.onConfirmed();
      return undefined;
    },
  });
  return (
    <form
      ref={form.form}
      noValidate
      method="post"
      onSubmit={form.onSubmit}
      onInput={form.onInput}
      className="mt-4 grid max-w-sm gap-4"
    >
      <p>You signed in here more than a day ago. Enter your password to see your devices.</p>
      <Username email={props.email} />
      <PasswordField
        name="password"
        autoComplete="current-password"
        error={form.errorOf('password')}
      />
      {form.message && <Alert>{form.message}</Alert>}
      <Button type="submit" busy={form.busy} className="justify-self-start">
        {form.busy ? 'Checking…' : 'Show devices'}
      </Button>
    </form>
  );
}
