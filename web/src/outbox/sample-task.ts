import type { Task } from '../../../src/contract/task.ts';

/** A task for tests; ids grow with the number. */
export function taskOf(number: number, overrides: Partial<Task> = {}): Task {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    id: `01980000-0000-7000-8000-${String(number).padStart(12, '0')}`,
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
