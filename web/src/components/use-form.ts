import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';

/** The message of each field that is wrong; no member for one that is right. */
export type FieldMessages<Field extends string> = Partial<Record<Field, ReactNode>>;

/** How a form came to nothing: by its fields, or as a whole. */
export interface FormRefusal<Field extends string> {
  fields?: FieldMessages<Field>;
  message?: ReactNode;
}

interface FormOptions<Field extends string> {
  /** The names of the inputs. */
  names: readonly Field[];
  validate: (values: Record<Field, string>) => FieldMessages<Field>;
  /** Gives the refusal, or undefined when it worked: the fields are empty then. */
  submit: (values: Record<Field, string>) => Promise<FormRefusal<Field> | undefined>;
}

/**
 * The course of a form: check, send once, show what is wrong where it is wrong and move the focus
 * there. What was typed stays in the fields until it worked. They are the browser's own, so that
 * password managers find what they expect.
 */
export function useForm<Field extends string>({ names, validate, submit }: FormOptions<Field>) {
  const form = useRef<HTMLFormElement>(null);
  const [refusal, setRefusal] = useState<FormRefusal<Field>>({});
  /** Fields that were typed into since: their messages are of the past. */
  const [corrected, setCorrected] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);

  // Not after a correction: the focus would leave the field that is being typed into.
  useEffect(() => {
    if (refusal.fields) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [refusal]);

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const values = readValues(event.currentTarget, names);
    const fields = validate(values);
    if (Object.values(fields).some(Boolean)) return show({ fields });
    setBusy(true);
    show({});
    const refused = await submit(values);
    if (refused === undefined) form.current?.reset();
    show(refused ?? {});
    setBusy(false);
  }

  function show(next: FormRefusal<Field>): void {
    setRefusal(next);
    setCorrected([]);
  }

  /** A message about a field goes once the person sets about correcting it. */
  function onInput({ target }: FormEvent<HTMLFormElement>) {
    if (target instanceof HTMLInputElement) setCorrected([...corrected, target.name]);
  }

  function errorOf(field: Field): ReactNode {
    return corrected.includes(field) ? undefined : refusal.fields?.[field];
  }

  return { form, busy, errorOf, message: refusal.message, onSubmit, onInput };
}

function readValues<Field extends string>(form: HTMLFormElement, names: readonly Field[]) {
  const data = new FormData(form);
  const entries = names.map((name) => {
    const value = data.get(name);
    return [name, typeof value === 'string' ? value : ''] as const;
  });
  // Object.fromEntries forgets which names it was given: they are exactly these.
  return Object.fromEntries(entries) as Record<Field, string>;
}
