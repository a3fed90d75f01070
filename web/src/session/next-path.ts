/**
 * Where to go after signing in: `next` where it is a path of this origin, `/` for anything else.
 * Refused are other origins in every spelling a browser would follow: `//host`, `/\host`, and
 * either with control characters in between, which URL parsers drop.
 */
export function nextPath(next: unknown): string {
  if (typeof next !== 'string') return '/';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the point.
  if (!/^\/(?![/\\])/.test(next) || /[\u0000-\u001f\u007f]/.test(next)) return '/';
  const origin = 'https://ownlist.invalid';
  if (!URL.canParse(next, origin)) return '/';
  const url = new URL(next, origin);
  const path = url.pathname + url.search + url.hash;
  return url.origin === origin && !path.startsWith('//') ? path : '/';
}
