import { describe, expect, test } from 'vitest';
import type { Task } from '../../../src/contract/task.ts';
import {
  type Addition,
  type Change,
  contentOf,
  type Deletion,
  type Edit,
  newTaskFieldId,
  type TaskContent,
} from './change.ts';
import { belongs, openQuestion, showChanges, type TaskStatus } from './overlay.ts';
import { taskOf } from './sample-task.ts';

const statuses = ['open', 'completed', 'all'] as const satisfies TaskStatus[];
const onTheWay = ['waiting', 'sending'] as const;
const forThePerson = ['conflict', 'refused'] as const;

let orders = 0;
function common(taskId: string, state: Change['state']) {
  orders += 1;
  return { id: `change-${orders}`, taskId, state, order: orders, key: `key-${orders}` };
}

function addition(
  number: number,
  state: Change['state'],
  mine: Partial<TaskContent> = {},
): Addition {
  const task = taskOf(number, mine);
  return { ...common(task.id, state), kind: 'add', mine: contentOf(task) };
}

function edit(base: Task, state: Change['state'], mine: Partial<TaskContent> = {}): Edit {
  return { ...common(base.id, state), kind: 'edit', base, mine: { ...contentOf(base), ...mine } };
}

function deletion(base: Task, state: Change['state']): Deletion {
  return { ...common(base.id, state), kind: 'delete', base, mine: contentOf(base) };
}

function titles(listed: Task[], changes: Change[], status: TaskStatus = 'all') {
  return showChanges(listed, changes, status).map(({ task }) => task.title);
}

const done = taskOf(5, { completed: true });

test.each([
  ['open', true, false],
  ['completed', false, true],
  ['all', true, true],
] as const)('the list of %s tasks', (status, open, completed) => {
  expect(belongs(taskOf(1), status)).toBe(open);
  expect(belongs(done, status)).toBe(completed);
});

test('without changes the list is the server’s', () => {
  const listed = [taskOf(3), taskOf(2), taskOf(1)];
  expect(showChanges(listed, [], 'all')).toEqual(listed.map((task) => ({ task, unsent: [] })));
});

test('the newest task comes first, wherever it came from', () => {
  const changes = [addition(4, 'waiting'), edit(taskOf(2), 'conflict'), addition(9, 'sending')];
  expect(titles([taskOf(3), taskOf(1)], changes)).toEqual([
    'Task 9',
    'Task 4',
    'Task 3',
    'Task 2',
    'Task 1',
  ]);
});

describe.each(onTheWay)('while it is %s', (state) => {
  test('a task added anew shows its own words, whatever an editor moved to it began with', () => {
    const anew = addition(1, state, { title: 'Mine' });
    const typed = { ...edit(taskOf(1, { title: 'As it was' }), 'typed'), order: 0 };
    expect(titles([], [anew, typed])).toEqual(['Mine']);
  });

  test('a new task shows among those it belongs to', () => {
    const changes = [addition(1, state), addition(2, state, { completed: true })];
    expect(titles([], changes, 'open')).toEqual(['Task 1']);
    expect(titles([], changes, 'completed')).toEqual(['Task 2']);
    expect(titles([], changes, 'all')).toEqual(['Task 2', 'Task 1']);
  });

  test('a new task shows with the time its id was made at', () => {
    const id = '019b76da-a800-7000-8000-000000000000';
    const change = { ...addition(1, state, { completed: true }), taskId: id };
    expect(showChanges([], [change], 'all')).toEqual([
      {
        task: {
          id,
          title: 'Task 1',
          description: '',
          completed: true,
          completedAt: '2026-01-01T00:00:00.000Z',
          createdAt: '2026-01-01T00:00:00.000Z',
          updatedAt: '2026-01-01T00:00:00.000Z',
          version: 0,
        },
        unsent: [change],
      },
    ]);
    expect(showChanges([], [addition(1, state)], 'all')[0]?.task.completedAt).toBeNull();
  });

  test('an edit shows what the person touched, over what came from elsewhere since', () => {
    const seen = taskOf(1);
    const now = taskOf(1, { description: 'theirs', version: 7 });
    const change = edit(seen, state, { title: 'mine' });
    expect(showChanges([now], [change], 'all')).toEqual([
      { task: { ...now, title: 'mine' }, unsent: [change] },
    ]);
  });

  test.each([{ title: 'new' }, { description: 'new' }, { completed: true }])(
    'an edit of %j shows just that',
    (mine) => {
      const change = edit(taskOf(1), state, mine);
      expect(showChanges([taskOf(1)], [change], 'all')[0]?.task).toEqual({ ...taskOf(1), ...mine });
    },
  );

  test('a task moves to the list it belongs to by now', () => {
    const changes = [edit(taskOf(1), state, { completed: true })];
    expect(titles([taskOf(1)], changes, 'open')).toEqual([]);
    // That list of the server does not have it yet.
    expect(titles([], changes, 'completed')).toEqual(['Task 1']);
  });

  test('a deleted task is hidden, also from the list of a server that still has it', () => {
    const changes = [deletion(taskOf(1), state)];
    for (const status of statuses) expect(titles([taskOf(1)], changes, status)).toEqual([]);
    expect(titles([], changes)).toEqual([]);
  });

  test('a task that was added, changed and deleted is hidden', () => {
    const added = addition(1, state);
    const seen = showChanges([], [added], 'all')[0]?.task ?? taskOf(1);
    const changes = [added, edit(seen, 'waiting', { title: 'x' }), deletion(seen, 'waiting')];
    expect(titles([], changes)).toEqual([]);
  });
});

test('changes to one task show in the order in which they were made', () => {
  const first = edit(taskOf(1), 'waiting', { title: 'first', description: 'first' });
  const second = edit({ ...taskOf(1), title: 'first' }, 'waiting', { title: 'second' });
  const [item] = showChanges([taskOf(1)], [second, first], 'all');
  expect(item?.task).toMatchObject({ title: 'second', description: 'first' });
  expect(item?.unsent).toEqual([first, second]);
});

test('what is shown on top of a task changes neither it nor the change', () => {
  const [listed, change] = [Object.freeze(taskOf(1)), edit(taskOf(1), 'waiting', { title: 'x' })];
  showChanges(Object.freeze([listed]), Object.freeze([Object.freeze(change)]), 'all');
  expect(listed.title).toBe('Task 1');
});

describe.each(forThePerson)('when it is in %s', (state) => {
  test.each(statuses)(
    'a change to a task shows among the %s ones, whichever it belongs to',
    (status) => {
      const changes = [
        edit(taskOf(1), state, { title: 'mine' }),
        edit(done, state, { title: 'mine' }),
        deletion(taskOf(3), state),
      ];
      const items = showChanges([], changes, status);
      expect(items.map(({ task }) => task.id)).toEqual([done.id, taskOf(3).id, taskOf(1).id]);
      expect(items.map(({ unsent }) => unsent.length)).toEqual([1, 1, 1]);
    },
  );

  test('the task shows as the server has it', () => {
    const theirs = taskOf(1, { title: 'theirs', version: 2 });
    expect(titles([theirs], [edit(taskOf(1), state, { title: 'mine' })])).toEqual(['theirs']);
    expect(titles([theirs], [deletion(taskOf(1), state)])).toEqual(['theirs']);
  });

  test('the task stays where it is also when a later change deletes it', () => {
    const changes = [edit(taskOf(1), state, { title: 'mine' }), deletion(taskOf(1), 'waiting')];
    expect(titles([taskOf(1)], changes, 'completed')).toEqual(['Task 1']);
  });

  test('the person is asked about it, about the earliest first', () => {
    const first = edit(taskOf(1), state, { title: 'mine' });
    const waiting = edit(taskOf(1), 'waiting', { completed: true });
    expect(openQuestion([waiting, first, deletion(taskOf(1), state)])).toBe(first);
    expect(openQuestion([waiting])).toBeUndefined();
  });
});

test('a new task that was refused has a place of its own, and asks nothing in the list', () => {
  const refused = addition(1, 'refused');
  for (const status of statuses) expect(titles([], [refused], status)).toEqual([]);
  expect(openQuestion([refused])).toBeUndefined();
});

describe('what is being typed', () => {
  const typed = edit(taskOf(1), 'typed', { title: 'half a wo' });

  test('does not show in the list: it has an editor', () => {
    expect(showChanges([taskOf(1)], [typed], 'all')).toEqual([{ task: taskOf(1), unsent: [] }]);
  });

  test.each(statuses)(
    'keeps its task among the %s ones, whatever has become of the task',
    (status) => {
      expect(titles([], [typed], status)).toEqual(['Task 1']);
      expect(titles([taskOf(1, { completed: true })], [typed], status)).toEqual(['Task 1']);
      expect(titles([taskOf(1)], [typed, deletion(taskOf(1), 'waiting')], status)).toEqual([
        'Task 1',
      ]);
    },
  );

  test('keeps its task no longer than there are words that would be lost', () => {
    const untouched = edit(taskOf(1), 'typed');
    expect(titles([taskOf(1)], [untouched], 'completed')).toEqual([]);
    expect(titles([taskOf(1)], [untouched], 'open')).toEqual(['Task 1']);
  });

  test('as a new task is in its own field and not in the list', () => {
    const field = { ...addition(1, 'typed'), id: newTaskFieldId };
    expect(titles([], [field, addition(2, 'typed')])).toEqual([]);
  });
});

describe('a search', () => {
  const found = (listed: Task[], changes: Change[], status: TaskStatus = 'all') =>
    showChanges(listed, changes, status, ['milk']).map(({ task }) => task.title);
  const [milk, bread] = [taskOf(1, { title: 'Buy milk' }), taskOf(2, { title: 'Buy bread' })];

  test('has the tasks of its words and status, as the person left them', () => {
    expect(found([milk, bread], [])).toEqual(['Buy milk']);
    expect(found([milk, bread], [], 'completed')).toEqual([]);
    expect(found([milk], [edit(milk, 'waiting', { title: 'Buy bread' })])).toEqual([]);
    expect(found([], [edit(bread, 'waiting', { description: 'and milk' })])).toEqual(['Buy bread']);
    const added = [
      addition(3, 'waiting', { title: 'More milk' }),
      addition(4, 'waiting', { title: 'More bread' }),
    ];
    expect(found([], added)).toEqual(['More milk']);
  });

  test.each(forThePerson)('has every task with a change in %s, whatever its words', (state) => {
    expect(found([], [edit(bread, state, { title: 'x' })])).toEqual(['Buy bread']);
  });
});
