import { Link } from '@tanstack/react-router';
import { TextField } from '../../components/field.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { useDocumentTitle } from '../../components/use-document-title.ts';
import type { Credentials } from '../../session/auth-client.ts';
import { AccountForm } from './account-form.tsx';
import { emailProblem, onlyErrors } from './account-rules.ts';
import { isWrongPassword, refusalOf } from './refusals.ts';
import { useAccountForm } from './use-account-form.ts';

interface SignInPageProps {
  signIn: (credentials: Credentials) => Promise<void>;
  /** The session ended by itself while the page was open. */
  ended: boolean;
  search: { next?: string };
}

const wrongPassword = 'This e-mail address and password do not belong together. Check both.';

export function SignInPage({ signIn, ended, search }: SignInPageProps) {
  useDocumentTitle('Sign in');
  const form = useAccountForm({
    validate: ({ email, password }) =>
      onlyErrors({
        email: emailProblem(email),
        password: password === '' ? 'Enter your password.' : undefined,
      }),
    async submit({ email, password }) {
      try {
        await signIn({ email, password });
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
        ended
          ? 'Your session ended. Sign in again to go on: what you typed is still here.'
          : 'Your tasks are waiting where you left them.'
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
        error={form.errors.email}
      />
      <PasswordField name="password" autoComplete="current-password" error={form.errors.password} />
    </AccountForm>
  );
}
