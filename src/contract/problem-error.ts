import {
  type InputError,
  type Problem,
  type ProblemCode,
  problemPath,
  problems,
} from './problem.ts';
import type { Task } from './task.ts';

/** A failure with a defined answer: thrown anywhere, turned into a problem in one place. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: { errors?: InputError[]; current?: Task };

  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      headers?: Record<string, string>;
      errors?: InputError[];
      current?: Task;
      cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'ProblemError';
    this.code = code;
    this.headers = options.headers ?? {};
    this.extra = {
      ...(options.errors && { errors: options.errors }),
      ...(options.current && { current: options.current }),
    };
  }

  get status(): number {
    return problems[this.code].status;
  }

  /** The body of the answer (RFC 9457 §3). */
  toProblem(request: { origin: string; path: string; requestId: string }): Problem {
    return {
      type: `${request.origin}${problemPath(this.code)}`,
      title: problems[this.code].title,
      status: this.status,
      detail: this.message,
      instance: request.path,
      code: this.code,
      requestId: request.requestId,
      ...this.extra,
    };
  }
}
