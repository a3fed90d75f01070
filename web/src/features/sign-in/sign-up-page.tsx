import { Link } from '@tanstack/react-router';
import { TextField } from '../../components/field.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { useDocumentTitle } from '../../components/use-document-title.ts';
import { type FormRefusal, useForm } from '../../components/use-form.ts';
import type { AuthClient, Credentials } from '../../session/auth-client.ts';
import { AccountForm } from './account-form.tsx';
import {
  type AccountField,
  emailProblem,
  nameProblem,
  newPasswordProblem,
  passwordMinLength,
} from './account-rules.ts';
import { isWrongPassword, refusalOf } from './refusals.ts';

interface SignUpPageProps {
  signUp: AuthClient['signUp'];
  signIn: (credentials: Credentials) => Promise<void>;
  search: { next?: string };
}

export function SignUpPage({ signUp, signIn, search }: SignUpPageProps) {
  useDocumentTitle('Create your account');
  const signInLink = (
    <Link to="/sign-in" search={search} className="font-medium text-accent underline">
      Sign in
    </Link>
  );

  /** The issuer answers alike for a known address; only the password tells whose it is. */
  async function submit(
    values: Record<AccountField, string>,
  ): Promise<FormRefusal<AccountField> | undefined> {
    const { password } = values;
    const email = values.email.trim();
    try {
      await signUp({ name: values.name.trim(), email, password });
      await signIn({ email, password });
      return undefined;
    } catch (error) {
      if (!isWrongPassword(error)) return refusalOf(error);
      return {
        fields: { email: <>This address may already have an account. {signInLink} instead?</> },
      };
    }
  }

  const form = useForm({
    names: ['name', 'email', 'password'],
    validate: ({ name, email, password }) => ({
      name: nameProblem(name),
      email: emailProblem(email),
      password: newPasswordProblem(password),
    }),
    submit,
  });
  return (
    <AccountForm
      heading="Create your account"
      intro="Your tasks are yours alone, on this server and nowhere else."
      action="Sign up"
      busyAction="Signing up…"
      state={form}
      footer={<>Have an account already? {signInLink}</>}
    >
      <TextField
        label="Name"
        name="name"
        autoComplete="name"
        autoFocus
        error={form.errorOf('name')}
      />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="email"
        autoCapitalize="none"
        spellCheck={false}
        error={form.errorOf('email')}
      />
      <PasswordField
        name="password"
        autoComplete="new-password"
        hint={`At least ${passwordMinLength} characters. A few words are easy to remember.`}
        error={form.errorOf('password')}
      />
    </AccountForm>
  );
}
