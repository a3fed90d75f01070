import {
  type IncomingMessage,
  ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const newest = Symbol('newest answer');

/** A connection, with the answer to the newest request on it while that is not sent. */
type Connection = Duplex & { [newest]?: ServerResponse | undefined };

/**
 * The answer to the newest request of a connection. `undefined` once it is sent: an idle connection
 * has nothing to keep of it, which with its headers is 5 KB.
 */
export function newestAnswer(connection: Connection): ServerResponse | undefined {
  return connection[newest];
}

/** The answers of a server. What is done here for each of them costs less than a hook would. */
export interface Answers {
  /** What `createServer` makes them of. */
  Answer: typeof ServerResponse;
  /** Makes every answer from now on the last one of its connection (RFC 9112 §9.6). */
  endConnections(): void;
}

/**
 * How Node writes the head of every answer: the headers behind the first line. It is in no
 * documentation; `answers.test.ts` holds it to that.
 */
interface HeadStoring {
  _storeHeader(firstLine: string, headers: unknown): void;
}
const { _storeHeader: storeHead } = ServerResponse.prototype as unknown as HeadStoring;

/**
 * Answers that are never sent without the headers `always`, whatever sends them, nor without those of
 * `whileOpen` where their connection stays open. None of them may set one of these by itself: they
 * are checked and put together once (for each answer that took 8 % of an unchanged list).
 *
 * Those that end in one turn of the event loop are sent at its end, one right after another. Where
 * they come apart, a reader on the same machine falls asleep between them, and to wake it takes the
 * sender as long as to send.
 */
export function answersWith(
  always: Record<string, string>,
  whileOpen: Record<string, string>,
): Answers {
  const linesOfLast = linesOf(always);
  const lines = linesOfLast + linesOf(whileOpen);
  let isEnding = false;
  let ended: { answer: Answer; args: unknown[] }[] = [];

  const sendAll = () => {
    const all = ended;
    ended = [];
    for (const { answer, args } of all) {
      try {
        answer.send(args);
      } catch (error) {
        // It is of this one alone: those behind it are sent.
        answer.destroy(error as Error);
      }
    }
  };

  class Answer extends ServerResponse {
    constructor(...args: ConstructorParameters<typeof ServerResponse<IncomingMessage>>) {
      super(...args);
      const connection: Connection = this.req.socket;
      connection[newest] = this;
    }

    _storeHeader(firstLine: string, own: unknown): void {
      if (isEnding) this.shouldKeepAlive = false;
      const all = firstLine + (this.shouldKeepAlive ? lines : linesOfLast);
      storeHead.call(this as unknown as HeadStoring, all, own);
    }

    override end(...args: unknown[]): this {
      if (ended.push({ answer: this, args }) === 1) setImmediate(sendAll);
      return this;
    }

    send(args: unknown[]): void {
      super.end(...(args as []));
    }

    override detachSocket(socket: Socket): void {
      super.detachSocket(socket);
      const connection: Connection = socket;
      if (connection[newest] === this) connection[newest] = undefined;
    }
  }

  return {
    Answer: Answer as typeof ServerResponse,
    endConnections() {
      isEnding = true;
    },
  };
}

/** As they are sent (RFC 9112 §5). @throws {TypeError} for what is no header. */
function linesOf(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      return `${name}: ${value}\r\n`;
    })
    .join('');
}
