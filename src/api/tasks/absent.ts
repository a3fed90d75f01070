import { ProblemError } from '../../contract/problem-error.ts';

/** @throws {ProblemError} 404, for a task of somebody else as for one that never was. */
export function absent(): never {
  throw new ProblemError('not_found', 'There is no such task.');
}
