/** What a server has logged as a failure of its own, by everything it wrote so far. */
export function faults(output: string): string[] {
  return output.split('\n').filter((line) => /"level":[56]0/.test(line) && !isFromTheIssuer(line));
}

/** Better Auth calls an error what a client got wrong too. */
function isFromTheIssuer(line: string): boolean {
  return line.includes('"from":"better-auth"');
}
