import { readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { cleanUpAtExit } from '../support/clean-up.ts';
import { request } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import {
  buildNewerPage,
  closeFronts,
  offer,
  startFront,
  underControl,
} from './support/new-version.ts';

const web = path.resolve(import.meta.dirname, '..', '..', 'web');

let server: RunningServer;
// npm start builds the page, which the other servers here then show too.
test.beforeAll(async () => {
  test.setTimeout(360_000);
  server = await startServer({ viaNpm: true });
});
test.afterAll(() => server?.stop());
test.afterEach(closeFronts);

/** Fails the test on anything that the browser complains about, refused content included. */
function expectNoComplaints(page: Page): () => void {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return () => expect(complaints).toEqual([]);
}

/** Opens an address; returns once the worker is installed and in control of the page. */
async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await underControl(page);
}

/** Everything in Cache Storage. */
function kept(page: Page): Promise<{ path: string; text: string }[]> {
  return page.evaluate(async () => {
    const found = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const { url } of await cache.keys()) {
        const text = await (await cache.match(url))?.text();
        found.push({ path: new URL(url).pathname, text: text ?? '' });
      }
    }
    return found;
  });
}

/** The addresses of the files that the page was built into, without the worker itself. */
function builtFiles(): string[] {
  return readdirSync(path.join(web, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'sw.js' && !entry.name.startsWith('.'))
    .map((entry) => path.relative(path.join(web, 'dist'), path.join(entry.parentPath, entry.name)))
    .map((name) => `/${name.replaceAll(path.sep, '/')}`)
    .sort();
}

test('after one visit the page opens with the server gone, in the same tab and in a fresh one, at any of its addresses', async ({
  page,
  context,
}) => {
  const away = await startServer();
  const noComplaints = expectNoComplaints(page);
  await visit(page, `${away.origin}/sign-in`);
  noComplaints();
  await away.stop();
  await expect(fetch(away.origin)).rejects.toThrow();

  const expectThePage = async (tab: Page, answer: Awaited<ReturnType<Page['reload']>>) => {
    expect(answer?.fromServiceWorker()).toBe(true);
    expect(await tab.title()).toContain('Ownlist');
    await expect(tab.locator('#root > *').first()).toBeAttached();
  };
  await expectThePage(page, await page.reload());
  for (const address of ['/', '/sign-up', '/?status=completed', '/no/such/page']) {
    const tab = await context.newPage();
    await expectThePage(tab, await tab.goto(away.origin + address));
  }
});

test('the worker keeps the files of the page and nothing else, whoever signed in and whatever was typed', async ({
  page,
}) => {
  const typed = ['Quentin', 'quentin@example.org', 'zephyr umbrella', 'Marmalade for Oslo'];
  const [name = '', email = '', password = '', title = ''] = typed;
  await visit(page, `${server.origin}/sign-up`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.getByLabel('New task').fill(title);
  const saved = page.waitForResponse(
    (answer) =>
      answer.url().includes('/api/users/me/tasks') &&
      answer.request().method() !== 'GET' &&
      answer.ok(),
  );
  await page.keyboard.press('Enter');
  await saved;
  await expect(page.getByRole('checkbox', { name: title })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('checkbox', { name: title })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  const files = await kept(page);
  expect(files.map((file) => file.path).sort()).toEqual(builtFiles());
  for (const word of typed) {
    expect(files.filter(({ text }) => text.includes(word))).toEqual([]);
  }
});

test('what the server answers itself comes from the server, also where the page is kept', async ({
  page,
}) => {
  await visit(page, `${server.origin}/sign-in`);
  for (const address of ['/api/docs', '/api/openapi.json', '/api/nothing', '/livez', '/readyz']) {
    const answer = await page.goto(server.origin + address);
    expect(answer?.fromServiceWorker(), address).toBe(false);
  }
});

const isNewer = async (page: Page) => (await page.locator('meta[name=newer]').count()) === 1;

test('a new version is offered in every tab, shown in none that did not ask for it, and costs nothing that was typed', async ({
  page,
  context,
}) => {
  const noComplaints = expectNoComplaints(page);
  const front = await startFront();
  const email = page.getByLabel('E-mail');
  await visit(page, `${front.origin}/sign-in`);
  await email.fill('half-written');
  const expectUntouched = async () => {
    await expect(email).toHaveValue('half-written');
    await expect(email).toBeFocused();
    expect(await isNewer(page)).toBe(false);
  };

  front.deploy(await buildNewerPage());
  const other = await openTab(context, `${front.origin}/sign-up`);
  await expect(other.getByText(offer)).toBeVisible();
  await expect(page.getByText(offer)).toBeVisible();
  expect(await isNewer(other)).toBe(false);
  // Nobody has asked yet: what is opened now is still the version that the other tabs show.
  const third = await openTab(context, `${front.origin}/sign-up`);
  await expect(third.getByText(offer)).toBeVisible();
  expect(await isNewer(third)).toBe(false);
  await third.close();
  await expectUntouched();

  await page.bringToFront();
  await page.getByRole('button', { name: 'Later' }).click();
  await expect(page.getByText(offer)).toHaveCount(0);
  await email.focus();
  await other.getByRole('button', { name: 'Reload' }).click();
  await expect(other.locator('meta[name=newer]')).toBeAttached();
  await expect(other.locator('#root > *').first()).toBeAttached();
  await expect(other.getByText(offer)).toHaveCount(0);

  // The other tab has let the new version take over, so this one is behind and says so again.
  await expect(page.getByText(offer)).toBeVisible();
  await expectUntouched();
  noComplaints();
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.locator('meta[name=newer]')).toBeAttached();
  await expect(page.getByText(offer)).toHaveCount(0);
  expect((await kept(page)).filter((file) => file.path === '/index.html')).toHaveLength(1);
  noComplaints();
});

async function openTab(context: BrowserContext, address: string): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(address);
  return tab;
}

test('a tab that is in sight again after an hour finds a new version by itself', async ({
  page,
}) => {
  const front = await startFront();
  await page.clock.install();
  await visit(page, `${front.origin}/sign-in`);
  front.deploy(await buildNewerPage());
  await page.clock.fastForward('01:00:00');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(page.getByText(offer)).toBeVisible();
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.locator('meta[name=newer]')).toBeAttached();
});

test('the page can be installed as an app', async ({ playwright }) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ownlist-profile-'));
  cleanUpAtExit({ folder });
  // A private window, as tests usually have, can install nothing.
  const context = await playwright.chromium.launchPersistentContext(folder);
  const page = await context.newPage();
  await visit(page, `${server.origin}/sign-in`);
  const browser = await context.newCDPSession(page);
  const manifest = await browser.send('Page.getAppManifest');
  expect(new URL(manifest.url).pathname).toBe('/manifest.webmanifest');
  expect(manifest.errors).toEqual([]);
  const { installabilityErrors } = await browser.send('Page.getInstallabilityErrors');
  expect(installabilityErrors).toEqual([]);
  for (const { said, shown } of await icons(page)) expect(shown).toBe(said);
  await context.close();
});

/** The sizes of the manifest's pictures, as it says them and as they are. */
function icons(page: Page): Promise<{ said: string; shown: string }[]> {
  return page.evaluate(async () => {
    const manifest = await (await fetch('/manifest.webmanifest')).json();
    const pictures: { src: string; sizes: string }[] = manifest.icons;
    return Promise.all(
      pictures
        .filter(({ sizes }) => sizes !== 'any')
        .map(async ({ src, sizes }) => {
          const { width, height } = await createImageBitmap(await (await fetch(src)).blob());
          return { said: sizes, shown: `${width}x${height}` };
        }),
    );
  });
}

test('no script can give itself a way around the rules for scripts', async ({ page }) => {
  await page.goto(`${server.origin}/sign-in`);
  await expect(page.getByLabel('E-mail')).toBeVisible();
  const refusals = await page.evaluate(async () => {
    const refused = async (attempt: () => unknown) => {
      try {
        await attempt();
        return 'allowed';
      } catch (error) {
        return (error as Error).name;
      }
    };
    const { trustedTypes } = window as unknown as {
      trustedTypes: { createPolicy(name: string, rules: object): unknown };
    };
    return {
      anotherPolicy: await refused(() => trustedTypes.createPolicy('another', {})),
      theSamePolicy: await refused(() => trustedTypes.createPolicy('service-worker', {})),
      anotherWorker: await refused(() => navigator.serviceWorker.register('/assets/other.js')),
      aWorker: await refused(() => new Worker('/sw.js')),
    };
  });
  expect(new Set(Object.values(refusals))).toEqual(new Set(['TypeError']));
});

test('browsers ask anew for what a new version is known by', async () => {
  for (const [address, type] of [
    ['/sw.js', '/javascript'],
    ['/manifest.webmanifest', 'application/manifest+json'],
    ['/index.html', 'text/html'],
    ['/', 'text/html'],
  ] as const) {
    const { status, headers } = await request(server.origin, address);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('content-type')).toContain(type);
    expect(headers.get('content-security-policy')).toContain("worker-src 'self'");
  }
});
