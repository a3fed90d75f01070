/** The longest a browser's timer counts correctly: a longer one would fire at once. */
const longestMs = 2 ** 31 - 1;

/** Calls back after so many milliseconds, unless the returned function is called before. */
export function schedule(run: () => void, milliseconds: number): () => void {
  const timer = setTimeout(run, Math.min(milliseconds, longestMs));
  return () => clearTimeout(timer);
}
