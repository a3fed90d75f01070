/** Work that is done again and again, and never twice at a time. */
export interface Refresh {
  /** Does it now, or joins in what is under way. */
  now: () => Promise<void>;
  /** What is under way, if anything. */
  underWay: () => Promise<void> | undefined;
  close: () => void;
}

/**
 * Does `work` from now on: at once, then after as many milliseconds as each round resolves to. It
 * does not keep the process alive.
 * @param work It handles its own failures; what it is given says when to stop.
 */
export function startRefresh(work: (stop: AbortSignal) => Promise<number>): Refresh {
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;

  const begin = async () => {
    const nextMs = await work(closing.signal);
    round = undefined;
    if (!closing.signal.aborted) timer = setTimeout(now, nextMs).unref();
  };
  const now = (): Promise<void> => {
    clearTimeout(timer);
    round ??= begin();
    return round;
  };
  void now();
  return {
    now,
    underWay: () => round,
    close: () => {
      closing.abort();
      clearTimeout(timer);
    },
  };
}
