// Fastify with @fastify/jwt and better-sqlite3: the plugin verifies the token of each request, and
// answers have the schemas that Fastify's documentation recommends for speed. WAL and
// synchronous = FULL as in express.mjs.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fastifyJwt from '@fastify/jwt';
import Database from 'better-sqlite3';
import Fastify from 'fastify';

const { PORT, STORE, SECRET, ISSUER } = process.env;
const pageLength = 50;

const db = new Database(STORE);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
const statements = {
  list: db.prepare('select * from tasks where user_id = ? order by id desc limit ?'),
  listAfter: db.prepare(
    'select * from tasks where user_id = ? and id < ? order by id desc limit ?',
  ),
  get: db.prepare('select * from tasks where user_id = ? and id = ?'),
  create: db.prepare(
    'insert into tasks (user_id, id, title, description, completed_at, created_at, updated_at, version) values (?, ?, ?, ?, null, ?, ?, 1) returning *',
  ),
  update: db.prepare(
    'update tasks set title = coalesce(?, title), description = coalesce(?, description), updated_at = ?, version = version + 1 where user_id = ? and id = ? returning *',
  ),
};

const instant = { type: 'string', format: 'date-time' };
const task = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    title: { type: 'string' },
    description: { type: 'string' },
    completed: { type: 'boolean' },
    completedAt: { ...instant, nullable: true },
    createdAt: instant,
    updatedAt: instant,
    version: { type: 'integer' },
  },
};
const page = {
  type: 'object',
  properties: {
    data: { type: 'array', items: task },
    nextCursor: { type: 'string', nullable: true },
  },
};
const text = { type: 'string', minLength: 1, maxLength: 255 };
const fields = { title: text, description: { type: 'string' } };

const app = Fastify();
await app.register(fastifyJwt, {
  secret: SECRET,
  verify: { algorithms: ['HS256'], allowedIss: ISSUER, allowedAud: `${ISSUER}/api` },
});

await app.register(
  (own, _options, done) => {
    own.addHook('onRequest', (request) => request.jwtVerify());

    own.get('/', { schema: { response: { 200: page } } }, async (request) => {
      const { cursor } = request.query;
      const rows = cursor
        ? statements.listAfter.all(request.user.sub, cursor, pageLength + 1)
        : statements.list.all(request.user.sub, pageLength + 1);
      const data = rows.slice(0, pageLength).map(toTask);
      return { data, nextCursor: rows.length > pageLength ? data.at(-1).id : null };
    });

    own.get('/:id', { schema: { response: { 200: task } } }, async (request, reply) => {
      const row = statements.get.get(request.user.sub, request.params.id);
      return row ? toTask(row) : reply.code(404).send({ error: 'not found' });
    });

    const created = {
      body: { type: 'object', required: ['title'], properties: fields },
      response: { 201: task },
    };
    own.post('/', { schema: created }, async (request, reply) => {
      const { title, description = '' } = request.body;
      const now = Date.now();
      reply.code(201);
      return toTask(
        statements.create.get(request.user.sub, randomUUID(), title, description, now, now),
      );
    });

    const changed = { body: { type: 'object', properties: fields }, response: { 200: task } };
    own.patch('/:id', { schema: changed }, async (request, reply) => {
      const { title = null, description = null } = request.body;
      const { sub } = request.user;
      const row = statements.update.get(title, description, Date.now(), sub, request.params.id);
      return row ? toTask(row) : reply.code(404).send({ error: 'not found' });
    });
    done();
  },
  { prefix: '/api/users/me/tasks' },
);

await app.listen({ port: Number(PORT), host: '127.0.0.1' });

function toTask(row) {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    completed: row.completed_at !== null,
    completedAt: row.completed_at === null ? null : new Date(row.completed_at).toISOString(),
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
    version: row.version,
  };
}
