import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyContent, anyTask } from './arbitrary-change.ts';
import { contentOf, type Deletion, type Edit, sameContent, taskFields } from './change.ts';
import { contestedFields, contradicts, editOfNothing, merge, onTop } from './merge.ts';
import { taskOf } from './sample-task.ts';

/** Holds for whatever mine, base and theirs may be. */
function always(
  law: (...sides: [mine: Content, base: Content, theirs: Content]) => void,
): () => void {
  return () => fc.assert(fc.property(anyContent, anyContent, anyContent, law));
}
type Content = ReturnType<typeof contentOf>;

test(
  'whoever changed nothing gets what the other one wrote',
  always((mine, base) => {
    expect(merge(mine, base, base)).toEqual({ content: mine, contested: [] });
    expect(merge(base, base, mine)).toEqual({ content: mine, contested: [] });
  }),
);

test(
  'two who wrote the same agree',
  always((mine, base) => {
    expect(merge(mine, base, mine)).toEqual({ content: mine, contested: [] });
  }),
);

test(
  'a field is contested only where both sides changed it, to something different',
  always((mine, base, theirs) => {
    const both = taskFields.filter(
      (field) =>
        mine[field] !== base[field] &&
        theirs[field] !== base[field] &&
        mine[field] !== theirs[field],
    );
    expect(merge(mine, base, theirs).contested).toEqual(both);
  }),
);

test(
  'every field is one of the two, and one’s own wherever one touched it',
  always((mine, base, theirs) => {
    const { content } = merge(mine, base, theirs);
    for (const field of taskFields) {
      expect(content[field]).toBe(mine[field] === base[field] ? theirs[field] : mine[field]);
    }
  }),
);

test(
  'merging what was merged changes nothing',
  always((mine, base, theirs) => {
    const { content } = merge(mine, base, theirs);
    expect(merge(content, theirs, theirs)).toEqual({ content, contested: [] });
  }),
);

test(
  'whether a task is completed is never contested',
  always((mine, base, theirs) => {
    expect(merge(mine, base, theirs).contested).not.toContain('completed');
  }),
);

const task = taskOf(1, { title: 'old', description: 'old' });
const edit: Edit = {
  id: 'edit',
  taskId: task.id,
  kind: 'edit',
  state: 'sending',
  order: 1,
  key: 'key',
  base: task,
  mine: { title: 'mine', description: 'old', completed: false },
};
const deletion: Deletion = { ...edit, kind: 'delete', mine: contentOf(task) };

test('the contested fields are those the person is asked about', () => {
  const theirs = { ...task, title: 'theirs', description: 'theirs' };
  expect(contestedFields(edit.mine, task, theirs)).toEqual(['title']);
});

test('an edit is contradicted by other words for the same field', () => {
  expect(contradicts(edit, { ...task, title: 'theirs' })).toBe(true);
  expect(contradicts(edit, { ...task, description: 'theirs', completed: true })).toBe(false);
});

test.each(['title', 'description', 'completed'] as const)(
  'a deletion is contradicted by a %s the person has not seen',
  (field) => {
    const changed = { ...task, [field]: field === 'completed' ? true : 'new', version: 2 };
    expect(contradicts(deletion, changed)).toBe(true);
    expect(contradicts(deletion, { ...task, version: 2 })).toBe(false);
  },
);

test('on top of what a task has become, a change wants the same as before', () => {
  fc.assert(
    fc.property(anyContent, anyTask, anyTask, (mine, base, theirs) => {
      const moved = onTop({ ...edit, base, mine }, theirs);
      expect(moved).toEqual({ ...edit, base: theirs, mine: merge(mine, base, theirs).content });
    }),
  );
});

test('an addition whose task is there asks about its title alone, where it is another', () => {
  fc.assert(
    fc.property(anyTask, fc.string({ minLength: 1 }), (found, title) => {
      fc.pre(found.title !== '');
      const { base: _, ...rest } = edit;
      const mine = { title, description: '', completed: false };
      const asEdit = editOfNothing({ ...rest, kind: 'add', mine }, found);
      expect(contradicts(asEdit, found)).toBe(found.title !== title);
      expect(sameContent(onTop(asEdit, found).mine, { ...found, title })).toBe(true);
    }),
  );
});
