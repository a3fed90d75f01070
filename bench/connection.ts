import { once } from 'node:events';
import { connect } from 'node:net';
import { answerReader } from './answer-reader.ts';

/** One for all connections: each takes what it needs of it before another is read. */
const readBuffer = Buffer.alloc(64 * 1024);

/** One keep-alive connection: a request at a time, sent as bytes that were made before. */
export interface Connection {
  /** Calls `answered` with the status once the answer is read, or with 0 where none came. */
  exchange(request: Buffer, answered: (status: number) => void): void;
  close(): void;
}

export async function openConnections(port: number, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(port)));
}

async function openConnection(port: number): Promise<Connection> {
  let waiting: ((status: number) => void) | undefined;
  const tell = (status: number): void => {
    const answered = waiting;
    waiting = undefined;
    answered?.(status);
  };
  const read = answerReader(tell);
  const socket = connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: {
      buffer: readBuffer,
      callback: (length) => {
        read(readBuffer.subarray(0, length));
        return true;
      },
    },
  });
  await once(socket, 'connect');
  socket.on('error', () => socket.destroy());
  socket.on('close', () => tell(0));
  return {
    exchange(request, answered) {
      if (socket.destroyed) return answered(0);
      waiting = answered;
      socket.write(request);
    },
    close: () => socket.destroy(),
  };
}
