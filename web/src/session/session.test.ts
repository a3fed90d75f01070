import { beforeEach, describe, expect, test, vi } from 'vitest';
import { NetworkFailure } from '../api/failures.ts';
import type { AuthClient, User } from './auth-client.ts';
import { CookieRefused, createSession, type People } from './session.ts';
import type { TabMessage } from './tab-channel.ts';

const anna: User = { id: 'a', name: 'Anna', email: 'anna@example.com' };
const bert: User = { id: 'b', name: 'Bert', email: 'bert@example.com' };
const credentials = { email: anna.email, password: 'correct horse' };
const sessionEndsAt = Date.UTC(2030, 0);

/** Whose session cookie the browser holds. */
let cookie: User | undefined;
let reachable: boolean;
let answerLater: Promise<void> | undefined;
let posted: TabMessage[];
let hear: (message: TabMessage) => void;
let signsInAs: User | undefined;
let known: Map<string, { user: User; current: boolean }>;
/** When tokens were not asked for, and what was posted meanwhile. */
let turns: unknown[];
let restarts: number;
let timers: { run: () => void; milliseconds: number }[];
let unsent: boolean;

beforeEach(() => {
  cookie = undefined;
  reachable = true;
  answerLater = undefined;
  posted = [];
  signsInAs = anna;
  known = new Map();
  turns = [];
  restarts = 0;
  timers = [];
  unsent = false;
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
  async currentSession() {
    await answerLater;
    if (!reachable) throw new NetworkFailure('unreachable');
    return cookie && { user: cookie, sessionEndsAt };
  },
  async accessToken() {
    throw new Error('not used here');
  },
};

const people: People = {
  current: async () => [...known.values()].find(({ current }) => current)?.user,
  async welcome(user) {
    for (const other of known.values()) other.current = false;
    known.set(user.id, { user, current: true });
  },
  async dismiss(userId) {
    const person = known.get(userId);
    if (person) person.current = false;
  },
  async dismissAll() {
    for (const person of known.values()) person.current = false;
  },
  async forget(userId) {
    known.delete(userId);
  },
};

function open() {
  const workspaces: ReturnType<typeof workspaceOf>[] = [];
  const session = createSession({
    auth,
    people,
    channel: {
      post(message) {
        posted.push(message);
        turns.push(message);
      },
      listen: (listener) => {
        hear = listener;
      },
    },
    async openWorkspace(user) {
      const workspace = workspaceOf(user);
      workspaces.push(workspace);
      return workspace;
    },
    async withoutRenewals(userId, work) {
      turns.push(`${userId} begins`);
      const result = await work();
      turns.push(`${userId} ends`);
      return result;
    },
    restart() {
      restarts += 1;
    },
    schedule(run, milliseconds) {
      const timer = { run, milliseconds };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  return { session, workspaces };
}

const workspaceOf = (user: User) => ({
  user,
  resume: vi.fn(),
  hasUnsent: () => unsent,
  close: vi.fn(),
  leave: vi.fn(async () => undefined),
  erase: vi.fn(async () => undefined),
});

async function openAs(user: User) {
  cookie = user;
  const opened = open();
  await opened.session.load();
  const [workspace] = opened.workspaces;
  if (workspace === undefined) throw new Error('no workspace was opened');
  workspace.resume.mockClear();
  return { ...opened, workspace };
}

const statusOf = (session: ReturnType<typeof open>['session']) => session.state.get().status;

describe('opening the page', () => {
  test('a session that is there already is found, and its person remembered', async () => {
    const { session } = await openAs(anna);
    expect(session.state.get()).toMatchObject({ status: 'active', workspace: { user: anna } });
    expect(await people.current()).toEqual(anna);
  });

  test('without a session and without an issuer there is a failure that can be tried again', async () => {
    const { session } = open();
    reachable = false;
    await expect(session.load()).rejects.toBeInstanceOf(NetworkFailure);
    reachable = true;
    expect(await session.load()).toEqual({ status: 'signed-out' });
  });

  test('without an issuer it opens for the person of last time', async () => {
    await people.welcome(anna, sessionEndsAt);
    reachable = false;
    const { session, workspaces } = open();
    expect(await session.load()).toMatchObject({ status: 'renewing', workspace: { user: anna } });
    expect(workspaces[0]?.resume).toHaveBeenCalledOnce();
  });

  test('an issuer that takes long is not waited for, and believed when it answers', async () => {
    await people.welcome(anna, sessionEndsAt);
    const answer = Promise.withResolvers<void>();
    answerLater = answer.promise;
    const { session } = open();
    const loaded = session.load();
    timers[0]?.run();
    expect(await loaded).toMatchObject({ status: 'renewing' });
    answer.resolve();
    await vi.waitFor(() => expect(statusOf(session)).toBe('ended'));
  });

  test('nobody’s tasks are shown before a quick issuer has said whose session it is', async () => {
    await people.welcome(anna, sessionEndsAt);
    const { session, workspaces } = open();
    expect(await session.load()).toEqual({ status: 'signed-out' });
    expect(workspaces).toHaveLength(0);
  });

  test('once the issuer has said that nobody is signed in, it opens for nobody without one', async () => {
    await people.welcome(anna, sessionEndsAt);
    await open().session.load();
    reachable = false;
    await expect(open().session.load()).rejects.toBeInstanceOf(NetworkFailure);
  });

  test('a slow issuer is waited for where nobody was here before', async () => {
    const answer = Promise.withResolvers<void>();
    answerLater = answer.promise;
    const { session } = open();
    const loaded = session.load();
    timers[0]?.run();
    answer.resolve();
    expect(await loaded).toEqual({ status: 'signed-out' });
  });
});

describe('signing in', () => {
  test('opens the workspace and tells the other tabs', async () => {
    const { session } = open();
    await session.signIn(credentials);
    expect(session.state.get()).toMatchObject({ status: 'active', workspace: { user: anna } });
    expect(posted).toEqual([{ type: 'signed-in', userId: 'a' }]);
  });

  test('a browser that keeps no cookie is told so', async () => {
    signsInAs = undefined;
    await expect(open().session.signIn(credentials)).rejects.toBeInstanceOf(CookieRefused);
  });

  test('again as the same person goes on with the same workspace', async () => {
    const { session, workspaces, workspace } = await openAs(anna);
    session.end(workspace, 'over');
    expect(statusOf(session)).toBe('ended');
    expect(workspace.close).not.toHaveBeenCalled();
    await session.signIn(credentials);
    expect(statusOf(session)).toBe('active');
    expect(workspace.resume).toHaveBeenCalledOnce();
    expect(workspaces).toHaveLength(1);
    expect(restarts).toBe(0);
  });

  test('as another person, with nothing waiting, begins the page anew for them', async () => {
    const { session, workspace } = await openAs(anna);
    session.end(workspace, 'over');
    signsInAs = bert;
    await session.signIn({ ...credentials, email: bert.email });
    expect(workspace.close).toHaveBeenCalledOnce();
    expect(workspace.leave).toHaveBeenCalledOnce();
    expect(workspace.erase).not.toHaveBeenCalled();
    expect(restarts).toBe(1);
  });

  test('as another person, with something waiting, shows neither’s and offers both ways', async () => {
    const { session, workspace } = await openAs(anna);
    unsent = true;
    session.end(workspace, 'over');
    signsInAs = bert;
    await session.signIn({ ...credentials, email: bert.email });
    expect(statusOf(session)).toBe('someone-else');
    expect(workspace.resume).not.toHaveBeenCalled();
    expect(restarts).toBe(0);
  });

  test('the one whose work waits can come back', async () => {
    const { session, workspace } = await openAs(anna);
    unsent = true;
    cookie = bert;
    hear({ type: 'signed-in', userId: 'b' });
    await vi.waitFor(() =>
      expect(session.state.get()).toMatchObject({ status: 'someone-else', other: bert }),
    );
    await session.signIn(credentials);
    expect(statusOf(session)).toBe('active');
    expect(workspace.resume).toHaveBeenCalledOnce();
  });

  test('the other can go on: what waits stays in the browser, and the page begins anew', async () => {
    const { session, workspace } = await openAs(anna);
    unsent = true;
    cookie = bert;
    hear({ type: 'signed-in', userId: 'b' });
    await session.leave();
    expect(workspace.close).toHaveBeenCalledOnce();
    expect(workspace.leave).toHaveBeenCalledOnce();
    expect(workspace.erase).not.toHaveBeenCalled();
    expect(known.has('a')).toBe(true);
    expect(await people.current()).toBeUndefined();
    expect(restarts).toBe(1);
  });
});

describe('signing out', () => {
  test('erases everything of the person, begins anew, and tells the other tabs', async () => {
    const { session, workspace } = await openAs(anna);
    await session.signOut();
    expect(statusOf(session)).toBe('signed-out');
    expect(workspace.close).toHaveBeenCalledOnce();
    expect(workspace.erase).toHaveBeenCalledOnce();
    expect(known.size).toBe(0);
    expect(restarts).toBe(1);
    expect(posted).toEqual([{ type: 'signed-out', userId: 'a' }]);
  });

  test('is told to the other tabs before any of them can find out that the session is over', async () => {
    const { session } = await openAs(anna);
    const { signOut } = auth;
    const order: unknown[] = [];
    auth.signOut = async () => {
      order.push(...turns);
      await signOut();
    };
    await session.signOut();
    auth.signOut = signOut;
    expect(order).toEqual(['a begins']);
    expect(turns).toEqual(['a begins', { type: 'signed-out', userId: 'a' }, 'a ends']);
  });

  test('that did not reach the issuer leaves everything as it was', async () => {
    const { session, workspace } = await openAs(anna);
    reachable = false;
    await expect(session.signOut()).rejects.toBeInstanceOf(NetworkFailure);
    expect(statusOf(session)).toBe('active');
    expect(workspace.close).not.toHaveBeenCalled();
    expect(workspace.erase).not.toHaveBeenCalled();
  });

  test('in another tab does the same here, even where the session had ended', async () => {
    const { session, workspace } = await openAs(anna);
    session.end(workspace, 'over');
    hear({ type: 'signed-out', userId: 'a' });
    expect(statusOf(session)).toBe('signed-out');
    await vi.waitFor(() => expect(restarts).toBe(1));
    expect(workspace.erase).toHaveBeenCalledOnce();
  });

  test('of somebody else does nothing here', async () => {
    const { session } = await openAs(anna);
    hear({ type: 'signed-out', userId: 'b' });
    expect(statusOf(session)).toBe('active');
  });
});

describe('the end of a session', () => {
  test('leaves the workspace as it is and tells the other tabs, once', async () => {
    const { session, workspace } = await openAs(anna);
    session.end(workspace, 'over');
    expect(session.state.get()).toMatchObject({ status: 'ended', workspace: { user: anna } });
    expect(workspace.close).not.toHaveBeenCalled();
    expect(posted).toEqual([{ type: 'ended', userId: 'a' }]);
  });

  test('noticed in another tab is known here without a request', async () => {
    const { session } = await openAs(anna);
    reachable = false;
    hear({ type: 'ended', userId: 'a' });
    expect(statusOf(session)).toBe('ended');
    expect(posted).toEqual([]);
  });

  test('does not open the page for the person the next time', async () => {
    const { session, workspace } = await openAs(anna);
    session.end(workspace, 'over');
    await vi.waitFor(async () => expect(await people.current()).toBeUndefined());
  });

  test('is over in every tab when the person signs in again in one', async () => {
    const { session, workspace } = await openAs(anna);
    session.end(workspace, 'over');
    hear({ type: 'signed-in', userId: 'a' });
    await vi.waitFor(() => expect(statusOf(session)).toBe('active'));
    expect(workspace.resume).toHaveBeenCalledOnce();
  });

  test('found by looking again keeps the workspace for its person', async () => {
    const { session, workspace } = await openAs(anna);
    cookie = undefined;
    await session.recheck();
    expect(statusOf(session)).toBe('ended');
    expect(workspace.close).not.toHaveBeenCalled();
  });

  test('is not concluded from an issuer that does not answer', async () => {
    const { session } = await openAs(anna);
    reachable = false;
    await session.recheck();
    expect(statusOf(session)).toBe('active');
  });
});

describe('another person’s session', () => {
  test.each([
    ['a token of theirs', 'end'],
    ['word from another tab', 'hear'],
  ])('is taken note of by %s: the page makes way at once', async (_, way) => {
    const { session, workspace } = await openAs(anna);
    unsent = true;
    reachable = false;
    if (way === 'end') session.end(workspace, 'other-user');
    else hear({ type: 'signed-in', userId: 'b' });
    expect(statusOf(session)).toBe('someone-else');
  });

  test('found by looking again makes way too', async () => {
    const { session, workspace } = await openAs(anna);
    cookie = bert;
    await session.recheck();
    expect(workspace.leave).toHaveBeenCalledOnce();
    expect(restarts).toBe(1);
  });

  test('an answer that a later question overtook is not believed', async () => {
    const { session } = await openAs(anna);
    const answer = Promise.withResolvers<void>();
    answerLater = answer.promise;
    cookie = undefined;
    const early = session.recheck();
    cookie = anna;
    answerLater = undefined;
    const late = session.recheck();
    await late;
    cookie = undefined;
    answer.resolve();
    await early;
    expect(statusOf(session)).toBe('active');
  });
});

test('asking for a token shows as renewing, and is over with its answer or without one', async () => {
  const { session, workspace } = await openAs(anna);
  for (const outcome of ['theirs', 'no answer'] as const) {
    session.onRenewal(workspace, 'asking');
    expect(statusOf(session)).toBe('renewing');
    session.onRenewal(workspace, outcome);
    expect(statusOf(session)).toBe('active');
  }
  expect(workspace.resume).not.toHaveBeenCalled();
});

test('a token that comes late does not undo the end of the session', async () => {
  const { session, workspace } = await openAs(anna);
  session.end(workspace, 'over');
  session.onRenewal(workspace, 'theirs');
  expect(statusOf(session)).toBe('ended');
});

test('a new password makes every tab ask for a token anew', async () => {
  const { session, workspace } = await openAs(anna);
  session.announceNewPassword();
  expect(workspace.resume).toHaveBeenCalledOnce();
  expect(posted).toEqual([{ type: 'new-password', userId: 'a' }]);
  hear({ type: 'new-password', userId: 'a' });
  expect(workspace.resume).toHaveBeenCalledTimes(2);
});
