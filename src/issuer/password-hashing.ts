import { APIError } from 'better-auth/api';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { letHashingGiveWay } from './give-way.ts';

/** Of the four threads that libuv has: the others stay for files and for the names of hosts. */
const runningMax = 2;
/** Whoever comes after these would wait longer than people do. */
const waitingMax = 100;
const retryAfterSeconds = '2';

interface PasswordHashing {
  hash: (password: string) => Promise<string>;
  verify: (given: { hash: string; password: string }) => Promise<boolean>;
}

/** Better Auth's own scrypt, which Node runs on its threads, off the event loop. */
const stock: PasswordHashing = { hash: hashPassword, verify: verifyPassword };

/**
 * Hashes a few passwords at a time, in the order in which they come: each costs 32 MiB and a twentieth of a
 * second of a processor. When many wait already the next is refused, and its answer is a 503 with
 * Retry-After, alike for every account.
 * @throws {APIError} SERVICE_UNAVAILABLE from either function.
 */
export function boundedHashing({ hash, verify }: PasswordHashing = stock): PasswordHashing {
  const waiting: (() => void)[] = [];
  let running = 0;
  let givesWay = false;

  async function bounded<T>(work: () => Promise<T>): Promise<T> {
    if (waiting.length >= waitingMax) throw tooMany();
    if (running >= runningMax) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      await promise; // Whoever ends hands the place over.
    } else running++;
    try {
      return await work();
    } finally {
      // By now the threads are there, and they stay.
      if (!givesWay) letHashingGiveWay();
      givesWay = true;
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  }
  return {
    hash: (password) => bounded(() => hash(password)),
    verify: (given) => bounded(() => verify(given)),
  };
}

function tooMany(): APIError {
  return new APIError(
    'SERVICE_UNAVAILABLE',
    { code: 'unavailable', message: 'Too many people are signing in at the moment.' },
    { 'Retry-After': retryAfterSeconds },
  );
}
