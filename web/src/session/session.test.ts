import { beforeEach, expect, test, vi } from 'vitest';
import { NetworkFailure } from '../api/failures.ts';
import type { AuthClient, User } from './auth-client.ts';
import { CookieRefused, createSession } from './session.ts';
import type { TabMessage } from './tab-channel.ts';

const anna: User = { id: 'a', name: 'Anna', email: 'anna@example.com' };
const bert: User = { id: 'b', name: 'Bert', email: 'bert@example.com' };
const credentials = { email: anna.email, password: 'correct horse' };

/** Whose session cookie the browser holds. */
let cookie: User | undefined;
let reachable: boolean;
let posted: TabMessage[];
let hear: (message: TabMessage) => void;
let signsInAs: User | undefined;

beforeEach(() => {
  cookie = undefined;
  reachable = true;
  posted = [];
  signsInAs = anna;
});

const auth: AuthClient = {
  async signUp() {
    throw new Error('not used here');
  },
  async signIn() {
    cookie = signsInAs;
  },
  async signOut() {
    if (!reachable) throw new NetworkFailure('unreachable');
    cookie = undefined;
  },
  async currentUser() {
    if (!reachable) throw new NetworkFailure('unreachable');
    return cookie;
  },
  async accessToken() {
    throw new Error('not used here');
  },
};

function open() {
  const workspaces: ReturnType<typeof workspaceOf>[] = [];
  const session = createSession({
    auth,
    channel: {
      post: (message) => posted.push(message),
      listen: (listener) => {
        hear = listener;
      },
    },
    openWorkspace(user) {
      const workspace = workspaceOf(user);
      workspaces.push(workspace);
      return workspace;
    },
  });
  return { session, workspaces };
}

const workspaceOf = (user: User) => ({ user, resume: vi.fn(), close: vi.fn() });

async function openAs(user: User) {
  cookie = user;
  const opened = open();
  await opened.session.load();
  const [workspace] = opened.workspaces;
  if (workspace === undefined) throw new Error('no workspace was opened');
  return { ...opened, workspace };
}

test('a session that is there already is found', async () => {
  const { session } = await openAs(anna);
  expect(session.state.get()).toMatchObject({ status: 'signed-in', workspace: { user: anna } });
});

test('an issuer out of reach is a failure that can be tried again', async () => {
  const { session } = open();
  reachable = false;
  await expect(session.load()).rejects.toBeInstanceOf(NetworkFailure);
  reachable = true;
  expect(await session.load()).toEqual({ status: 'signed-out' });
});

test('signing in opens the workspace and tells the other tabs', async () => {
  const { session } = open();
  await session.signIn(credentials);
  expect(session.state.get()).toMatchObject({ status: 'signed-in' });
  expect(posted).toEqual([{ type: 'signed-in', userId: 'a' }]);
});

test('a browser that keeps no cookie is told so', async () => {
  signsInAs = undefined;
  await expect(open().session.signIn(credentials)).rejects.toBeInstanceOf(CookieRefused);
});

test('signing out closes the workspace and tells the other tabs', async () => {
  const { session, workspace } = await openAs(anna);
  await session.signOut();
  expect(session.state.get()).toEqual({ status: 'signed-out' });
  expect(workspace.close).toHaveBeenCalledOnce();
  expect(posted).toEqual([{ type: 'signed-out', userId: 'a' }]);
});

test('a sign-out that did not reach the issuer leaves everything as it was', async () => {
  const { session, workspace } = await openAs(anna);
  reachable = false;
  await expect(session.signOut()).rejects.toBeInstanceOf(NetworkFailure);
  expect(session.state.get().status).toBe('signed-in');
  expect(workspace.close).not.toHaveBeenCalled();
});

test('signing in again as the same user goes on with the same workspace', async () => {
  const { session, workspaces, workspace } = await openAs(anna);
  session.end(workspace, 'over');
  expect(session.state.get().status).toBe('ended');
  expect(workspace.close).not.toHaveBeenCalled();
  await session.signIn(credentials);
  expect(workspace.resume).toHaveBeenCalledOnce();
  expect(workspaces).toHaveLength(1);
});

test('signing in as another user closes the workspace that was waiting', async () => {
  const { session, workspace } = await openAs(anna);
  session.end(workspace, 'over');
  signsInAs = bert;
  await session.signIn({ ...credentials, email: bert.email });
  expect(workspace.close).toHaveBeenCalledOnce();
  expect(workspace.resume).not.toHaveBeenCalled();
  expect(session.state.get()).toMatchObject({ status: 'signed-in', workspace: { user: bert } });
});

test('a cookie that has become another user’s closes the workspace', async () => {
  const { session, workspace } = await openAs(anna);
  cookie = bert;
  session.end(workspace, 'other-user');
  expect(session.state.get().status).toBe('ended');
  await vi.waitFor(() => expect(session.state.get().status).toBe('signed-in'));
  expect(workspace.close).toHaveBeenCalledOnce();
});

test('signing out in another tab closes the workspace here, even when it was waiting', async () => {
  const { session, workspace } = await openAs(anna);
  session.end(workspace, 'over');
  hear({ type: 'signed-out', userId: 'a' });
  expect(session.state.get()).toEqual({ status: 'signed-out' });
  expect(workspace.close).toHaveBeenCalledOnce();
});

test('somebody else signing in in another tab closes the workspace before any answer', async () => {
  const { session, workspace } = await openAs(anna);
  cookie = bert;
  reachable = false;
  hear({ type: 'signed-in', userId: 'b' });
  expect(session.state.get()).toEqual({ status: 'signed-out' });
  expect(workspace.close).toHaveBeenCalledOnce();
});

test('the same user signing in in another tab wakes this one', async () => {
  const { session, workspace } = await openAs(anna);
  session.end(workspace, 'over');
  hear({ type: 'signed-in', userId: 'a' });
  await vi.waitFor(() => expect(session.state.get().status).toBe('signed-in'));
  expect(workspace.resume).toHaveBeenCalledOnce();
});

test('a session found gone on looking again keeps the workspace for its user', async () => {
  const { session, workspace } = await openAs(anna);
  cookie = undefined;
  await session.recheck();
  expect(session.state.get().status).toBe('ended');
  expect(workspace.close).not.toHaveBeenCalled();
});

test('looking again without an answer changes nothing', async () => {
  const { session } = await openAs(anna);
  reachable = false;
  await session.recheck();
  expect(session.state.get().status).toBe('signed-in');
});
