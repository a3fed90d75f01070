import { useState } from 'react';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { useForm } from '../../components/use-form.ts';
import type { AccountClient } from '../../session/account-client.ts';
import { passwordMinLength } from '../sign-in/account-rules.ts';
import { changeFailure, changeProblems } from './password-rules.ts';
import { Section } from './section.tsx';
import { Username } from './username.tsx';

interface ChangePasswordProps {
  email: string;
  change: AccountClient['changePassword'];
  explainFailure: (error: unknown) => string;
  onChanged: () => void;
}

export function ChangePassword({ email, change, explainFailure, onChanged }: ChangePasswordProps) {
  const [done, setDone] = useState(false);
  const form = useForm({
    names: ['currentPassword', 'newPassword'],
    validate: changeProblems,
    async submit(values) {
      setDone(false);
      try {
        if ((await change(values)) === 'wrong-password') {
          return { fields: { currentPassword: 'This is not your current password.' } };
        }
      } catch (error) {
        return { message: changeFailure(error, explainFailure(error)) };
      }
      setDone(true);
      onChanged();
      return undefined;
    },
  });
  return (
    <Section
      heading="Change your password"
      intro="You stay signed in here. Every other device is signed out."
    >
      <form
        ref={form.form}
        noValidate
        method="post"
        onSubmit={form.onSubmit}
        onInput={form.onInput}
        className="mt-5 grid max-w-sm gap-5"
      >
        <Username email={email} />
        <PasswordField
          label="Current password"
          name="currentPassword"
          autoComplete="current-password"
          error={form.errorOf('currentPassword')}
        />
        <PasswordField
          label="New password"
          name="newPassword"
          autoComplete="new-password"
          hint={`At least ${passwordMinLength} characters. A few words are easy to remember.`}
          error={form.errorOf('newPassword')}
        />
        {form.message && <Alert>{form.message}</Alert>}
        <Button type="submit" look="primary" busy={form.busy} className="justify-self-start">
          {form.busy ? 'Changing…' : 'Change password'}
        </Button>
        <p role="status" className={done ? 'font-medium' : 'sr-only'}>
          {done && 'Your password is changed, and every other device is signed out.'}
        </p>
      </form>
    </Section>
  );
}
