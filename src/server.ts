import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import type { Secrets } from './contract/access-token.ts';
import { ProblemError } from './contract/problem-error.ts';
import { isNavigation, sendPage, servePage } from './page.ts';
import { refuseConnection, replyWithProblem } from './problem-replies.ts';
import { describeError, RequestLog } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';
import { openAccounts, openTasks } from './stores.ts';

const bodyLimitBytes = 256 * 1024;
/** A client that has not sent its headers or its request by then is cut off. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
/** Longer than the idle time of common proxies (60 s), so that they never meet a closed one. */
const keepAliveTimeoutMs = 72_000;

/** What the server is made from: the configuration, with the secrets settled. */
export type ServerConfig = Config & { secrets: Secrets; version: string };

/**
 * The whole server, ready to listen: the sides that its role names, their stores open and
 * migrated. Closing it lets requests in flight finish and closes the stores.
 */
export async function buildServer(config: ServerConfig): Promise<FastifyInstance> {
  const app = createApp(config);
  const ready: (() => Promise<boolean>)[] = [];
  try {
    if (config.role !== 'api') ready.push(await addIssuer(app, config));
    if (config.role !== 'issuer') ready.push(await addApi(app, config));
    addHealth(app, ready);
    if (config.role !== 'api') await servePage(app);
    await app.ready();
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}

function createApp(config: ServerConfig): FastifyInstance {
  const { origin } = config;
  const app = fastify({
    logger: { level: config.logLevel, base: null, serializers: { err: describeError } },
    logController: new RequestLog(),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    http: { headersTimeout: headersTimeoutMs },
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      stamp(request.id, reply);
      replyWithProblem(origin, error, request, reply);
    },
    clientErrorHandler: (error, socket) => refuseConnection(origin, error, socket),
  });
  const headers = securityHeaders(origin);
  const stamp = (
    id: string,
    reply: { headers: (values: Record<string, string>) => unknown },
  ): void => void reply.headers({ ...headers, 'x-request-id': id });
  app.addHook('onRequest', async (request, reply) => stamp(request.id, reply));
  app.setErrorHandler((error, request, reply) => replyWithProblem(origin, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    if (isNavigation(request) && reply.sendFile !== undefined) return sendPage(reply);
    throw new ProblemError('not_found', 'There is nothing at this address.');
  });
  return app;
}

/** The issuer's side. Loaded on demand: a process of the API holds no Better Auth. */
async function addIssuer(app: FastifyInstance, config: ServerConfig) {
  const [{ createIssuer }, { mountIssuer }] = await Promise.all([
    import('./issuer/issuer.ts'),
    import('./issuer/mount.ts'),
  ]);
  const accounts = await openAccounts(config, (error) =>
    app.log.error({ err: error }, 'the accounts store broke a connection'),
  );
  app.addHook('onClose', () => accounts.close());
  const issuer = await createIssuer({
    database: accounts.database,
    issuer: config.origin,
    otherOrigins: config.otherOrigins,
    audience: config.accessToken.audience,
    secrets: config.secrets,
    lifetimeSeconds: config.accessToken.lifetimeSeconds,
    rateLimit: config.rateLimit,
    log: (level, message) => app.log[level]({ from: 'better-auth' }, message),
  });
  await app.register(mountIssuer, {
    issuer,
    origin: config.origin,
    isReady: accounts.isReady,
  });
  return accounts.isReady;
}

async function addApi(app: FastifyInstance, config: ServerConfig) {
  const [{ api }, { accessTokenVerifier }] = await Promise.all([
    import('./api/api.ts'),
    import('./api/access-token.ts'),
  ]);
  const tasks = await openTasks(config, (error) =>
    app.log.error({ err: error }, 'the tasks store broke a connection'),
  );
  app.addHook('onClose', () => tasks.close());
  await app.register(api, {
    db: tasks.database,
    origin: config.origin,
    version: config.version,
    verify: accessTokenVerifier({
      issuer: config.origin,
      audience: config.accessToken.audience,
      secrets: config.secrets,
    }),
  });
  return tasks.isReady;
}

/** `/livez`: the process answers. `/readyz`: its stores do too. */
function addHealth(app: FastifyInstance, ready: (() => Promise<boolean>)[]): void {
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    const answers = await Promise.all(ready.map((ask) => ask()));
    if (answers.every(Boolean)) return { status: 'ok' };
    throw new ProblemError('unavailable', 'A store does not answer.', {
      headers: { 'retry-after': '5' },
    });
  });
}
