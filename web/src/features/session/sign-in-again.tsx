import type { ReactNode } from 'react';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { useForm } from '../../components/use-form.ts';
import type { Credentials, User } from '../../session/auth-client.ts';
import { isWrongPassword, refusalOf } from '../sign-in/refusals.ts';

interface SignInAgainProps {
  user: User;
  signIn: (credentials: Credentials) => Promise<void>;
  /** What else there is to do, beside the button. */
  otherWay: ReactNode;
}

/** Asks for the password of the person whose page this is; the address can be another's, too. */
export function SignInAgain({ user, signIn, otherWay }: SignInAgainProps) {
  const form = useForm({
    names: ['email', 'password'],
    validate: ({ email, password }) => ({
      email: email.trim() === '' ? 'Enter your e-mail address.' : undefined,
      password: password === '' ? 'Enter your password.' : undefined,
    }),
    async submit({ email, password }) {
      try {
        await signIn({ email: email.trim(), password });
        return undefined;
      } catch (error) {
        if (!isWrongPassword(error)) return refusalOf(error);
        return { fields: { password: 'This is not the password of this address.' } };
      }
    },
  });
  return (
    <form
      ref={form.form}
      noValidate
      method="post"
      onSubmit={form.onSubmit}
      onInput={form.onInput}
      className="mt-5 grid gap-4"
    >
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={user.email}
        error={form.errorOf('email')}
      />
      <PasswordField
        name="password"
        autoComplete="current-password"
        data-begin-here
        error={form.errorOf('password')}
      />
      {form.message && <Alert>{form.message}</Alert>}
      <div className="mt-1 flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={form.busy}>
          {form.busy ? 'Signing in…' : 'Sign in'}
        </Button>
        {otherWay}
      </div>
    </form>
  );
}
