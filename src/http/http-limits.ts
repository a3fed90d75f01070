/**
 * How long a client may take. A client that has not sent its headers, or its whole request, in
 * time is answered 408; one that neither sends nor reads anything is disconnected.
 */
export interface HttpLimits {
  /** From the first byte, or from connecting, to the end of the headers. */
  headersTimeoutMs: number;
  /** From the first byte to the end of the body. */
  requestTimeoutMs: number;
  /**
   * Without a byte in either direction, within a request or between two. One limit for both: Node
   * would make a new timer for each request and another for each pause (2 % of an unchanged list).
   */
  inactivityTimeoutMs: number;
  /** How often the first two are looked at: they are late by at most this. */
  checkIntervalMs: number;
}

/**
 * The limits in operation. Our largest request is 256 KiB: a slow phone sends that in half a
 * minute, and nobody needs ten seconds for 16 KiB of headers.
 *
 * Three knobs of Node are left alone. `maxConnections` would let whoever fills it lock everybody
 * else out, `/livez` first; a connection that sends nothing costs some kilobytes for
 * `headersTimeoutMs`. `maxRequestsPerSocket` would make busy honest clients reconnect, and hinders
 * nobody else. Headers are limited by their size (16 KiB) and number (some 1000) to a 431.
 */
export const httpLimits: HttpLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  // Longer than the idle time of common proxies (60 s), so that they never meet a closed one.
  inactivityTimeoutMs: 72_000,
  // Node looks every 30 s by default, which would make ten seconds forty.
  checkIntervalMs: 1_000,
};

/**
 * Tells a client how long a connection may be idle (RFC 2068 §19.7.1), so that it does not send a
 * request into one that is being closed. A second early, which that request may be on its way.
 */
export function keepAliveHint({ inactivityTimeoutMs }: HttpLimits): Record<string, string> {
  return { 'keep-alive': `timeout=${Math.floor(inactivityTimeoutMs / 1000) - 1}` };
}
