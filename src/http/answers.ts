import type { FastifyInstance, onSendHookHandler } from 'fastify';

/**
 * Sends what a turn of the event loop has answered at its end, one right after another: where
 * answers come apart, a reader on the same machine falls asleep between them, and to wake it takes
 * the sender as long as to send. Call it before the routes are added.
 */
export function sendTogether(app: FastifyInstance): void {
  let ready: ((error?: Error) => void)[] = [];
  const sendAll = () => {
    const all = ready;
    ready = [];
    for (const send of all) {
      try {
        send();
      } catch (error) {
        // Of this answer alone, such as a header that cannot be sent: the error handler's instead.
        send(error instanceof Error ? error : new Error('An answer could not be sent.'));
      }
    }
  };
  const atTheEnd: onSendHookHandler = (_request, _reply, _payload, done) => {
    if (ready.push(done) === 1) setImmediate(sendAll);
  };
  app.addHook('onRoute', (route) => {
    route.onSend = [...[route.onSend ?? []].flat(), atTheEnd];
  });
}

/**
 * Makes every answer the last one of its connection while the server stops (RFC 9112 §9.6): it would
 * wait for connections that were busy when it began, for as long as they are kept alive.
 */
export function endConnectionsAtTheStop(app: FastifyInstance): void {
  let isStopping = false;
  app.addHook('preClose', (done) => {
    isStopping = true;
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isStopping) reply.header('connection', 'close');
    done();
  });
}
