import { ApiProblem, NetworkFailure } from './failures.ts';
import { parseProblem } from './parse-problem.ts';

const timeoutMs = 15_000;

export interface Outgoing {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Whether the session cookie goes along: only to the issuer, never to the API. */
  cookies: boolean;
  /** How long the server may hold its answer back, in seconds (RFC 7240 §4.3). */
  waitSeconds?: number | undefined;
  signal?: AbortSignal | undefined;
}

export type Send = (outgoing: Outgoing) => Promise<unknown>;

/**
 * Sends one request and gives the JSON of a 2xx answer, undefined for an empty one. Throws
 * ApiProblem for every other answer, NetworkFailure when none came within 15 seconds and those that
 * it was to wait, and the signal's own reason when the caller gave up.
 */
export function createSend(fetchFunction: typeof fetch): Send {
  return async function send(outgoing) {
    const deadline = AbortSignal.timeout(timeoutMs + (outgoing.waitSeconds ?? 0) * 1_000);
    try {
      const response = await fetchFunction(outgoing.path, requestInit(outgoing, deadline));
      const text = await response.text();
      if (response.ok) return text === '' ? undefined : readJson(text);
      throw toProblem(response, text);
    } catch (error) {
      if (error instanceof ApiProblem || error instanceof NetworkFailure) throw error;
      if (outgoing.signal?.aborted) throw error;
      throw new NetworkFailure(deadline.aborted ? 'timeout' : 'unreachable', error);
    }
  };
}

function requestInit(outgoing: Outgoing, deadline: AbortSignal): RequestInit {
  const { waitSeconds } = outgoing;
  const init: RequestInit = {
    method: outgoing.method,
    headers: {
      Accept: 'application/json, application/problem+json',
      ...(waitSeconds !== undefined && { Prefer: `wait=${waitSeconds}` }),
      ...outgoing.headers,
    },
    credentials: outgoing.cookies ? 'same-origin' : 'omit',
    cache: 'no-store',
    // Nothing under /api redirects: whoever does is a network in between.
    redirect: 'error',
    signal: outgoing.signal ? AbortSignal.any([outgoing.signal, deadline]) : deadline,
  };
  if (outgoing.body !== undefined) init.body = JSON.stringify(outgoing.body);
  return init;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NetworkFailure('unreadable', error);
  }
}

function toProblem(response: Response, text: string): ApiProblem {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Not JSON: parseProblem says what can be said.
  }
  const requestId = response.headers.get('X-Request-Id') ?? '';
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new ApiProblem(
    parseProblem(json, response.status, requestId),
    Number.isFinite(retryAfter) ? Math.max(0, Math.ceil(retryAfter)) : undefined,
  );
}
