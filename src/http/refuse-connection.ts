import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ProblemError } from '../contract/problem-error.ts';
import { newestAnswer } from './answers.ts';
import { securityHeaders } from './security-headers.ts';

/**
 * How long a refused client may go on sending before it is cut off. Without this pause the reset
 * that unread bytes cause could overtake the answer (RFC 9112 §9.6).
 */
const lingerMs = 1_000;

/**
 * Answers what never becomes a request of ours: what Node's parser refuses, what does not arrive
 * in time, and CONNECT. Answers to earlier requests on the connection go first, whole.
 */
export function refuseConnections(server: Server, origin: string): void {
  const refused = new WeakSet<Duplex>();
  const refuse = (socket: Duplex, problem: ProblemError) => {
    // Whatever else arrives until the connection is closed has its answer.
    if (refused.has(socket)) return;
    refused.add(socket);
    const answer = newestAnswer(socket);
    if (answer === undefined) return end(socket, origin, problem);
    // It is the newest request itself that cannot be read to its end, and nothing came before.
    if (!answer.req.complete && answer.socket !== null && !answer.headersSent) {
      return end(socket, origin, problem);
    }
    answer.once('close', () => {
      if (answer.writableFinished) end(socket, origin, problem);
      else socket.destroy();
    });
  };

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') socket.destroy();
    else refuse(socket, parserProblem(error.code));
  });
  server.on('connect', (request: IncomingMessage, socket) => {
    // It is no HTTP connection any more: an error of it would have no other listener.
    socket.on('error', () => socket.destroy());
    const detail = `${request.method} is not possible here.`;
    refuse(socket, new ProblemError('method_not_allowed', detail, { headers: { allow: '' } }));
  });
}

function parserProblem(code: string | undefined): ProblemError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ProblemError('headers_too_large', 'The address and headers are too large.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ProblemError('request_timeout', 'The request did not arrive in time.');
  }
  return new ProblemError('request_malformed', 'This is not a well-formed HTTP request.');
}

/** Writes the last answer of a connection, and closes it. */
function end(socket: Duplex, origin: string, problem: ProblemError): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  setTimeout(() => socket.destroy(), lingerMs).unref();
  const requestId = randomUUID();
  const body = JSON.stringify(problem.toProblem({ origin, path: '/', requestId }));
  const headers = {
    ...securityHeaders(origin),
    ...problem.headers,
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    date: new Date().toUTCString(),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const { status } = problem;
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'));
  socket.resume();
}
