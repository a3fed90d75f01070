import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binary } from '../../scripts/runtime.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');

/** The file is in no project that this one may see (with it comes TS6059: not under `rootDir`). */
const otherSide = 'TS6307';
/** The name leads to src/wall.d.ts, which is not a module. */
const walledPackage = 'TS2306';

const forbidden = [
  edge('src/api', '../issuer/wall-target.ts', otherSide),
  edge('src/api', '../wall-target.ts', otherSide),
  edge('src/api', 'better-auth', walledPackage),
  edge('src/api', 'better-auth/plugins', walledPackage),
  edge('src/api', '@better-auth/core', walledPackage),
  edge('src/issuer', '../api/wall-target.ts', otherSide),
  edge('src/issuer', '../wall-target.ts', otherSide),
  edge('src/db', '../api/wall-target.ts', otherSide),
  edge('src/db', '../issuer/wall-target.ts', otherSide),
  edge('src/contract', '../api/wall-target.ts', otherSide),
  edge('src/contract', '../issuer/wall-target.ts', otherSide),
  edge('src/contract', '../db/wall-target.ts', otherSide),
  edge('src/contract', 'fastify', walledPackage),
  edge('src/contract', 'kysely', walledPackage),
  edge('src/contract', 'better-auth', walledPackage),
  edge('src/contract', 'node:fs', walledPackage),
  edge('src/contract', 'fs', walledPackage),
  edge('web/src', '../../src/api/wall-target.ts', otherSide),
  edge('web/src', '../../src/issuer/wall-target.ts', otherSide),
  edge('web/src', '../../src/db/wall-target.ts', otherSide),
  edge('web/src', '../../src/wall-target.ts', otherSide),
];

/** What each side may import; were these refused too, the refusals above would prove nothing. */
const allowed = [
  edge('src/api', '../contract/wall-target.ts'),
  edge('src/api', '../db/wall-target.ts'),
  edge('src/api', 'fastify'),
  edge('src/issuer', '../contract/wall-target.ts'),
  edge('src/issuer', '../db/wall-target.ts'),
  edge('src/issuer', 'better-auth'),
  edge('src/db', 'kysely'),
  edge('src/contract', './wall-target.ts'),
  edge('src/contract', 'typebox'),
  edge('web/src', '../../src/contract/wall-target.ts'),
  edge('web/src', 'react'),
];

const targets = ['src', 'src/api', 'src/issuer', 'src/db', 'src/contract'];
const projects = ['src/contract', 'src/db', 'src/api', 'src/issuer', 'web'];

interface Edge {
  from: string;
  to: string;
  /** The file that holds the import. */
  probe: string;
  code: string | undefined;
}

function edge(from: string, to: string, code?: string): Edge {
  const name = to.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '');
  return { from, to, probe: `${from}/probe-${name}.ts`, code };
}

let copy: string;
let diagnostics: string[];

beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'ownlist-wall-'));
  copyTree(copy);
  for (const folder of targets) {
    write(`${folder}/wall-target.ts`, 'export const target = 1;\n');
  }
  for (const { probe, to } of [...forbidden, ...allowed]) {
    write(probe, `import * as target from '${to}';\nexport const probe: unknown = target;\n`);
  }
  diagnostics = compile(copy);
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** The sources only: everything is compiled anew. */
function copyTree(folder: string): void {
  for (const name of ['src', 'web', 'package.json', 'tsconfig.base.json']) {
    cpSync(path.join(root, name), path.join(folder, name), {
      recursive: true,
      filter: (source) => source !== path.join(root, 'web', 'dist'),
    });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
}

function write(name: string, text: string): void {
  const file = path.join(copy, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function compile(folder: string): string[] {
  const tsc = binary(root, 'typescript', 'tsc') ?? '';
  const { stdout } = spawnSync(process.execPath, [tsc, '-b', '--pretty', 'false', ...projects], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((line) => /error TS\d+/.test(line));
}

describe('the compiler refuses', () => {
  test.each(forbidden)('an import of $to in $from', ({ probe, code }) => {
    const codes = diagnostics
      .filter((line) => line.startsWith(`${probe}(`))
      .map((line) => /TS\d+/.exec(line)?.[0]);
    expect(codes).toContain(code);
  });
});

describe('the compiler accepts', () => {
  test.each(allowed)('an import of $to in $from', ({ probe }) => {
    expect(diagnostics.filter((line) => line.startsWith(probe))).toEqual([]);
  });
});
