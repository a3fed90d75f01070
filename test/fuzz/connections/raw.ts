import { connect, type Socket } from 'node:net';

/** Longer than anything here may take: what is still open then hangs. */
const hangMs = 20_000;

/** What came back on a connection until it was closed. */
export interface Transcript {
  text: string;
  /** The status of every answer, in order. */
  statuses: number[];
  /** The `code` of every problem, in order. */
  codes: string[];
}

/** A connection to the server, on which nothing is sent yet. Its errors are ends like any other. */
export function open(port: number, host = '127.0.0.1'): Socket {
  const socket = connect({ port, host, allowHalfOpen: true });
  socket.on('error', () => socket.destroy());
  return socket;
}

/** Everything that comes until the server closes the connection, after which we do too. */
export function untilClosed(socket: Socket): Promise<Transcript> {
  return new Promise((resolve, reject) => {
    let text = '';
    const hang = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The server did not close the connection. It sent: ${text}`));
    }, hangMs);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(hang);
      resolve(read(text));
    });
  });
}

/** Sends these bytes, given as Latin-1, and waits for the server to close the connection. */
export function sendRaw(port: number, bytes: string, host?: string): Promise<Transcript> {
  const socket = open(port, host);
  socket.write(bytes, 'latin1');
  return untilClosed(socket);
}

function read(text: string): Transcript {
  return {
    text,
    statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)),
    codes: [...text.matchAll(/"status":\d+,.*?"code":"(\w+)"/g)].map(([, code = '']) => code),
  };
}
