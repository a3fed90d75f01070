import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { createRevocations } from './api/revocations.ts';
import type { Config } from './config.ts';
import type { Secrets } from './contract/access-token.ts';
import { ProblemError } from './contract/problem-error.ts';
import { isNavigation, sendPage, servePage } from './page.ts';
import { refuseConnection, replyWithProblem } from './problem-replies.ts';
import { describeError, RequestLog } from './request-log.ts';
import { publisher, subscribe } from './revocation-feed.ts';
import { securityHeaders } from './security-headers.ts';
import { openAccounts, openFeed, openTasks } from './stores.ts';

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
    const ended = await openEndedSessions(app, config);
    ready.push(ended.isReady);
    if (config.role !== 'api') ready.push(await addIssuer(app, config, ended));
    if (config.role !== 'issuer') ready.push(await addApi(app, config, ended));
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

/** The sessions that ended before their tokens did: told by the issuer, looked at by the API. */
async function openEndedSessions(app: FastifyInstance, config: ServerConfig) {
  const onError = (error: unknown) =>
    app.log.error({ err: error }, 'the feed of ended sessions cannot be read');
  const feed = await openFeed(config, onError);
  app.addHook('onClose', () => feed.close());
  const revocations = createRevocations();
  // One process on files of its own hears of every end itself.
  const hasOthers = config.role !== 'all' || config.databaseUrl !== undefined;
  const { isFresh, close } = await subscribe(feed.database, revocations, hasOthers, onError);
  app.addHook('onClose', async () => close());
  const publish = publisher(feed.database, revocations);
  const lifetimeMs = config.accessToken.lifetimeSeconds * 1000;
  return {
    revocations,
    isFresh,
    isReady: feed.isReady,
    publish: (sessionId: string) => publish({ sessionId, until: Date.now() + lifetimeMs }),
  };
}

type EndedSessions = Awaited<ReturnType<typeof openEndedSessions>>;

/** The issuer's side. Loaded on demand: a process of the API holds no Better Auth. */
async function addIssuer(app: FastifyInstance, config: ServerConfig, ended: EndedSessions) {
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
    onSessionEnd: ended.publish,
    log: (level, message) => app.log[level]({ from: 'better-auth' }, message),
  });
  await app.register(mountIssuer, {
    issuer,
    origin: config.origin,
    isReady: accounts.isReady,
  });
  return accounts.isReady;
}

async function addApi(app: FastifyInstance, config: ServerConfig, ended: EndedSessions) {
  const [{ api }, { accessTokenVerifier }, { rememberVerified }] = await Promise.all([
    import('./api/api.ts'),
    import('./api/access-token.ts'),
    import('./api/verified-tokens.ts'),
  ]);
  const tasks = await openTasks(config, (error) =>
    app.log.error({ err: error }, 'the tasks store broke a connection'),
  );
  app.addHook('onClose', () => tasks.close());
  await app.register(api, {
    db: tasks.database,
    origin: config.origin,
    version: config.version,
    verify: rememberVerified({
      verify: accessTokenVerifier({
        issuer: config.origin,
        audience: config.accessToken.audience,
        secrets: config.secrets,
      }),
      revocations: ended.revocations,
      isFresh: ended.isFresh,
      generation: () => 0,
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
