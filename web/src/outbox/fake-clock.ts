/** A clock for tests: time passes when a test says so. */
export function fakeClock() {
  let nowMs = 0;
  let timers: { atMs: number; run: () => void }[] = [];

  function takeDue(untilMs: number) {
    const [first] = timers.toSorted((one, other) => one.atMs - other.atMs);
    if (first === undefined || first.atMs > untilMs) return undefined;
    timers = timers.filter((timer) => timer !== first);
    return first;
  }

  return {
    now: () => nowMs,
    /** What is to come, in milliseconds from now. */
    due: () => timers.map(({ atMs }) => atMs - nowMs),
    schedule(run: () => void, milliseconds: number): () => void {
      const timer = { atMs: nowMs + milliseconds, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    /** Runs what falls due, in its order, and lets all that it sets going come to rest. */
    async pass(milliseconds: number): Promise<void> {
      const untilMs = nowMs + milliseconds;
      await quiet();
      for (let timer = takeDue(untilMs); timer; timer = takeDue(untilMs)) {
        nowMs = timer.atMs;
        timer.run();
        await quiet();
      }
      nowMs = untilMs;
    },
  };
}

/** Resolves when all work that waits for nothing but other work is done. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
