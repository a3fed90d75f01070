/**
 * The states of the session behind this page. `unknown` is the moment before the first answer;
 * `renewing` is `active` while the issuer is being asked.
 */
export const sessionStates = [
  'unknown',
  'active',
  'renewing',
  'ended',
  'someone-else',
  'signed-out',
] as const;
export type SessionStatus = (typeof sessionStates)[number];

/** What can happen to a session. The person of a page is the one it was opened for. */
export type SessionEvent =
  /** The issuer is being asked for a token. */
  | 'asking'
  /** The issuer says that the session is the person's, or opens one for somebody. */
  | 'theirs'
  /** The issuer says that it is another person's. */
  | 'another'
  /** The issuer says that there is none. */
  | 'none'
  /** The issuer did not answer. */
  | 'no answer'
  /** The person has signed out, here or in another tab. */
  | 'sign out';

/**
 * Where each event leads; where it says nothing, nothing changes. The same table, in words for
 * people, is in docs/unsent-work.md, and a test compares the two.
 */
export const sessionSteps: Record<SessionStatus, Partial<Record<SessionEvent, SessionStatus>>> = {
  // Without an answer the page opens for the person it was last open for, from what it kept.
  unknown: { theirs: 'active', none: 'signed-out', 'no answer': 'renewing' },
  active: {
    asking: 'renewing',
    another: 'someone-else',
    none: 'ended',
    'sign out': 'signed-out',
  },
  renewing: {
    theirs: 'active',
    another: 'someone-else',
    none: 'ended',
    'no answer': 'active',
    'sign out': 'signed-out',
  },
  ended: { theirs: 'active', another: 'someone-else', 'sign out': 'signed-out' },
  'someone-else': { theirs: 'active', none: 'ended', 'sign out': 'signed-out' },
  'signed-out': { theirs: 'active' },
};

/** The state after an event. */
export function afterEvent(status: SessionStatus, event: SessionEvent): SessionStatus {
  return sessionSteps[status][event] ?? status;
}
