/**
 * The states of a change, from the first letter typed until the server has it. `saved` is the
 * end: the change is not kept any more, its task is.
 */
export const changeStates = [
  'typed',
  'waiting',
  'sending',
  'saved',
  'conflict',
  'refused',
] as const;
export type ChangeState = (typeof changeStates)[number];

/** What can happen to a change. */
export type ChangeEvent =
  | 'submit'
  | 'send'
  | 'accept'
  | 'no answer'
  | 'contest'
  | 'merge'
  | 'refuse'
  | 'choose'
  | 'retry'
  | 'mend';

/**
 * Every step a change can take; what is not here cannot happen. Besides, a person can discard a
 * change that is `typed`, in `conflict` or `refused`. The same table, in words for people, is in
 * docs/unsent-work.md, and a test compares the two.
 */
export const changeSteps: Record<ChangeState, Partial<Record<ChangeEvent, ChangeState>>> = {
  typed: { submit: 'waiting' },
  waiting: { send: 'sending' },
  sending: {
    // Sent once more with the same key: by this page after a pause, or by the next one.
    send: 'sending',
    accept: 'saved',
    'no answer': 'waiting',
    contest: 'conflict',
    merge: 'waiting',
    refuse: 'refused',
  },
  saved: {},
  conflict: { choose: 'waiting' },
  refused: { retry: 'waiting', mend: 'typed' },
};

/**
 * The state after an event.
 * @throws {Error} for a step the table does not have: a mistake of the page, never of the person.
 */
export function stepOf(state: ChangeState, event: ChangeEvent): ChangeState {
  const next = changeSteps[state][event];
  if (next === undefined) throw new Error(`A change that is ${state} cannot ${event}.`);
  return next;
}
