// What starting, and being there, costs with the same framework and nothing in it.
import fastify from 'fastify';

const app = fastify();
app.get('/livez', async () => ({ status: 'ok' }));
await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
