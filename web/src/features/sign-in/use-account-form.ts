import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { AccountField, FieldErrors } from './account-rules.ts';

export type Values = Record<AccountField, string>;

/** How a form came to nothing: by its fields, or as a whole. */
export interface Refusal {
  fields?: Partial<Record<AccountField, ReactNode>>;
  message?: ReactNode;
}

interface AccountFormOptions {
  validate: (values: Values) => FieldErrors;
  /** Gives the refusal, or undefined when it worked. */
  submit: (values: Values) => Promise<Refusal | undefined>;
}

/**
 * The common course of the account forms: check, send once, show what is wrong where it is wrong
 * and move the focus there. What was typed stays in the fields, which are the browser's own, so
 * that password managers find what they expect.
 */
export function useAccountForm({ validate, submit }: AccountFormOptions) {
  const form = useRef<HTMLFormElement>(null);
  const [refusal, setRefusal] = useState<Refusal>({});
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (refusal.fields) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [refusal]);

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const values = readValues(event.currentTarget);
    const fields = validate(values);
    if (Object.keys(fields).length > 0) return setRefusal({ fields });
    setBusy(true);
    setRefusal({});
    setRefusal((await submit(values)) ?? {});
    setBusy(false);
  }

  /** A message about a field goes once the person sets about correcting it. */
  function onInput(event: FormEvent<HTMLFormElement>) {
    const name = event.target instanceof HTMLInputElement ? event.target.name : '';
    if (!(name in (refusal.fields ?? {}))) return;
    const entries = Object.entries(refusal.fields ?? {}).filter(([field]) => field !== name);
    setRefusal({ ...refusal, fields: Object.fromEntries(entries) });
  }

  return { form, busy, errors: refusal.fields ?? {}, message: refusal.message, onSubmit, onInput };
}

function readValues(form: HTMLFormElement): Values {
  const data = new FormData(form);
  const text = (name: AccountField) => {
    const value = data.get(name);
    return typeof value === 'string' ? value : '';
  };
  return { name: text('name').trim(), email: text('email').trim(), password: text('password') };
}
