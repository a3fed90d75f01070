import type { ReactNode } from 'react';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import type { useForm } from '../../components/use-form.ts';
import type { AccountField } from './account-rules.ts';

interface AccountFormProps {
  heading: string;
  intro: ReactNode;
  action: string;
  busyAction: string;
  state: Omit<ReturnType<typeof useForm<AccountField>>, 'errorOf'>;
  footer: ReactNode;
  children: ReactNode;
}

/** The common look of signing in and signing up. */
export function AccountForm(props: AccountFormProps) {
  const { state } = props;
  return (
    <div className="mx-auto max-w-sm">
      <h1 tabIndex={-1} className="text-3xl font-semibold tracking-tight">
        {props.heading}
      </h1>
      <p className="mt-2 text-muted">{props.intro}</p>
      <form
        ref={state.form}
        noValidate
        method="post"
        onSubmit={state.onSubmit}
        onInput={state.onInput}
        className="mt-8 grid gap-5"
      >
        {props.children}
        {state.message && <Alert>{state.message}</Alert>}
        <Button type="submit" look="primary" busy={state.busy} className="mt-1 w-full">
          {state.busy ? props.busyAction : props.action}
        </Button>
      </form>
      <p className="mt-6 text-muted">{props.footer}</p>
    </div>
  );
}
