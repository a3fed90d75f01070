import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { TextField } from '../../components/field.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { useDocumentTitle } from '../../components/use-document-title.ts';
import { useForm } from '../../components/use-form.ts';
import type { Credentials } from '../../session/auth-client.ts';
import { AccountForm } from './account-form.tsx';
import { emailProblem } from './account-rules.ts';
import { isWrongPassword, refusalOf } from './refusals.ts';

interface SignInPageProps {
  signIn: (credentials: Credentials) => Promise<void>;
  /** The address of somebody whose unsent work this browser keeps until they return. */
  awaited: () => Promise<string | undefined>;
  search: { next?: string };
}

const wrongPassword = 'This e-mail address and password do not belong together. Check both.';

export function SignInPage({ signIn, awaited, search }: SignInPageProps) {
  useDocumentTitle('Sign in');
  const [expected, setExpected] = useState<string>();
  useEffect(() => {
    void awaited().then(setExpected);
  }, [awaited]);
  const form = useForm({
    names: ['email', 'password'],
    validate: ({ email, password }) => ({
      email: emailProblem(email),
      password: password === '' ? 'Enter your password.' : undefined,
    }),
    async submit({ email, password }) {
      try {
        await signIn({ email: email.trim(), password });
        return undefined;
      } catch (error) {
        return isWrongPassword(error) ? { message: wrongPassword } : refusalOf(error);
      }
    },
  });
  return (
    <AccountForm
      heading="Sign in"
      intro={
        expected === undefined
          ? 'Your tasks are waiting where you left them.'
          : `Changes of ${expected} are not saved yet. They wait in this browser until ${expected} signs in.`
      }
      action="Sign in"
      busyAction="Signing in…"
      state={form}
      footer={
        <>
          New to Ownlist?{' '}
          <Link to="/sign-up" search={search} className="font-medium text-accent underline">
            Create an account
          </Link>
        </>
      }
    >
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        error={form.errorOf('email')}
      />
      <PasswordField
        name="password"
        autoComplete="current-password"
        error={form.errorOf('password')}
      />
    </AccountForm>
  );
}
