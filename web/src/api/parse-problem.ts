import type { InputError, Problem } from '../../../src/contract/problem.ts';
import type { Task } from '../../../src/contract/task.ts';

type Members = Partial<Record<string, unknown>>;

/** The members of a JSON object; undefined for every other JSON value. */
export function membersOf(json: unknown): Members | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : undefined;
}

/**
 * The problem in a body of an answer with this status. A body that is not a problem, as a proxy
 * in between would send, yields one with code `unknown`, so that there is one kind of failure.
 */
export function parseProblem(json: unknown, status: number, requestId: string): Problem {
  const body = membersOf(json) ?? {};
  const problem: Problem = {
    type: textOr(body['type'], 'about:blank'),
    title: textOr(body['title'], `The server answered ${status}`),
    status,
    detail: textOr(body['detail'], `The server answered ${status} without an explanation.`),
    instance: textOr(body['instance'], ''),
    code: textOr(body['code'], 'unknown'),
    requestId: textOr(body['requestId'], requestId),
  };
  if (Array.isArray(body['errors'])) problem.errors = body['errors'].filter(isInputError);
  if (isTask(body['current'])) problem.current = body['current'];
  if (typeof body['message'] === 'string') problem.message = body['message'];
  return problem;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function isInputError(value: unknown): value is InputError {
  const error = membersOf(value);
  return typeof error?.['pointer'] === 'string' && typeof error['message'] === 'string';
}

export function isTask(value: unknown): value is Task {
  const task = membersOf(value);
  return (
    typeof task?.['id'] === 'string' &&
    typeof task['title'] === 'string' &&
    typeof task['description'] === 'string' &&
    typeof task['completed'] === 'boolean' &&
    typeof task['version'] === 'number'
  );
}
