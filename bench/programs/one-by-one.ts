// A bare server that commits each write by itself: one fsync for each request, and nothing else.
import { randomUUIDv7 } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { DatabaseSync } from 'node:sqlite';

const database = new DatabaseSync(process.env['STORE'] ?? '');
database.exec('pragma journal_mode = wal');
database.exec('pragma synchronous = full');
const insert = database.prepare(
  `insert into tasks (user_id, id, title, description, completed_at, created_at, updated_at, version)
   values ('somebody', ?, ?, '', null, ?, ?, 1) returning *`,
);
const update = database.prepare(
  'update tasks set title = ?, updated_at = ?, version = version + 1 where user_id = ? and id = ? returning *',
);
const known = database.prepare('select user_id, id from tasks limit 1').get();

createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.end();
    return;
  }
  const { title } = JSON.parse(await text(request)) as { title: string };
  const time = Date.now();
  const isChange = request.method === 'PATCH';
  const row = isChange
    ? update.get(title, time, known?.['user_id'] ?? null, known?.['id'] ?? null)
    : insert.get(randomUUIDv7(), title, time, time);
  const body = Buffer.from(JSON.stringify(row));
  response
    .writeHead(isChange ? 200 : 201, {
      'content-type': 'application/json',
      'content-length': body.length,
    })
    .end(body);
}).listen(Number(process.env['PORT']), '127.0.0.1');

function text(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    request
      .setEncoding('utf8')
      .on('data', (part: string) => {
        received += part;
      })
      .on('end', () => resolve(received))
      .on('error', reject);
  });
}
