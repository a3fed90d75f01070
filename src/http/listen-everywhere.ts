import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

type AddressesOf = (host: string) => Promise<string[]>;

const allAddresses: AddressesOf = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Makes an app that listens on the first address of `localhost` listen on its others, IPv4 and
 * IPv6. The one HTTP server gets the connections of all: Fastify would make a second one, without
 * the handlers of the first. Call it after the stores have their `onClose` hooks and before
 * `ready`, so that what is in flight on any address ends before the stores do.
 */
export function listenOnEveryLoopback(
  app: FastifyInstance,
  host: string,
  addressesOf: AddressesOf = allAddresses,
): void {
  if (host !== 'localhost') return;
  let others: Promise<Server[]> = Promise.resolve([]);
  app.addHook('onListen', async () => {
    const { address: first, port } = app.server.address() as AddressInfo; // It listens on a port.
    others = addressesOf(host)
      .then((all) => all.filter((address) => address !== first))
      .then((rest) => Promise.all(rest.map((address) => listenOn(app, address, port))))
      .then((servers) => servers.filter((server) => server !== undefined));
    await others;
  });
  app.addHook('preClose', async () => {
    const closed = (await others).map((other) => once(other.close(), 'close'));
    app.server.closeIdleConnections();
    await Promise.all(closed);
  });
}

/** `undefined` where it cannot be listened on: a name can have addresses that the machine lacks. */
async function listenOn(
  app: FastifyInstance,
  host: string,
  port: number,
): Promise<Server | undefined> {
  // As `node:http` has them; a connection may be handed to it (its `connection` event).
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    app.server.emit('connection', socket),
  );
  try {
    await once(server.listen({ host, port }), 'listening');
    return server;
  } catch (error) {
    app.log.warn({ err: error }, `cannot listen on ${host}`);
    return undefined;
  }
}
