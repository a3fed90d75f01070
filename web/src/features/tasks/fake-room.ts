import { QueryClient } from '@tanstack/react-query';
import type { Task } from '../../../../src/contract/task.ts';
import { ApiProblem } from '../../api/failures.ts';
import { parseProblem } from '../../api/parse-problem.ts';
import { createStore } from '../../store.ts';
import { createDrafts } from './drafts.ts';
import type { Notice, TaskRoom } from './task-room.ts';

/** A task for the tests of this folder; ids grow with the number. */
export function taskOf(number: number, overrides: Partial<Task> = {}): Task {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    id: `task-${String(number).padStart(3, '0')}`,
    title: `Task ${number}`,
    description: '',
    completed: false,
    completedAt: null,
    createdAt: at,
    updatedAt: at,
    version: 1,
    ...overrides,
  };
}

/** A problem as the server would answer it. */
export function problemOf(status: number, members: Record<string, unknown> = {}): ApiProblem {
  return new ApiProblem(parseProblem({ ...members, status }, status, 'request-1'));
}

interface Call {
  id: string;
  input: Record<string, unknown>;
}

/**
 * A room whose API answers from a list, in order; an Error is thrown and a promise waited for.
 * `calls` holds what was asked.
 */
export function fakeRoom(...answers: unknown[]): TaskRoom & { calls: Call[] } {
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `new-${ids}`;
  };
  const calls: Call[] = [];
  async function api(id: string, input: Record<string, unknown>): Promise<unknown> {
    calls.push({ id, input });
    const answer = await answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  }
  return {
    calls,
    newId,
    // The tests answer each operation with what the route table says it answers.
    api: api as TaskRoom['api'],
    queries: new QueryClient(),
    drafts: createDrafts(newId),
    notice: createStore<Notice | undefined>(undefined),
  };
}
