import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

/** A connection between a server and its database that can be cut and mended. */
export interface Cable {
  /** The address of the database, by way of this cable. */
  url: string;
  /** Breaks every connection, and refuses new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Passes nothing on any more through the connections that there are, and breaks none. */
  silence(): void;
}

/** Lays a cable to the database at `url`. It ends cut. */
export async function layCable(url: string): Promise<Cable> {
  const target = new URL(url);
  const port = await freePort();
  const sockets = new Set<Socket>();
  let listener: Server | undefined;

  const join = (near: Socket) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  };
  const mend = () =>
    new Promise<void>((resolve) => {
      listener = createServer(join).listen(port, '127.0.0.1', resolve);
    });
  const cut = () =>
    new Promise<void>((resolve) => {
      if (listener === undefined) return resolve();
      listener.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      listener = undefined;
    });

  const silence = () => {
    for (const socket of sockets) {
      socket.unpipe();
      socket.pause();
    }
  };

  await mend();
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(port);
  return { url: through.href, cut, mend, silence };
}
