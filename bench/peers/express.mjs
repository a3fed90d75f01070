// Express 5 with jsonwebtoken and better-sqlite3, as most people write it: the token is verified
// for each request, rows are fetched and res.json makes the answer. WAL as better-sqlite3
// recommends; synchronous = FULL, since Ownlist too answers a write only once it is on the disk.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import express from 'express';
import jwt from 'jsonwebtoken';

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

const app = express();
app.use(express.json());
app.use('/api/users/me', authenticate);

app.get('/api/users/me/tasks', (req, res) => {
  const { cursor } = req.query;
  const rows = cursor
    ? statements.listAfter.all(req.userId, cursor, pageLength + 1)
    : statements.list.all(req.userId, pageLength + 1);
  const data = rows.slice(0, pageLength).map(toTask);
  res.json({ data, nextCursor: rows.length > pageLength ? data.at(-1).id : null });
});

app.get('/api/users/me/tasks/:id', (req, res) => {
  const row = statements.get.get(req.userId, req.params.id);
  if (!row) return res.status(404).json({ error: 'not found' });
  res.json(toTask(row));
});

app.post('/api/users/me/tasks', (req, res) => {
  const { title, description = '' } = req.body;
  if (typeof title !== 'string' || title === '' || typeof description !== 'string') {
    return res.status(422).json({ error: 'a task has a title' });
  }
  const now = Date.now();
  const row = statements.create.get(req.userId, randomUUID(), title, description, now, now);
  res.status(201).json(toTask(row));
});

app.patch('/api/users/me/tasks/:id', (req, res) => {
  const { title = null, description = null } = req.body;
  const row = statements.update.get(title, description, Date.now(), req.userId, req.params.id);
  if (!row) return res.status(404).json({ error: 'not found' });
  res.json(toTask(row));
});

app.listen(Number(PORT), '127.0.0.1');

function authenticate(req, res, next) {
  const [scheme, token] = (req.headers.authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || !token) return res.status(401).json({ error: 'unauthorized' });
  try {
    const claims = jwt.verify(token, SECRET, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: `${ISSUER}/api`,
    });
    req.userId = claims.sub;
  } catch {
    return res.status(401).json({ error: 'unauthorized' });
  }
  next();
}

function toTask(row) {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    completed: row.completed_at !== null,
    completedAt: row.completed_at === null ? null : new Date(row.completed_at),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    version: row.version,
  };
}
