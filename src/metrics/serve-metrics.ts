import { once } from 'node:events';
import { createServer } from 'node:http';
import { StartError } from '../config/start-error.ts';
import type { Metrics } from './metrics.ts';

/**
 * Answers `GET /metrics` and nothing else, on a listener of its own: no address of the public one
 * leads here.
 * @throws {StartError} where it cannot listen.
 */
export async function serveMetrics(
  metrics: Pick<Metrics, 'contentType' | 'exposition'>,
  { host, port }: { host: string; port: number },
): Promise<{ close: () => Promise<void> }> {
  const server = createServer(async (request, response) => {
    if (request.url !== '/metrics') return response.writeHead(404).end();
    if (request.method !== 'GET') return response.writeHead(405, { allow: 'GET' }).end();
    try {
      const text = await metrics.exposition();
      return response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    } catch {
      return response.writeHead(500).end();
    }
  });
  try {
    await once(server.listen({ host, port }), 'listening');
  } catch (cause) {
    throw new StartError(
      `The metrics cannot be served on ${host}:${port} (${(cause as Error).message}). Set METRICS_PORT to a free port and METRICS_HOST to an address of this machine, or leave METRICS_PORT empty.`,
      { cause },
    );
  }
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
