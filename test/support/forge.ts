import { createHmac } from 'node:crypto';

/** A part of a token: text as it stands, or a value as JSON. */
export const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** Signs any two parts with HMAC-SHA-256, well-formed or not, whatever the header says. */
export function forge(header: unknown, payload: unknown, secret: string | Buffer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}
