import { ApiProblem, NetworkFailure, SessionEnded } from './failures.ts';

const network = {
  unreachable: 'Ownlist cannot be reached. Check your connection, then try again.',
  timeout: 'Ownlist did not answer in time. Check your connection, then try again.',
  unreadable:
    'Something between you and Ownlist answered instead of it. Check your connection, then try again.',
};

/** What went wrong, for the person at the page: what is known, and what they can do. */
export function explain(error: unknown): string {
  if (error instanceof NetworkFailure) return network[error.kind];
  if (error instanceof SessionEnded) return 'Your session ended. Sign in again to go on.';
  if (!(error instanceof ApiProblem)) return 'Something went wrong in this page. Try again.';
  const { problem, retryAfterSeconds } = error;
  if (problem.status === 429)
    return `Too many attempts. Try again ${inSeconds(retryAfterSeconds)}.`;
  if (problem.status >= 500) {
    const reference = problem.requestId === '' ? '' : ` Reference: ${problem.requestId}`;
    return `The server had a problem. Try again in a moment.${reference}`;
  }
  return problem.errors?.[0]?.message ?? problem.message ?? problem.detail;
}

function inSeconds(seconds: number | undefined): string {
  if (seconds === undefined) return 'in a moment';
  return seconds === 1 ? 'in 1 second' : `in ${seconds} seconds`;
}

/** The server's message on the member of the body at this JSON Pointer (RFC 6901), if any. */
export function fieldMessage(error: unknown, pointer: string): string | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  return error.problem.errors?.find((input) => input.pointer === pointer)?.message;
}
