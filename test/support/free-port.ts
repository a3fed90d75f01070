import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A TCP port on localhost that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port, rather than on a pipe, has an address of this shape.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
