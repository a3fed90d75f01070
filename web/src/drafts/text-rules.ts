import {
  descriptionMaxLength,
  storablePattern,
  titleMaxLength,
  visiblePattern,
} from '../../../src/contract/task.ts';

const visible = new RegExp(visiblePattern, 'u');
const storable = new RegExp(storablePattern, 'u');

/** What the contract would refuse in this title, for people; undefined when it is good. */
export function titleProblem(title: string): string | undefined {
  if (title.trim() === '') return 'Write a title first.';
  const excess = codePoints(title) - titleMaxLength;
  if (excess > 0) {
    return `A title has at most ${titleMaxLength} characters: this is ${excess} too many.`;
  }
  return visible.test(title) ? undefined : 'This title holds a character that cannot be saved.';
}

/** What the contract would refuse in this description, for people; undefined when it is good. */
export function descriptionProblem(description: string): string | undefined {
  const excess = codePoints(description) - descriptionMaxLength;
  if (excess > 0) {
    return `A description has at most ${descriptionMaxLength} characters: this is ${excess} too many.`;
  }
  return storable.test(description)
    ? undefined
    : 'This description holds a character that cannot be saved.';
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
