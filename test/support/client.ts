import { randomBytes } from 'node:crypto';

export interface RequestOptions {
  method?: string;
  /** An access token, sent as `Authorization: Bearer`. */
  token?: string;
  /** Sent as JSON; a string is sent as it stands. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined where it is not JSON. Tests know what they expect of it. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts the shape of what it reads.
  json: any;
}

export interface Account {
  userId: string;
  email: string;
  password: string;
  /** The Cookie header of the session. */
  cookie: string;
}

export type User = Account & { token: string };

/** Sends one request, follows no redirect, and reads the whole answer. */
export async function request(
  origin: string,
  path: string,
  { method, token, body, headers }: RequestOptions = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, origin), {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Signs a new user up and in, as the page does. */
export async function signUp(
  origin: string,
  given: { email?: string; password?: string; name?: string } = {},
): Promise<Account> {
  const email = given.email ?? `user-${randomBytes(8).toString('hex')}@example.com`;
  const password = given.password ?? randomBytes(12).toString('base64url');
  const name = given.name ?? 'A test user';
  const signedUp = await auth(origin, '/sign-up/email', { email, password, name });
  const { cookie } = await signIn(origin, { email, password });
  return { userId: signedUp.json.user.id, email, password, cookie };
}

/** Begins a session of a user who has signed up. */
export async function signIn(
  origin: string,
  { email, password }: { email: string; password: string },
): Promise<{ cookie: string }> {
  const { headers } = await auth(origin, '/sign-in/email', { email, password });
  return { cookie: cookieHeader(headers) };
}

async function auth(origin: string, path: string, body: unknown): Promise<Answer> {
  // A browser always sends Origin with a POST, and Better Auth refuses one without it.
  const answer = await request(origin, `/api/auth${path}`, { body, headers: { origin } });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return answer;
}

/** What a browser would send back of the cookies that were set. */
export function cookieHeader(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ');
}

/** An access token of the session. */
export async function accessToken(origin: string, cookie: string): Promise<string> {
  const answer = await request(origin, '/api/auth/token', { headers: { cookie } });
  if (answer.status !== 200) throw new Error(`/token: ${answer.status} ${answer.text}`);
  return answer.json.token;
}
