import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
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
 * Answers that are never sent without `headers`, whatever sends them; and those that end in one turn
 * of the event loop are sent at its end, one right after another. Where they come apart, a reader on
 * the same machine falls asleep between them, and to wake it takes the sender as long as to send.
 */
export function answersWith(headers: Record<string, string>): Answers {
  const always = new Map(Object.entries(headers));
  let pairs = [...always].flat();
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

    override writeHead(status: number, ...rest: unknown[]): this {
      const [own] = rest;
      // How Fastify sends what is no stream: nothing was set before.
      if (rest.length === 1 && isObject(own) && this.getHeaderNames().length === 0) {
        const all: OutgoingHttpHeader[] = pairs.slice();
        for (const name in own) {
          const value = own[name];
          if (value !== undefined) all.push(name, value);
        }
        return super.writeHead(status, all);
      }
      this.setHeaders(always);
      return super.writeHead(status, ...(rest as [OutgoingHttpHeaders]));
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
      always.set('connection', 'close');
      pairs = [...always].flat();
    },
  };
}

function isObject(value: unknown): value is OutgoingHttpHeaders {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
