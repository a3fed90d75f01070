import type { Problem } from '../../../src/contract/problem.ts';
import { type NewTask, type Task, type TaskPatch, taskETag } from '../../../src/contract/task.ts';
import { type Api, createApi } from '../api/client.ts';
import { ApiProblem, NetworkFailure, SessionEnded } from '../api/failures.ts';
import { parseProblem } from '../api/parse-problem.ts';
import type { Outgoing } from '../api/send.ts';
import { taskOf } from './sample-task.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** A request as it arrived. */
export interface Arrival {
  method: Method;
  taskId: string;
  body: NewTask & TaskPatch;
  ifMatch: string | undefined;
  key: string | undefined;
}

/** What becomes of a request on its way; an object is answered in place of the server. */
export type Mishap =
  | 'request lost'
  | 'answer lost'
  | 'session over'
  /** As when the page closes and aborts it. */
  | 'given up'
  | ({ status: number; retryAfterSeconds?: number } & Partial<Problem>);

/** A change that was made to the tasks, by whichever request. */
export interface Deed {
  method: Method;
  taskId: string;
  body: NewTask & TaskPatch;
}

/**
 * The part of the API that keeps tasks, in memory: client-made ids, versions, If-Match and
 * Idempotency-Keys as the real one has them, and a road to it on which anything can happen.
 */
export function fakeServer() {
  const tasks = new Map<string, Task>();
  const answers = new Map<string, { request: string; answer: Task | undefined }>();
  const underWay = new Set<string>();
  const arrivals: Arrival[] = [];
  const deeds: Deed[] = [];
  let version = 0;
  let mishaps: Mishap[] = [];
  let always: (arrival: Arrival) => Mishap | undefined = () => undefined;
  let held: Promise<void> | undefined;
  let session: 'on' | 'over' | 'known to be over' = 'on';

  function store(task: Task): Task {
    version += 1;
    const stored = { ...task, version };
    tasks.set(task.id, stored);
    return stored;
  }

  async function send(outgoing: Outgoing): Promise<unknown> {
    const arrival = readArrival(outgoing);
    arrivals.push(arrival);
    const mishap = mishaps.shift() ?? always(arrival);
    if (mishap !== undefined && mishap !== 'answer lost') {
      await held;
      throw failureOf(mishap);
    }
    if (session !== 'on') throw problemOf({ status: 401, code: 'token_revoked' });
    const answer = once(arrival);
    if (mishap !== 'answer lost') return answer;
    await answer.catch(() => undefined);
    throw new NetworkFailure('timeout');
  }

  async function once(arrival: Arrival): Promise<Task | undefined> {
    const { key, ...request } = arrival;
    const name = `${arrival.method} ${key}`;
    if (underWay.has(name)) {
      throw problemOf({ status: 409, code: 'idempotency_in_flight', retryAfterSeconds: 1 });
    }
    underWay.add(name);
    try {
      await held;
      const earlier = answers.get(name);
      if (earlier && earlier.request !== JSON.stringify(request)) {
        throw problemOf({ status: 422, code: 'idempotency_key_reused' });
      }
      const answer = earlier ? earlier.answer : carryOut(arrival);
      if (key !== undefined) answers.set(name, { request: JSON.stringify(request), answer });
      return answer;
    } finally {
      underWay.delete(name);
    }
  }

  function carryOut(arrival: Arrival): Task | undefined {
    const { method, taskId, body } = arrival;
    if (method === 'POST') {
      if (tasks.has(taskId)) throw problemOf({ status: 409, code: 'task_exists' });
      deeds.push({ method, taskId, body });
      return store({ ...taskOf(0), ...body, id: taskId });
    }
    const task = tasks.get(taskId);
    if (task === undefined) throw problemOf({ status: 404, code: 'not_found' });
    if (method === 'GET') return task;
    if (arrival.ifMatch !== undefined && arrival.ifMatch !== taskETag(task)) {
      throw problemOf({ status: 412, code: 'version_stale', current: task });
    }
    deeds.push({ method, taskId, body });
    if (method === 'PATCH') return store({ ...task, ...body });
    tasks.delete(taskId);
    return undefined;
  }

  async function token(): Promise<string> {
    if (session !== 'known to be over') return 'token';
    throw new SessionEnded('over');
  }

  const api: Api = createApi({
    send,
    tokens: {
      get: token,
      renew() {
        if (session === 'over') session = 'known to be over';
        return token();
      },
      end: () => new SessionEnded('over'),
    },
    signal: new AbortController().signal,
  });

  return {
    api,
    /** Every request that was sent, arrived or not. */
    arrivals,
    /** What was done to the tasks, once for each time that it was done. */
    deeds,
    tasks: () => [...tasks.values()],
    titles: () => [...tasks.values()].map(({ title }) => title),
    task: (id: string) => tasks.get(id),
    /** Puts a task there, or changes one, as another device does. */
    put: (task: Task) => store(task),
    /** Deletes a task, as another device does. */
    drop: (id: string) => tasks.delete(id),
    /** What the next requests meet, one each. */
    meet(...next: Mishap[]) {
      mishaps = next;
    },
    /** What every request meets from now on. */
    always(mishap: Mishap | undefined | typeof always) {
      always = typeof mishap === 'function' ? mishap : () => mishap;
    },
    /** Lets what has arrived wait until the returned function is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return () => {
        held = undefined;
        resolve();
      };
    },
    /** As after the day for which keys are remembered. */
    forgetKeys: () => answers.clear(),
    endSession() {
      session = 'over';
    },
    signInAgain() {
      session = 'on';
    },
  };
}

function readArrival({ method, path, headers = {}, body }: Outgoing): Arrival {
  const given = (body ?? {}) as NewTask & TaskPatch; // What createApi was given for this route.
  return {
    method: method as Method, // One of the four that the route table has.
    taskId: path.match(/\/tasks\/(.+)$/)?.[1] ?? given.id ?? '',
    body: given,
    ifMatch: headers['If-Match'],
    key: headers['Idempotency-Key'],
  };
}

function failureOf(mishap: Exclude<Mishap, 'answer lost'>): Error {
  if (mishap === 'request lost') return new NetworkFailure('unreachable');
  if (mishap === 'given up') return new DOMException('The page has closed.', 'AbortError');
  return mishap === 'session over' ? new SessionEnded('over') : problemOf(mishap);
}

/** A problem as the server would answer it. */
function problemOf(members: Exclude<Mishap, string>): ApiProblem {
  const { retryAfterSeconds, ...problem } = members;
  return new ApiProblem(parseProblem(problem, problem.status, 'request-1'), retryAfterSeconds);
}
