import type { NewTask, Task, TaskPatch } from '../../contract/task.ts';

const task: Task = {
  // Its first 48 bits are `createdAt` (RFC 9562 §5.7), as in an id the server makes.
  id: '01a1f84a-95c0-7c3a-9f52-3d8e6a41b0c7',
  title: 'Book the train to Ghent',
  description: 'A **window** seat.',
  completed: false,
  completedAt: null,
  createdAt: '2026-11-20T09:30:00.000Z',
  updatedAt: '2026-11-20T09:30:00.000Z',
  version: 7,
};
const newTask: NewTask = { title: task.title, description: task.description };
const taskPatch: TaskPatch = { description: task.description };

/** A value of each schema that a body can have, by the schema's name in the document. */
export const schemaExamples = {
  Task: task,
  NewTask: newTask,
  TaskPatch: taskPatch,
  Page: { data: [task], nextCursor: null },
} as const satisfies Record<string, unknown>;

/** A value of each path parameter. */
export const pathExamples = { userId: 'me', taskId: task.id } as const satisfies Record<
  string,
  string
>;
