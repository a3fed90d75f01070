import { ApiProblem, NetworkFailure, SessionEnded } from '../api/failures.ts';
import { membersOf } from '../api/parse-problem.ts';
import type { Send } from '../api/send.ts';
import type { User } from './auth-client.ts';

/** A browser or a program that is signed in: one session of the person, without its secret. */
export interface Device {
  id: string;
  /** Whether it is the one that asks. */
  current: boolean;
  /** As it introduced itself when it signed in; empty when it did not. */
  userAgent: string;
  /** Where it signed in from, of IPv6 the network only; empty when that is not known. */
  address: string;
  signedInAt: Date;
  /** When it was last found in use. The issuer looks at most once a day. */
  seenAt: Date;
}

/** The issuer shows the devices only to a person who gave their password within the last day. */
export type DeviceList = { status: 'listed'; devices: Device[] } | { status: 'password-needed' };

export interface PasswordChange {
  currentPassword: string;
  /** 8 to 128 characters long. */
  newPassword: string;
}

export type PasswordAnswer = 'accepted' | 'wrong-password';

/**
 * What a person can do about their own account. Every call throws SessionEnded when this browser
 * holds no session any more, or one of somebody else, and otherwise what `send` throws.
 */
export interface AccountClient {
  /** The device that asks comes first, then the others, the one last in use leading. */
  listDevices(signal?: AbortSignal): Promise<DeviceList>;
  /** Signs another device out; one that is signed out already is as good. */
  endDevice(id: string): Promise<void>;
  /** Signs out every device but this one, whether or not it has been listed. */
  endOtherDevices(): Promise<void>;
  /** Begins the session of this device anew, after which the devices are listed for a day. */
  confirmPassword(password: string): Promise<PasswordAnswer>;
  /** Signs out every other device, and begins the session of this one anew. */
  changePassword(change: PasswordChange): Promise<PasswordAnswer>;
}

export interface AccountClientOptions {
  send: Send;
  /** The only person whose account is ever shown or changed. */
  user: User;
  /** Runs the work while no other tab asks the issuer for an access token. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The last of them can only be about the current password, since the new one is short enough. */
const wrongPasswordCodes = ['INVALID_EMAIL_OR_PASSWORD', 'INVALID_PASSWORD', 'PASSWORD_TOO_LONG'];

/** Speaks about sessions and passwords to Better Auth as it is mounted under /api/auth. */
export function createAccountClient(options: AccountClientOptions): AccountClient {
  const { send, user, exclusively } = options;
  function get(path: string, signal?: AbortSignal): Promise<unknown> {
    return send({ method: 'GET', path: `/api/auth/${path}`, cookies: true, signal });
  }
  function post(path: string, body: unknown): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json' };
    return send({ method: 'POST', path: `/api/auth/${path}`, headers, body, cookies: true });
  }

  /**
   * Does something with the session of this browser, once it is known to be the person's. Nothing
   * else may be under way meanwhile: the answer to a request with a cookie that has just been
   * replaced takes the new cookie away, and with it the session.
   */
  function withSession<T>(work: (sessionId: string) => Promise<T>, signal?: AbortSignal) {
    return exclusively(async () => {
      const answer = await get('get-session', signal);
      if (answer === null || answer === undefined) throw new SessionEnded('over');
      const { id } = readSession(membersOf(answer)?.['session'], user);
      try {
        return await work(id);
      } catch (error) {
        throw hasCode(error, 'UNAUTHORIZED') ? new SessionEnded('over') : error;
      }
    });
  }

  async function end(id: string): Promise<void> {
    try {
      requireTrue(await post('end-session', { id }), 'success');
    } catch (error) {
      if (!hasCode(error, 'SESSION_NOT_FOUND')) throw error;
    }
  }

  async function tryPassword(path: string, body: unknown): Promise<PasswordAnswer> {
    try {
      requireUser(await post(path, body));
      return 'accepted';
    } catch (error) {
      if (wrongPasswordCodes.some((code) => hasCode(error, code))) return 'wrong-password';
      throw error;
    }
  }

  return {
    listDevices: (signal) =>
      withSession(async (currentId) => {
        try {
          const answer = await get('list-sessions', signal);
          return { status: 'listed', devices: readDevices(answer, user, currentId) };
        } catch (error) {
          if (hasCode(error, 'SESSION_NOT_FRESH')) return { status: 'password-needed' };
          throw error;
        }
      }, signal),
    endDevice: (id) => withSession(() => end(id)),
    endOtherDevices: () =>
      withSession(async () => requireTrue(await post('revoke-other-sessions', {}), 'status')),
    confirmPassword: (password) =>
      withSession(async (replacedId) => {
        const credentials = { email: user.email, password, rememberMe: true };
        const answer = await tryPassword('sign-in/email', credentials);
        // Nobody holds it any more, and it would be listed as one more device.
        if (answer === 'accepted') await end(replacedId);
        return answer;
      }),
    changePassword: (change) => withSession(() => tryPassword('change-password', change)),
  };
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof ApiProblem && error.problem.code === code;
}

function readDevices(answer: unknown, user: User, currentId: string): Device[] {
  if (!Array.isArray(answer)) throw new NetworkFailure('unreadable');
  return answer
    .map((item) => readDevice(item, user, currentId))
    .toSorted(
      (one, other) =>
        Number(other.current) - Number(one.current) ||
        other.seenAt.getTime() - one.seenAt.getTime(),
    );
}

function readDevice(json: unknown, user: User, currentId: string): Device {
  const { id, members } = readSession(json, user);
  const { userAgent, ipAddress } = members;
  return {
    id,
    current: id === currentId,
    userAgent: typeof userAgent === 'string' ? userAgent : '',
    address: typeof ipAddress === 'string' ? ipAddress : '',
    signedInAt: readDate(members['createdAt']),
    seenAt: readDate(members['updatedAt']),
  };
}

/** A session of this person. Another tab may have signed somebody else in meanwhile. */
function readSession(json: unknown, user: User) {
  const members = membersOf(json) ?? {};
  const { id, userId } = members;
  if (typeof id !== 'string' || typeof userId !== 'string') throw new NetworkFailure('unreadable');
  if (userId !== user.id) throw new SessionEnded('other-user');
  return { id, members };
}

function readDate(value: unknown): Date {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw new NetworkFailure('unreadable');
  return date;
}

function requireUser(answer: unknown): void {
  const id = membersOf(membersOf(answer)?.['user'])?.['id'];
  if (typeof id !== 'string') throw new NetworkFailure('unreadable');
}

function requireTrue(answer: unknown, member: string): void {
  if (membersOf(answer)?.[member] !== true) throw new NetworkFailure('unreadable');
}
