/** The encodings of `secret` that are in `bytes`: a cursor, for one, is base64url. */
export function tracesOf(secret: string, bytes: string): string[] {
  const seen = bytes.toLowerCase();
  const exact: [string, string][] = base64Cores(secret).flatMap((core) => [
    ['base64', core],
    ['base64url', core.replaceAll('+', '-').replaceAll('/', '_')],
  ]);
  const anyCase: [string, string][] = [
    ['plain', secret],
    ['percent', encodeURIComponent(secret)],
    ['hex', Buffer.from(secret).toString('hex')],
    ['JSON', JSON.stringify(secret).slice(1, -1)],
  ];
  return [
    ...exact.filter(([, form]) => bytes.includes(form)),
    ...anyCase.filter(([, form]) => seen.includes(form.toLowerCase())),
  ].map(([encoding]) => encoding);
}

/**
 * What is the same in the base64 of every text that holds `secret`: three bytes are four
 * characters (RFC 4648 §4), so there are three ways for it to lie, each with neighbours at its ends.
 */
function base64Cores(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((whole.length * 8) / 6);
    return whole.toString('base64').slice(from, to);
  });
}
