// The limit: what Node itself can do with the same bytes. It looks at the method alone.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Recorded } from '../servers/limit.ts';

const recorded = JSON.parse(readFileSync(process.env['ANSWERS'] ?? '', 'utf8')) as Record<
  string,
  Recorded
>;
const answers = new Map(
  Object.entries(recorded).map(([method, { status, headers, body }]) => [
    method,
    { status, headers: Object.fromEntries(headers), body: Buffer.from(body) },
  ]),
);

createServer((request, response) => {
  const answer = answers.get(request.method ?? '');
  if (answer === undefined) {
    response.writeHead(405).end();
    return;
  }
  request.resume();
  response.writeHead(answer.status, answer.headers).end(answer.body);
}).listen(Number(process.env['PORT']), '127.0.0.1');
