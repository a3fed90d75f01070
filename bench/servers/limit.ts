import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { freshFolder } from '../folder.ts';
import type { Person } from '../people.ts';
import { plainStore } from './plain-store.ts';
import { type ProcessOptions, type Server, startProcess } from './process.ts';

/** An answer as it was received, to be given again. */
export interface Recorded {
  status: number;
  headers: [name: string, value: string][];
  body: string;
}

/** What Node adds by itself, and would otherwise be there twice. */
const addedByNode = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

/** Sends one request to a server and keeps what it answers. */
export async function record(
  origin: string,
  address: string,
  init: RequestInit,
): Promise<Recorded> {
  const response = await fetch(`${origin}${address}`, init);
  const headers = [...response.headers].filter(([name]) => !addedByNode.has(name));
  return { status: response.status, headers, body: await response.text() };
}

/** The limit: a bare `node:http` server that gives one recorded answer for each method. */
export function startLimit(answers: Record<string, Recorded>): Promise<Server> {
  const folder = freshFolder();
  const file = path.join(folder, 'answers.json');
  writeFileSync(file, JSON.stringify(answers));
  return startProgram('limit', { env: { ANSWERS: file }, folder });
}

/**
 * A bare `node:http` server, on all cores, that commits, with an fsync, one write for each request.
 */
export function startOneByOne(everybody: readonly Person[]): Promise<Server> {
  const folder = freshFolder();
  const env = { STORE: plainStore(folder, everybody) };
  return startProgram('one-by-one', { env, folder, everywhere: true });
}

function startProgram(
  name: string,
  options: Pick<ProcessOptions, 'env' | 'folder' | 'everywhere'>,
): Promise<Server> {
  const program = path.join(import.meta.dirname, '..', 'programs', `${name}.ts`);
  return startProcess({ name, command: [process.execPath, program], ...options });
}
