const barWidth = 30;

/** Shows how far a long piece of work is. */
export interface Progress {
  at(label: string, done: number, total: number): void;
  /** Leaves the line, so that what is said next has one of its own. */
  end(): void;
}

/** A bar that stays in its line on a terminal; elsewhere a line for each step. */
export function showProgress(output: { isTTY?: boolean; write(text: string): unknown }): Progress {
  if (!output.isTTY) {
    return {
      at: (label, done, total) => output.write(`${label}: ${done} of ${total}\n`),
      end: () => undefined,
    };
  }
  return {
    at(label, done, total) {
      const share = total === 0 ? 1 : done / total;
      const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '.');
      // Back to the beginning of the line, and nothing is left of what was there.
      output.write(`\r\x1b[K[${bar}] ${Math.floor(share * 100)} %  ${label}`);
    },
    end: () => output.write('\n'),
  };
}
