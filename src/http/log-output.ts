/**
 * A destination of log lines on standard output. The lines of one turn of the event loop are
 * written together: to write costs more than to make one. What is left when the process ends by
 * itself is written then.
 */
export function logOutput(output: NodeJS.WritableStream = process.stdout): {
  write: (line: string) => void;
} {
  let pending = '';
  const flush = () => {
    const lines = pending;
    pending = '';
    process.off('exit', flush);
    output.write(lines);
  };
  return {
    write(line) {
      if (pending === '') {
        setImmediate(flush);
        process.once('exit', flush);
      }
      pending += line;
    },
  };
}
