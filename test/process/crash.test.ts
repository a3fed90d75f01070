import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { accessToken, request, signIn, signUp } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';

const rounds = 10;
/** Many at once, so that changes of several are one commit. */
const clients = 32;

const dataDir = mkdtempSync(join(tmpdir(), 'ownlist-crash-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test(`every acknowledged change is there after ${rounds} kills at random moments, and the server recovers each time`, async () => {
  let server = await startServer({ dataDir });
  const account = await signUp(server.origin);
  const acknowledged = new Map<string, string>();
  const sent = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    const token = await accessToken(server.origin, account.cookie);
    const before = acknowledged.size;
    // A random number of acknowledgements is a random moment of the load, however fast the machine.
    await changeUntilKilled(server, token, { acknowledged, sent }, randomInt(1, 400));
    expect(acknowledged.size).toBeGreaterThan(before);
    server = await startServer({
      dataDir,
      port: server.port,
      env: { BETTER_AUTH_SECRET: server.secret },
    });
    // The session survives too: it was acknowledged before the crash.
    expect((await signIn(server.origin, account)).cookie).not.toBe('');
  }
  const stored = await everyTask(server, await accessToken(server.origin, account.cookie));
  await server.stop();
  // A change that was sent and not answered may have been made, or not.
  const lost = [...acknowledged].filter(
    ([id, title]) => stored.get(id) !== title && stored.get(id) !== (sent.get(id) ?? title),
  );
  expect(lost).toEqual([]);
  expect(stored.size).toBeGreaterThanOrEqual(acknowledged.size);
});

interface Titles {
  /** The last title of each task that was answered for. */
  acknowledged: Map<string, string>;
  /** The last title that was sent for a task that is there. */
  sent: Map<string, string>;
}

/** Several clients create and change as fast as they can, until an answer pulls the trigger. */
async function changeUntilKilled(
  server: RunningServer,
  token: string,
  { acknowledged, sent }: Titles,
  killAfter: number,
): Promise<void> {
  let count = 0;
  let killed: Promise<void> | undefined;
  const send = async (path: string, options: object, status: number) => {
    const answer = await request(server.origin, `/api/users/me/tasks${path}`, {
      token,
      ...options,
    }).catch(
      () => undefined, // The connection died with the server: nothing was acknowledged.
    );
    if (answer === undefined) return undefined;
    expect(answer.status).toBe(status);
    acknowledged.set(answer.json.id, answer.json.title);
    if (++count === killAfter) killed = server.kill();
    return answer.json.id as string;
  };
  const client = async (name: number) => {
    for (let n = 0; killed === undefined; n++) {
      const id = await send('', { body: { title: `client ${name}, task ${n}` } }, 201);
      if (id === undefined) return;
      const title = `client ${name}, task ${n}, changed`;
      sent.set(id, title);
      await send(`/${id}`, { method: 'PATCH', body: { title } }, 200);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, name) => client(name)));
  await killed;
}

async function everyTask({ origin }: RunningServer, token: string): Promise<Map<string, string>> {
  const tasks = new Map<string, string>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const path: string = `/api/users/me/tasks?limit=200${cursor && `&cursor=${cursor}`}`;
    const { json } = await request(origin, path, { token });
    for (const { id, title } of json.data) tasks.set(id, title);
    cursor = json.nextCursor;
  }
  return tasks;
}
