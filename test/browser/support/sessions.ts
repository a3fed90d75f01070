import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BrowserContext, Locator, Page } from '@playwright/test';
import { request, signIn } from '../../support/client.ts';
import type { RunningServer } from '../../support/server.ts';
import type { Person } from './people.ts';

/** Past the renewal of an access token, which lives 5 minutes, and past its end. */
export const pastRenewal = '05:30';

/** Lets the sessions of a person run out at the server, as a month without a visit does. */
export function expireSessions({ dataDir }: RunningServer, { userId }: Person): void {
  const accounts = new DatabaseSync(path.join(dataDir, 'accounts.db'), { timeout: 5_000 });
  accounts
    .prepare('update session set expiresAt = ? where userId = ?')
    .run(new Date(Date.now() - 60_000).toISOString(), userId);
  accounts.close();
}

/** Ends every session of a person, as they do from a device that is signed in after that. */
export async function endSessions({ origin }: RunningServer, person: Person): Promise<void> {
  const { cookie } = await signIn(origin, person);
  const headers = { cookie, origin };
  for (const path of ['revoke-other-sessions', 'sign-out']) {
    const { status, text } = await request(origin, `/api/auth/${path}`, { body: {}, headers });
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  }
}

/** A network that lets no request wait: the page is not told of the end of its session. */
export async function leaveUntold(page: Page): Promise<void> {
  await page.route('**/api/users/me/session', (route) => route.fulfill({ status: 204 }));
}

/**
 * The requests to the API and the issuer, as `POST /api/…`, from now on; without those that wait to
 * be told of the end of the session.
 */
export function recordRequests(from: Page | BrowserContext): string[] {
  const asked: string[] = [];
  // Both tell of requests alike; their overloads do not meet in a union.
  (from as Page).on('request', (sent) => {
    const { pathname } = new URL(sent.url());
    if (pathname === '/api/users/me/session') return;
    if (pathname.startsWith('/api/')) asked.push(`${sent.method()} ${pathname}`);
  });
  return asked;
}

/** Those of the requests that change a task. */
export function writesAmong(asked: readonly string[]): string[] {
  return asked.filter((line) => /^(POST|PATCH|DELETE) \/api\/users\//.test(line));
}

/** Those that ask for an access token. */
export function tokensAmong(asked: readonly string[]): string[] {
  return asked.filter((line) => line === 'GET /api/auth/token');
}

/** The dialog over the page of somebody whose session has ended. */
export function sessionDialog(page: Page): Locator {
  return page.getByRole('dialog', { name: 'Your session ended' });
}

/** Gives the password where the page asks for it; the address is filled in already. */
export async function giveThePassword(page: Page, { password }: Person): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Resolves when what the page has asked for before is known to have been asked for. */
export async function caughtUp(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await (await fetch('/livez', { cache: 'no-store' })).text();
  });
}

/** All that somebody could read of the page: the title bar, the document, and every field. */
export function everythingOn(page: Page): Promise<string> {
  return page.evaluate(() => {
    const fields = [...document.querySelectorAll('input, textarea')] as HTMLInputElement[];
    const values = fields.map(({ value }) => value);
    return [document.title, document.documentElement.outerHTML, ...values].join('\n');
  });
}
