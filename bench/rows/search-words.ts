/** In every fourth title. */
export const commonWord = 'call';

const verbs = [commonWord, 'write', 'mend', 'order'];
const things = [
  'the plumber',
  'a letter',
  'the bicycle',
  'new shoes',
  'the landlord',
  'seeds',
  'the report',
];
const times = ['today', 'before lunch', 'on Monday', 'next week', 'in spring'];

/** The title of the nth task: the same in every run, and each has a number of its own. */
export function titleOf(n: number): string {
  const of = (words: readonly string[], step: number) => words[Math.floor(n / step) % words.length];
  return `${of(verbs, 1)} ${of(things, 4)} ${of(times, 28)} item${n}`;
}

/** What people type: a common word, the beginning of one, several, a rare one, one that is nowhere. */
export const queries = [
  commonWord,
  'c',
  'bicycle',
  'bicy',
  'call plumber monday',
  'write letter spring',
  'item77777',
  'item7',
  'nowhere',
];
