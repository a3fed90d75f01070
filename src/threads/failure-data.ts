import { ProblemError } from '../contract/problem-error.ts';

/** An error as JSON, to be thrown in another thread: what the log and the answer are made from. */
export interface FailureData {
  name: string;
  message: string;
  stack: string | undefined;
  cause: FailureData | undefined;
  /** A problem, with what else its answer says. */
  problem: Pick<ProblemError, 'code' | 'headers' | 'extra'> | undefined;
  /** By which it is told what a store means: of Node and of SQLite. */
  codes: { code?: unknown; errcode?: unknown };
}

export function failureData(thrown: unknown): FailureData {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack, cause } = error;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return {
    name,
    message,
    stack,
    cause: cause === undefined ? undefined : failureData(cause),
    problem:
      error instanceof ProblemError
        ? { code: error.code, headers: error.headers, extra: error.extra }
        : undefined,
    codes: { code, errcode },
  };
}

/** The error again. */
export function failureOf({ name, message, stack, cause, problem, codes }: FailureData): Error {
  const reason = cause && { cause: failureOf(cause) };
  const error = problem
    ? new ProblemError(problem.code, message, {
        headers: problem.headers,
        ...problem.extra,
        ...reason,
      })
    : Object.assign(new Error(message, reason), codes);
  if (error.name !== name) error.name = name;
  error.stack = stack ?? '';
  return error;
}
