#!/usr/bin/env node
// @ts-check
// What the npm scripts call: `node scripts/run.mjs COMMAND [arguments]`. It runs on the
// machine's own Node, before anything is installed: plain JavaScript without packages.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, page, server } from './build.mjs';
import { Interrupted, run, start } from './child.mjs';
import { install } from './install.mjs';
import { binary, nodeTooOld, runtimeEnv } from './runtime.mjs';
import { check, soak, test } from './steps.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** The server as it is built, and the operator's commands. */
const program = path.join(server.built, 'main.js');

/** @type {Record<string, (args: string[]) => Promise<number>>} */
const commands = {
  async build() {
    await build(await prepare({ development: false }));
    return 0;
  },

  async start(args) {
    const workshop = await prepare({ development: false });
    await build(workshop);
    const { runtime, env } = workshop;
    return (await run(runtime, [program, ...args], { cwd: root, env: withCompileCache(env) })).code;
  },

  'rotate-secret': (args) => runForOperator('rotate-secret', args),

  users: (args) => runForOperator('users', args),

  'prepare-database': (args) => runForOperator('prepare-database', args),

  backup: (args) => runForOperator('backup', args),

  restore: (args) => runForOperator('restore', args),

  migrate: (args) => runForOperator('migrate', args),

  async dev(args) {
    const { runtime, env } = await prepare({ development: true });
    const api = start(runtime, ['--watch', '--watch-preserve-output', 'src/main.ts', ...args], {
      cwd: root,
      stdio: 'inherit',
      env: developmentEnv(env),
    });
    const web = start(runtime, [binary(root, 'vite', 'vite') ?? '', 'web'], {
      cwd: root,
      stdio: 'inherit',
      env,
    });
    try {
      return (await Promise.race([api.ended, web.ended])).code;
    } finally {
      api.stop();
      web.stop();
      await Promise.allSettled([api.ended, web.ended]);
    }
  },

  async check() {
    return check(await prepare({ development: true }));
  },

  async mutate(args) {
    const { runtime, env } = await prepare({ development: true });
    const stryker = binary(root, '@stryker-mutator/core', 'stryker') ?? '';
    return (await run(runtime, [stryker, 'run', ...args], { cwd: root, env })).code;
  },

  async bench(args) {
    const workshop = await prepare({ development: true });
    await ensureBuilt(server, workshop);
    const { runtime, env } = workshop;
    return (await run(runtime, ['bench/main.ts', ...args], { cwd: root, env })).code;
  },

  async test() {
    const workshop = await prepare({ development: true });
    await ensureBuilt(page, workshop);
    return test(workshop);
  },

  async 'test:soak'() {
    return soak(await prepare({ development: true }));
  },
};

/**
 * A command of the server's own program that is not its start.
 *
 * @param {string} command
 * @param {string[]} args
 */
async function runForOperator(command, args) {
  const workshop = await prepare({ development: false });
  await ensureBuilt(server, workshop);
  const { runtime, env } = workshop;
  return (await run(runtime, [program, command, ...args], { cwd: root, env })).code;
}

/** @param {Parameters<typeof ensureBuilt>[1]} workshop */
async function build(workshop) {
  await ensureBuilt(page, workshop);
  await ensureBuilt(server, workshop);
}

/** @param {{ development: boolean }} options */
async function prepare(options) {
  const { runtime } = await install(root, options);
  return { root, runtime, env: runtimeEnv(root, runtime, process.env) };
}

/**
 * In development the browser talks to Vite, which passes on what is not the page.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function developmentEnv(env) {
  const webPort = env['WEB_PORT'] ?? '5173';
  return {
    PORT: '3000',
    DATA_DIR: './data',
    BETTER_AUTH_URL: `http://localhost:${webPort}`,
    ...env,
  };
}

/**
 * Node keeps what it compiled between starts, types stripped, where this folder can be written to.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function withCompileCache(env) {
  const folder = path.join(root, '.cache', 'compile');
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    return env;
  }
  return { NODE_COMPILE_CACHE: folder, ...env };
}

async function main() {
  const [command = '', ...args] = process.argv.slice(2);
  const tooOld = nodeTooOld(process.versions.node);
  if (tooOld) throw new Error(tooOld);
  const wanted = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!wanted) throw new Error(`Usage: node scripts/run.mjs ${Object.keys(commands).join('|')}`);
  return wanted(args);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof Interrupted) {
    process.exitCode = error.code;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
