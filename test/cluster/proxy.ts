import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** One address in front of several servers. */
export interface ReverseProxy {
  origin: string;
  close(): Promise<void>;
}

interface Backends {
  /** The ports of servers that answer requests under `/api/auth/`. */
  issuers: readonly number[];
  /** The ports of servers for everything else. */
  apis: readonly number[];
}

/** An answer that is here to its end. */
interface Whole {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/**
 * A proxy as it stands in front of a cluster: servers in turn, the next one where nobody listens,
 * and a 503 with Retry-After where none does or an answer does not come to its end. A request that
 * a server may have read is never sent to another one. The nginx of docs/operations/postgresql.md tries no
 * other at all.
 */
export async function startProxy(port: number, { issuers, apis }: Backends): Promise<ReverseProxy> {
  const agent = new Agent({ keepAlive: true });
  let turn = 0;

  const answer = async (incoming: IncomingMessage): Promise<Whole> => {
    const body = await buffer(incoming);
    const ports = incoming.url?.startsWith('/api/auth/') ? issuers : apis;
    turn++;
    for (let tried = 0; tried < ports.length; tried++) {
      const next = ports[(turn + tried) % ports.length];
      try {
        return await forward(agent, next, incoming, body);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') continue;
        return unavailable;
      }
    }
    return unavailable;
  };
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    void answer(incoming).then(({ status, headers, body }) =>
      outgoing.writeHead(status, headers).end(body),
    );
  });
  // Longer than clients keep theirs: otherwise the two would meet in the middle.
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://localhost:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

const unavailable: Whole = {
  status: 503,
  headers: { 'retry-after': '1' },
  body: Buffer.from('The proxy has no answer.'),
};

/** Resolves with a whole answer; whatever breaks before its end is an error. */
async function forward(
  agent: Agent,
  port: number | undefined,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Whole> {
  const sent = request({ agent, host: '127.0.0.1', port, method, path: url, headers });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
}
