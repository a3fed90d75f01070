import { request } from 'node:http';

export interface Sent {
  method: string;
  /** Sent as it stands: nothing resolves `..` or escapes. */
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

export interface Received {
  status: number;
  /** Names and values in turn, as they came. */
  rawHeaders: string[];
  body: string;
  /** Every byte that came back, but for the framing of HTTP. */
  bytes: string;
}

/** One request on a connection of its own. */
export function exchange(origin: string, { method, path, headers, body }: Sent): Promise<Received> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method, path, headers, agent: false },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer); // No encoding is set.
        const { statusCode = 0, statusMessage = '', rawHeaders, rawTrailers } = answer;
        const text = Buffer.concat(chunks).toString('latin1');
        resolve({
          status: statusCode,
          rawHeaders,
          body: Buffer.concat(chunks).toString(),
          bytes: [statusMessage, ...rawHeaders, text, ...rawTrailers].join('\n'),
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
