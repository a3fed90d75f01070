import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { fetchKeySet } from './key-fetch.ts';

let server: Server | undefined;
afterEach(() => {
  vi.restoreAllMocks();
  server?.close();
  server?.closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
}

const get = (url: string, stop = new AbortController().signal) => fetchKeySet(url, stop);

test('the text of the key set is read as it is', async () => {
  const url = await serve((_, response) => response.end('{"keys":["ä"]}'));
  expect(await get(url)).toBe('{"keys":["ä"]}');
});

test('what is asked for is a key set', async () => {
  const url = await serve((request, response) => response.end(request.headers.accept));
  expect(await get(url)).toBe('application/jwk-set+json, application/json');
});

test('a character that arrives in two halves is read whole', async () => {
  // Where a stream is cut is up to the network, so this one is made here.
  const bytes = new TextEncoder().encode('ä');
  const halves = ReadableStream.from([bytes.slice(0, 1), bytes.slice(1)]);
  vi.spyOn(globalThis, 'fetch').mockResolvedValueOnce(new Response(halves));
  expect(await get('http://127.0.0.1/jwks')).toBe('ä');
});

test('a redirect is not followed', async () => {
  const asked: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  await expect(get(url)).rejects.toThrow();
  expect(asked).toEqual(['/jwks']);
});

test.each([204, 404, 500])('an answer with the status %d is none', async (status) => {
  const url = await serve((_, response) => response.writeHead(status).end());
  await expect(get(url)).rejects.toThrow(`status ${status}`);
});

test('an answer without end is cut off', async () => {
  const url = await serve((_, response) => {
    const more = () => {
      while (response.writable && response.write(' '.repeat(8192)));
      if (response.writable) response.once('drain', more);
    };
    more();
  });
  await expect(get(url)).rejects.toThrow('longer than 65536 bytes');
});

test('an answer of just the bound is read', async () => {
  const url = await serve((_, response) => response.end(' '.repeat(65_536)));
  expect(await get(url)).toHaveLength(65_536);
});

test('text that is not UTF-8 is refused', async () => {
  const url = await serve((_, response) => response.end(Buffer.from([0x22, 0xff, 0x22])));
  await expect(get(url)).rejects.toThrow();
});

test('an answer that does not come is not waited for when the server stops', async () => {
  const stopping = new AbortController();
  const url = await serve(() => stopping.abort());
  await expect(get(url, stopping.signal)).rejects.toThrow('abort');
});
