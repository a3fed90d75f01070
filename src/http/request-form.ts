import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../contract/problem-error.ts';

/**
 * The path and query of a request target. The absolute form (RFC 9112 §3.2.2) has to be taken, and
 * its authority is no more believed than `Host`: nothing behind this sees it.
 */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const rest = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/is.exec(target)?.[1];
  if (rest === undefined) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * Refuses what Node's parser lets through although it is not HTTP/1.0 or 1.1, and a request with
 * several `Host` headers, or none where it has to have one (RFC 9112 §2.3, §3.2).
 * @throws {ProblemError} `request_malformed`
 */
export function requireWellFormed({ httpVersion, rawHeaders }: IncomingMessage): void {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    throw new ProblemError('request_malformed', 'Use HTTP/1.1 or HTTP/1.0.');
  }
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    // On every request: most names need no lower case to be told from it.
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    throw new ProblemError('request_malformed', 'Send exactly one Host header.');
  }
}
