import { Agent, request as httpRequest } from 'node:http';

export interface Sent {
  method: string;
  /** As it goes over the wire. */
  path: string;
  headers: [name: string, value: string][];
  body?: Buffer | undefined;
}

export interface Received {
  /** Of the request: the answer to a HEAD has no body. */
  method: string;
  status: number;
  header: (name: string) => string | undefined;
  text: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Sends a request as it stands: unlike `fetch`, this mends no path and joins no headers. */
export function exchange(port: number, { method, path, headers, body }: Sent): Promise<Received> {
  const framing = body === undefined ? [] : [['Content-Length', String(body.length)] as const];
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      agent,
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: [['Host', `localhost:${port}`], ...headers, ...framing].flat(),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          method,
          status: response.statusCode ?? 0,
          header: (name) => [response.headers[name]].flat().at(0),
          text,
        }),
      );
    });
    request.end(body);
  });
}
