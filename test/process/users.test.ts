import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, accessToken, cookieHeader, request } from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { everyRowOfFiles, everyRowOfPostgres, type Row } from './every-row.ts';

const main = path.resolve(import.meta.dirname, '../../dist/main.js');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Starts the operator's command in a folder that has the settings in its `.env`. `said` resolves
 * when it has written that, and `ended` when it is over.
 */
function operate(cwd: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, 'users', ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }));
  });
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  const said = (words: string) =>
    new Promise<void>((resolve, reject) => {
      child.stdout.on('data', () => {
        if (output.stdout.includes(words)) resolve();
      });
      void ended.then(({ stderr }) => reject(new Error(`It ended before: ${stderr}`)));
    });
  return { ended, said, kill: () => child.kill('SIGKILL') };
}

let clients = 0;

interface Person {
  email: string;
  password: string;
  id: string;
}
interface Device {
  cookie: string;
  token: string;
}

describe.each(['SQLite', 'PostgreSQL'] as const)('on %s', (kind) => {
  let folder: string;
  let postgres: Postgres | undefined;
  let databaseUrl = '';
  let server: RunningServer;
  let ann: Person;
  let bob: Person;
  let bobs: Device;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ownlist-users-'));
    if (kind === 'PostgreSQL') {
      postgres = await startPostgres();
      databaseUrl = await postgres.createDatabase();
    }
    writeFileSync(path.join(folder, '.env'), `DATABASE_URL=${databaseUrl}\n`);
    // The data folder and the secret are those that a start has by itself, and so are the limits.
    server = await startServer({
      cwd: folder,
      env: {
        DATA_DIR: undefined,
        BETTER_AUTH_SECRET: undefined,
        RATE_LIMIT: undefined,
        TRUSTED_PROXIES: '127.0.0.1, ::1',
      },
    });
  });
  afterAll(async () => {
    await server?.stop();
    await postgres?.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    [ann, bob] = [await signUp('ann'), await signUp('bob')];
    bobs = await signIn(bob);
  });

  const users = (...args: string[]) => operate(folder, args).ended;
  const done = async (...args: string[]) => {
    const { code, stdout, stderr } = await users(...args);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  /** A request to the issuer as from a client of its own, whom nobody else's attempts slow down. */
  const auth = (name: string, body: object): Promise<Answer> => {
    const client = `2001:db8:${(++clients).toString(16)}::1`;
    return request(server.origin, `/api/auth${name}`, {
      body,
      headers: { origin: server.origin, 'x-forwarded-for': client },
    });
  };
  async function signUp(name: string): Promise<Person> {
    const email = `${name}-${clients}@example.org`;
    const { json } = await auth('/sign-up/email', { name, email, password: `${name} has one` });
    return { email, password: `${name} has one`, id: json.user.id };
  }
  const attempt = ({ email, password }: { email: string; password: string }) =>
    auth('/sign-in/email', { email, password });
  async function signIn(person: Person): Promise<Device> {
    const cookie = cookieHeader((await attempt(person)).headers);
    return { cookie, token: await accessToken(server.origin, cookie) };
  }
  const tasks = ({ token }: Device, options = {}) =>
    request(server.origin, '/api/users/me/tasks', { token, ...options });
  const tokenFor = ({ cookie }: Device) =>
    request(server.origin, '/api/auth/token', { headers: { cookie } });
  const seen = ({ status, json }: Answer) => [status, { ...json, requestId: '' }];

  const refusals = (devices: Device[]) =>
    Promise.all(devices.map((device) => tasks(device).then(({ json }) => json.code)));
  const expectRefusedWithinTwoSeconds = (devices: Device[]) =>
    expect
      .poll(() => refusals(devices), { timeout: 2_000, interval: 50 })
      .toEqual(devices.map(() => 'token_revoked'));

  const everyRow = (): Promise<Row[]> | Row[] =>
    postgres === undefined
      ? everyRowOfFiles(path.join(folder, 'data'))
      : everyRowOfPostgres(postgres.adminUrl, databaseUrl);
  /** What any store has of a person. Counts of requests come and go by the clock. */
  const rowsOf = async ({ id, email }: Person) =>
    (await everyRow()).filter(({ text }) => text.includes(id) || text.includes(email));
  const lastingRowsOf = async (person: Person) =>
    (await rowsOf(person)).filter(({ table }) => !table.endsWith('rate_counts'));

  test('a ban ends every session with its tokens within two seconds, without a restart, until it is taken back', async () => {
    const devices = [await signIn(ann), await signIn(ann)];
    for (const device of devices) await tasks(device, { body: { title: "Ann's" } });
    expect(await refusals(devices)).toEqual([undefined, undefined]);

    expect(await done('ban', ann.email.toUpperCase())).toContain(
      `${ann.email} is banned. Sessions that were ended: 2.\n`,
    );
    await expectRefusedWithinTwoSeconds(devices);
    for (const device of devices) expect((await tokenFor(device)).status).toBe(401);
    const right = await attempt(ann);
    expect([right.status, right.json.code]).toEqual([403, 'USER_BANNED']);
    expect(right.headers.getSetCookie()).toEqual([]);
    const [wrong, unknown] = [
      await attempt({ ...ann, password: 'not the password' }),
      await attempt({ ...ann, email: 'nobody@example.org' }),
    ];
    expect(wrong.status).toBe(401);
    expect(seen(wrong)).toEqual(seen(unknown));
    expect((await tasks(bobs)).status).toBe(200);

    const listed = await done('list');
    expect(listed).toMatch(
      new RegExp(`^${ann.email}  signed up \\d{4}-\\d\\d-\\d\\d  banned$`, 'm'),
    );
    expect(listed).toMatch(new RegExp(`^${bob.email}  signed up \\d{4}-\\d\\d-\\d\\d$`, 'm'));
    expect(await done('ban', ann.email)).toContain('Sessions that were ended: 0.\n');

    expect(await done('unban', ann.email)).toBe(`${ann.email} is not banned, and may sign in.\n`);
    await done('unban', ann.email);
    const again = await signIn(ann);
    expect((await tasks(again)).json.data).toHaveLength(2);
    // What was ended stays so.
    expect(await refusals(devices)).toEqual(['token_revoked', 'token_revoked']);
  });

  test('a deletion is made only when it is confirmed, and says what it would erase', async () => {
    const device = await signIn(ann);
    await tasks(device, { body: { title: "Ann's" } });
    const before = await lastingRowsOf(ann);
    const { code, stdout, stderr } = await users('delete', ann.email);
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      `This would erase the account ${ann.email}, its sessions and its tasks (1), for good. To do that: npm run users -- delete ${ann.email} --yes\n`,
    ]);
    expect(await lastingRowsOf(ann)).toEqual(before);
    expect((await tasks(device)).status).toBe(200);
  });

  test('a deletion leaves no row of the person, also when it was killed halfway and run again, and none of another is touched', async () => {
    const device = await signIn(ann);
    for (const one of [device, bobs]) {
      const headers = { 'idempotency-key': 'a-key' };
      await tasks(one, { body: { title: 'A task' }, headers });
    }
    // Were less of her found before, finding nothing after would prove less.
    const tablesOf = async () => new Set((await rowsOf(ann)).map(({ table }) => table));
    // Among them the counts of her requests, and on PostgreSQL the words of her tasks.
    const tables = kind === 'SQLite' ? 7 : 8;
    await expect.poll(async () => (await tablesOf()).size, { timeout: 5_000 }).toBe(tables);
    const [anns, before] = [await lastingRowsOf(ann), await lastingRowsOf(bob)];

    const command = operate(folder, ['delete', ann.email, '--yes']);
    await command.said('Waiting');
    command.kill();
    expect((await command.ended).code).toBeNull();
    await expectRefusedWithinTwoSeconds([device]);
    expect((await attempt(ann)).json.code).toBe('USER_BANNED');
    expect((await lastingRowsOf(ann)).length).toBe(anns.length - 1);

    const said = await done('delete', ann.email, '--yes');
    expect(said).toContain(
      `Erasing the account ${ann.email}, its sessions and its tasks (1).\n${ann.email} is banned. Sessions that were ended: 0.\n`,
    );
    expect(said).toMatch(new RegExp(`\nErased everything of ${ann.email}\\.\n$`));
    expect(await rowsOf(ann)).toEqual([]);
    expect(await lastingRowsOf(bob)).toEqual(before);
    expect((await tasks(bobs)).json.data).toHaveLength(1);

    expect(await refusals([device])).toEqual(['token_revoked']);
    expect((await tokenFor(device)).status).toBe(401);
    expect(seen(await attempt(ann))).toEqual(
      seen(await attempt({ ...ann, email: 'nobody@example.org' })),
    );
    const again = await users('delete', ann.email, '--yes');
    expect([again.code, again.stderr]).toEqual([
      1,
      `There is no account with the address ${ann.email}.\n`,
    ]);

    // The address is free: whoever has it now begins with nothing.
    const { json } = await auth('/sign-up/email', { ...ann, name: 'Another Ann' });
    expect(json.user.id).not.toBe(ann.id);
    expect((await tasks(await signIn(ann))).json.data).toEqual([]);
  });

  test('a deletion leaves nothing of what a token put in while servers still took it', async () => {
    const device = await signIn(ann);
    const write = async () => (await tasks(device, { body: { title: 'One more' } })).status;
    expect(await write()).toBe(201);
    const command = operate(folder, ['delete', ann.email, '--yes']);
    await command.said('Erasing');
    while ((await write()) !== 401);
    expect((await command.ended).code).toBe(0);
    expect(await rowsOf(ann)).toEqual([]);
  });
});

describe('the command', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ownlist-users-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const fails = async (args: string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await operate(folder, args, env).ended;
    expect([code, stdout]).toEqual([1, '']);
    return stderr;
  };

  test('says how it is used', async () => {
    expect(await fails(['remove', 'ann@example.org'])).toMatch(
      /^Usage:\n(?: {2}npm run users -- \w+.*\n){4}$/,
    );
  });

  test('refuses wrong settings as a start does', async () => {
    expect(await fails(['list'], { PORT: 'http', RATE_LIMIT: 'no' })).toMatch(
      /^The configuration is not valid:\n {2}- PORT is .*\n {2}- RATE_LIMIT is .*\n$/,
    );
  });

  test('makes no empty store of a folder that has none', async () => {
    const dataDir = path.join(folder, 'data');
    expect(await fails(['list'], { DATA_DIR: dataDir })).toBe(
      `There are no accounts in the data folder ${dataDir}. Set DATA_DIR to that of the server, or start it once.\n`,
    );
    expect(existsSync(dataDir)).toBe(false);
    mkdirSync(dataDir);
    writeFileSync(path.join(dataDir, 'accounts.db'), 'not a database');
    expect(await fails(['list'], { DATA_DIR: dataDir })).toMatch(
      /^The store .* is damaged .*restore/,
    );
  });

  test('names a PostgreSQL that does not answer', async () => {
    const url = `postgres://me:hunter2@localhost:${await freePort()}/db`;
    const stderr = await fails(['list'], { DATA_DIR: folder, DATABASE_URL: url });
    expect(stderr).toMatch(/^PostgreSQL at localhost:\d+ cannot be used .*ECONNREFUSED/);
    expect(stderr).not.toContain('hunter2');
  });

  test('is for those who have the accounts', async () => {
    const env = { ROLE: 'api', BETTER_AUTH_SECRET: 'b5N0hVq2mX8cZ1rT7wKd4yLs9aGf3jEu' };
    expect(await fails(['list'], env)).toMatch(/^ROLE=api has no accounts\..*the issuer/);
  });

  describe('beside a server', () => {
    let server: RunningServer;
    beforeEach(async () => {
      server = await startServer({ dataDir: folder });
    });
    afterEach(() => server.stop());

    test('runs by npm, and knows addresses alone', async () => {
      const body = { name: '\u001b[31mred', email: 'ann@example.org', password: 'long enough' };
      const headers = { origin: server.origin };
      await request(server.origin, '/api/auth/sign-up/email', { body, headers });
      const { status, stdout } = spawnSync('npm', ['run', '--silent', 'users', '--', 'list'], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: folder },
      });
      expect(status).toBe(0);
      expect(stdout).toMatch(/^ann@example\.org {2}signed up \d{4}-\d\d-\d\d\n1 account\n$/);
      expect(await fails(['ban', 'red'], { DATA_DIR: folder })).toBe(
        'There is no account with the address red.\n',
      );
    });

    test.each(['guard', 'accounts'])(
      'says to run it again when the store %s was locked for too long, and that finishes it',
      async (store) => {
        const body = { name: 'Ann', email: 'ann@example.org', password: 'long enough' };
        const headers = { origin: server.origin };
        await request(server.origin, '/api/auth/sign-up/email', { body, headers });
        await request(server.origin, '/api/auth/sign-in/email', { body, headers });
        const locked = new DatabaseSync(path.join(folder, `${store}.db`));
        locked.exec('begin immediate');
        const env = { DATA_DIR: folder };
        expect(await fails(['ban', 'ann@example.org'], env)).toBe(
          'A store does not answer (database is locked). Run this again to finish it.\n',
        );
        locked.exec('rollback');
        locked.close();
        const { code, stdout } = await operate(folder, ['ban', 'ann@example.org'], env).ended;
        expect([code, stdout]).toEqual([0, expect.stringContaining('were ended: 1.')]);
      },
    );
  });
});
