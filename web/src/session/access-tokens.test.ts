import { beforeEach, describe, expect, test } from 'vitest';
import { ApiProblem, NetworkFailure, SessionEnded } from '../api/failures.ts';
import { parseProblem } from '../api/parse-problem.ts';
import { type AccessTokensOptions, createAccessTokens } from './access-tokens.ts';

const lifetimeSeconds = 300;

function tokenOf(sub: string, serial: number, iat = 1_000): string {
  const claims = btoa(JSON.stringify({ sub, iat, exp: iat + lifetimeSeconds }));
  return `header.${claims.replaceAll('=', '')}.signature${serial}`;
}

const problem = (status: number, retryAfter?: number) =>
  new ApiProblem(parseProblem({}, status, 'r1'), retryAfter);

let nowMs: number;
let requests: number;
let issue: () => Promise<string>;
let shared: string[];
let renewals: string[];
let endings: string[];
let timers: { run: () => void; milliseconds: number }[];

beforeEach(() => {
  nowMs = 50_000;
  requests = 0;
  shared = [];
  renewals = [];
  endings = [];
  timers = [];
  issue = async () => tokenOf('anna', requests);
});

function schedule(run: () => void, milliseconds: number): () => void {
  const timer = { run, milliseconds };
  timers.push(timer);
  return () => {
    timers = timers.filter((other) => other !== timer);
  };
}

function tokensOfAnna() {
  return createAccessTokens(optionsOfAnna());
}

function optionsOfAnna(): AccessTokensOptions {
  return {
    userId: 'anna',
    issue() {
      requests += 1;
      return issue();
    },
    monotonicNow: () => nowMs,
    exclusively: (work) => work(false),
    schedule,
    share: (token) => shared.push(token),
    onRenewal: (renewal) => renewals.push(renewal),
    onEnd: (reason) => endings.push(reason),
  };
}

test('a token is asked for once and kept', async () => {
  const tokens = tokensOfAnna();
  expect(await tokens.get()).toBe(await tokens.get());
  expect(requests).toBe(1);
});

test('callers at the same time share one renewal', async () => {
  const tokens = tokensOfAnna();
  const all = await Promise.all([tokens.get(), tokens.get(), tokens.get()]);
  expect(new Set(all).size).toBe(1);
  expect(requests).toBe(1);
});

test('a token is renewed at four fifths of its life, whatever its wall-clock times say', async () => {
  issue = async () => tokenOf('anna', requests, 4_000_000_000);
  const tokens = tokensOfAnna();
  const first = await tokens.get();
  nowMs += 239_000;
  expect(await tokens.get()).toBe(first);
  nowMs += 2_000;
  expect(await tokens.get()).not.toBe(first);
  expect(requests).toBe(2);
});

test('a token that still lives is used while renewing fails', async () => {
  const tokens = tokensOfAnna();
  const first = await tokens.get();
  issue = () => Promise.reject(new NetworkFailure('unreachable'));
  nowMs += 250_000;
  expect(await tokens.get()).toBe(first);
  nowMs += 60_000;
  await expect(tokens.get()).rejects.toBeInstanceOf(NetworkFailure);
});

test('callers that ask again and again after a failure cause a bounded number of requests', async () => {
  issue = () => Promise.reject(new NetworkFailure('unreachable'));
  const tokens = tokensOfAnna();
  for (let second = 0; second < 60; second += 1) {
    await expect(tokens.get()).rejects.toBeInstanceOf(NetworkFailure);
    await expect(tokens.get()).rejects.toBeInstanceOf(NetworkFailure);
    nowMs += 1_000;
  }
  expect(requests).toBeLessThan(10);
});

test('Retry-After is waited for', async () => {
  issue = () => Promise.reject(problem(429, 40));
  const tokens = tokensOfAnna();
  await expect(tokens.get()).rejects.toMatchObject({ retryAfterSeconds: 40 });
  nowMs += 39_000;
  await expect(tokens.get()).rejects.toBeInstanceOf(ApiProblem);
  expect(requests).toBe(1);
  issue = async () => tokenOf('anna', requests);
  nowMs += 2_000;
  await tokens.get();
  expect(requests).toBe(2);
});

test('a rejected token is replaced once for all who held it', async () => {
  const tokens = tokensOfAnna();
  const rejected = await tokens.get();
  const [one, other] = await Promise.all([tokens.renew(rejected), tokens.renew(rejected)]);
  expect(one).not.toBe(rejected);
  expect(other).toBe(one);
  expect(await tokens.renew(rejected)).toBe(one);
  expect(requests).toBe(2);
});

test('an issuer that answers 401 has ended the session, and is asked no more', async () => {
  issue = () => Promise.reject(problem(401));
  const tokens = tokensOfAnna();
  for (let time = 0; time < 3; time += 1) {
    await expect(tokens.get()).rejects.toEqual(new SessionEnded('over'));
  }
  expect(requests).toBe(1);
  expect(endings).toEqual(['over']);
  issue = async () => tokenOf('anna', 1);
  tokens.forget();
  expect(await tokens.get()).toBe(tokenOf('anna', 1));
});

test('a session that the API says is over asks for no more tokens', async () => {
  const tokens = tokensOfAnna();
  await tokens.get();
  expect(tokens.end()).toEqual(new SessionEnded('over'));
  await expect(tokens.get()).rejects.toBeInstanceOf(SessionEnded);
  expect(requests).toBe(1);
  expect(endings).toEqual(['over']);
});

test('a fresh token is told to the other tabs, and one they were given is used here', async () => {
  const tokens = tokensOfAnna();
  const mine = await tokens.get();
  expect(shared).toEqual([mine]);
  nowMs += 250_000;
  tokens.adopt(tokenOf('anna', 7));
  expect(await tokens.get()).toBe(tokenOf('anna', 7));
  expect(requests).toBe(1);
});

test('a tab that waits for its turn takes the token another one was given meanwhile', async () => {
  const turn = Promise.withResolvers<void>();
  const tokens = createAccessTokens({
    ...optionsOfAnna(),
    exclusively: async (work) => {
      await turn.promise;
      return work(true);
    },
  });
  const token = tokens.get();
  tokens.adopt(tokenOf('anna', 9));
  turn.resolve();
  expect(await token).toBe(tokenOf('anna', 9));
  expect(requests).toBe(0);
});

describe('a tab whose turn comes before the word of the tab that had its own', () => {
  const tokensAfterWaiting = () =>
    createAccessTokens({ ...optionsOfAnna(), exclusively: (work) => work(true) });

  test('takes the token that arrives', async () => {
    const tokens = tokensAfterWaiting();
    const token = tokens.get();
    tokens.adopt(tokenOf('anna', 9));
    expect(await token).toBe(tokenOf('anna', 9));
    expect(requests).toBe(0);
    expect(timers).toEqual([]);
  });

  test('asks for one itself where none arrives in half a second', async () => {
    const token = tokensAfterWaiting().get();
    expect(timers.map(({ milliseconds }) => milliseconds)).toEqual([500]);
    expect(requests).toBe(0);
    timers[0]?.run();
    expect(await token).toBe(tokenOf('anna', 1));
  });

  test('asks for none once the session has ended', async () => {
    const tokens = tokensAfterWaiting();
    const token = tokens.get();
    tokens.end();
    await expect(token).rejects.toBeInstanceOf(SessionEnded);
    expect(requests).toBe(0);
    expect(endings).toEqual(['over']);
  });
});

test.each([
  ['another user’s token', () => tokenOf('bert', 1)],
  ['what is no token', () => 'no token'],
])('%s from another tab is left alone', async (_, token) => {
  const tokens = tokensOfAnna();
  tokens.adopt(token());
  expect(await tokens.get()).toBe(tokenOf('anna', 1));
});

test('a token that the API refused does not come back from another tab', async () => {
  const tokens = tokensOfAnna();
  const rejected = await tokens.get();
  issue = () => Promise.reject(new NetworkFailure('unreachable'));
  await expect(tokens.renew(rejected)).rejects.toBeInstanceOf(NetworkFailure);
  tokens.adopt(rejected);
  await expect(tokens.get()).rejects.toBeInstanceOf(NetworkFailure);
});

test('it is told when the issuer is asked, and what became of it', async () => {
  const tokens = tokensOfAnna();
  await tokens.get();
  nowMs += 250_000;
  issue = () => Promise.reject(new NetworkFailure('timeout'));
  await tokens.get();
  expect(renewals).toEqual(['asking', 'theirs', 'asking', 'no answer']);
});

test('a token can be asked for that the issuer gave lately, and the old one serves without it', async () => {
  const tokens = tokensOfAnna();
  const first = await tokens.get();
  nowMs += 20_000;
  expect(await tokens.get(30_000)).toBe(first);
  nowMs += 20_000;
  const second = await tokens.get(30_000);
  expect(second).not.toBe(first);
  nowMs += 40_000;
  issue = () => Promise.reject(new NetworkFailure('unreachable'));
  expect(await tokens.get(30_000)).toBe(second);
  issue = () => Promise.reject(problem(401));
  nowMs += 20_000;
  await expect(tokens.get(30_000)).rejects.toBeInstanceOf(SessionEnded);
});

test('it says how long a token lasts before it is to be renewed', async () => {
  const tokens = tokensOfAnna();
  expect(tokens.dueInMs()).toBe(0);
  await tokens.get();
  expect(tokens.dueInMs()).toBe(240_000);
  nowMs += 250_000;
  expect(tokens.dueInMs()).toBe(0);
});

test('a token of another user is never handed out', async () => {
  issue = async () => tokenOf('bert', 1);
  await expect(tokensOfAnna().get()).rejects.toMatchObject({ reason: 'other-user' });
});

test('an answer that is no token is a failure of the network', async () => {
  issue = async () => 'no token';
  await expect(tokensOfAnna().get()).rejects.toMatchObject({ kind: 'unreadable' });
});

test('a renewal that was under way when all was forgotten leaves nothing behind', async () => {
  const answer = Promise.withResolvers<string>();
  issue = () => answer.promise;
  const tokens = tokensOfAnna();
  const early = tokens.get();
  tokens.forget();
  answer.resolve(tokenOf('anna', 1));
  await early;
  issue = async () => tokenOf('anna', 2);
  expect(await tokens.get()).toBe(tokenOf('anna', 2));
});
