/** The longest search, in Unicode code points. */
export const searchMaxLength = 200;
/** The longest part of a word that is looked at, in Unicode code points. */
const wordMaxLength = 64;

// Scripts that put no spaces between words.
const unspaced =
  '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}';
/** Runs of letters and digits, of one kind of script or the other, and symbols one by one. */
const runs = new RegExp(
  `(?<unspaced>[${unspaced}ー][${unspaced}ー\\p{M}]*)|(?:(?![${unspaced}ー])[\\p{L}\\p{N}\\p{M}])+|\\p{So}`,
  'gu',
);
/** Text of which folding leaves all but the case: most is, and is told apart four times as fast. */
const ascii = /^[\t-~]*$/;
const asciiRuns = /[a-z\d]+/g;
/** What people leave out: accents, Hebrew and Arabic vowel signs, variants of emoji. */
const omitted =
  /[\u0300-\u036f]|[\u0591-\u05c7]|[\u0610-\u061a\u064b-\u065f\u0670]|[\ufe00-\ufe0f]/gu;

/**
 * The words of a text, each once, as search compares them: without case, accents and differences
 * of form (Unicode NFKD). A word is a run of letters and digits, or one symbol such as an emoji;
 * in scripts without spaces it is each character with the one after it.
 */
export function wordsOf(text: string): string[] {
  if (ascii.test(text)) return [...new Set(text.toLowerCase().match(asciiRuns)?.map(startOf))];
  const words = runsOf(text).flatMap(({ run, isUnspaced }) =>
    isUnspaced ? pairsOf(run) : [startOf(run)],
  );
  return [...new Set(words)];
}

/**
 * What a search for `query` asks of a task: for each of these, a word that begins with it. None
 * where the query has neither letter nor digit nor symbol: then nothing is found.
 */
export function searchWords(query: string): string[] {
  const words = runsOf(query).flatMap(({ run, isUnspaced }) =>
    // The last pair but one holds the last character already.
    isUnspaced ? pairsOf(run).slice(0, Math.max(1, Array.from(run).length - 1)) : [startOf(run)],
  );
  // A word that another one begins with asks for nothing more.
  return [...new Set(words)].filter(
    (word, _, all) => !all.some((other) => other !== word && other.startsWith(word)),
  );
}

/** Whether search finds a task by these words; see `searchWords`. */
export function hasWords(
  { title, description }: { title: string; description: string },
  words: readonly string[],
): boolean {
  if (words.length === 0) return false;
  const own = wordsOf(`${title}\n${description}`);
  return words.every((word) => own.some((other) => other.startsWith(word)));
}

/** Upper case first: it makes ß into ss, and ı and İ into i. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toUpperCase()
    .toLowerCase()
    .replaceAll(omitted, '')
    .replaceAll('ς', 'σ')
    .normalize('NFC');
}

function runsOf(text: string): { run: string; isUnspaced: boolean }[] {
  return [...fold(text).matchAll(runs)].map(({ 0: run, groups }) => ({
    run,
    isUnspaced: groups?.['unspaced'] !== undefined,
  }));
}

function startOf(word: string): string {
  return word.length <= wordMaxLength ? word : Array.from(word).slice(0, wordMaxLength).join('');
}

/** 東京都 has the words 東京, 京都 and 都, so that each part of it is the beginning of one. */
function pairsOf(run: string): string[] {
  const characters = Array.from(run);
  return characters.map((character, at) => character + (characters[at + 1] ?? ''));
}
