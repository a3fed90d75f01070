/** Every token of JSON text but white space, numbers and literals: RFC 8259 §2, §7. */
const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

/**
 * Parses JSON text whose objects name no member twice, at any depth. RFC 7515 §4 and RFC 7519 §4
 * let a verifier refuse such text: two parsers could read two different claims from it.
 * @throws {SyntaxError} for text that is not JSON, and for a member that is named twice.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  refuseRepeatedMembers(text);
  return value;
}

/** `text` is known to be JSON, so a string before a colon is the name of a member. */
function refuseRepeatedMembers(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      // Escapes are undone: "a" and "\u0061" are one name.
      const name: string = JSON.parse(last);
      const names = open.at(-1);
      if (names?.has(name)) throw new SyntaxError('A member is named twice');
      names?.add(name);
    }
    last = token;
  }
}
