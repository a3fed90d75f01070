import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { accessTokenKeys } from './access-token-keys.ts';
import { createLimiter } from './api/limits/limiter.ts';
import { addressPolicy, type Limits, userPolicy } from './api/limits/limits.ts';
import { createRevocations } from './api/tokens/revocations.ts';
import type { Config } from './config/config.ts';
import { ProblemError } from './contract/problem-error.ts';
import { shareCounts } from './guard/rate-counts.ts';
import { publisher, subscribe } from './guard/revocation-feed.ts';
import { type HttpLimits, httpLimits } from './http/http-limits.ts';
import { createHttpServer } from './http/http-server.ts';
import { listenOnEveryLoopback } from './http/listen-everywhere.ts';
import { refuseOtherMethods } from './http/other-methods.ts';
import { isNavigation, sendPage, servePage } from './http/page.ts';
import { replyWithProblem } from './http/problem-replies.ts';
import { originForm, requireWellFormed } from './http/request-form.ts';
import { describeError, RequestLog } from './http/request-log.ts';
import { securityHeaders } from './http/security-headers.ts';
import { openGuard, openTasks } from './stores.ts';

const bodyLimitBytes = 256 * 1024;
/** The longest part of a path: header limits bound it already, and a user's id may be long. */
const maxParamLength = 16 * 1024;

/** What the server is made from: the configuration, with the secrets settled where it has any. */
export type ServerConfig = Config & { version: string };

/**
 * The whole server, ready to listen: the sides that its role names, their stores open and
 * migrated. Closing it lets requests in flight finish and closes the stores.
 */
export async function buildServer(
  config: ServerConfig,
  limits: HttpLimits = httpLimits,
): Promise<FastifyInstance> {
  const app = createApp(config, limits);
  const allRoutesKnown = refuseOtherMethods(app);
  const ready: (() => Promise<boolean>)[] = [];
  try {
    const guard = await openGuardSide(app, config);
    ready.push(guard.isReady);
    if (config.role !== 'api') ready.push(await addIssuer(app, config, guard));
    if (config.role !== 'issuer') ready.push(await addApi(app, config, guard));
    addHealth(app, ready);
    if (config.role !== 'api') await servePage(app);
    allRoutesKnown();
    listenOnEveryLoopback(app, config.host);
    await app.ready();
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}

function createApp(config: ServerConfig, limits: HttpLimits): FastifyInstance {
  const { origin } = config;
  const app = fastify({
    logger: { level: config.logLevel, base: null, serializers: { err: describeError } },
    logController: new RequestLog(),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    bodyLimit: bodyLimitBytes,
    // The server has one already: Fastify's own would answer beside it.
    clientErrorHandler: () => undefined,
    serverFactory: (listener) => createHttpServer(listener, { limits, origin }),
    rewriteUrl: ({ url = '/' }) => originForm(url),
    routerOptions: { maxParamLength },
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      stamp(request.id, reply);
      replyWithProblem(origin, error, request, reply);
    },
  });
  // Bodies are read where an operation takes one: an unknown address is 404, whatever is sent to it.
  app.removeAllContentTypeParsers();
  const headers = securityHeaders(origin);
  const stamp = (
    id: string,
    reply: { headers: (values: Record<string, string>) => unknown },
  ): void => void reply.headers({ ...headers, 'x-request-id': id });
  app.addHook('onRequest', async (request, reply) => {
    stamp(request.id, reply);
    requireWellFormed(request.raw);
  });
  app.setErrorHandler((error, request, reply) => replyWithProblem(origin, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    if (isNavigation(request) && reply.sendFile !== undefined) return sendPage(reply);
    throw new ProblemError('not_found', 'There is nothing at this address.');
  });
  return app;
}

/** What every process at the gate knows: the sessions that ended, and how often who asked. */
async function openGuardSide(app: FastifyInstance, config: ServerConfig) {
  const onError = (error: unknown) =>
    app.log.error({ err: error }, 'the guard store does not answer');
  const store = await openGuard(config, onError);
  app.addHook('onClose', () => store.close());
  const revocations = createRevocations();
  const feed = await subscribe(store.database, revocations, onError);
  app.addHook('onClose', () => feed.close());
  return {
    database: store.database,
    isReady: store.isReady,
    onError,
    revocations,
    isFresh: feed.isFresh,
    onSessionEnd: publisher(store.database, revocations, config.accessToken.lifetimeSeconds),
  };
}

type Guard = Awaited<ReturnType<typeof openGuardSide>>;

/** The limits of the API, with counts that outlive this process and are shared with others. */
async function openLimits(app: FastifyInstance, guard: Guard): Promise<Limits> {
  const limits = {
    byAddress: createLimiter(addressPolicy),
    byUser: createLimiter(userPolicy),
  };
  const counts = await shareCounts(guard.database, Object.values(limits), guard.onError);
  app.addHook('onClose', () => counts.close());
  return limits;
}

/** The issuer's side. Loaded on demand: a process of the API holds no Better Auth. */
async function addIssuer(app: FastifyInstance, config: ServerConfig, guard: Guard) {
  const [{ openIssuer }, { mountIssuer }] = await Promise.all([
    import('./open-issuer.ts'),
    import('./issuer/mount.ts'),
  ]);
  const { issuer, isReady, close } = await openIssuer(config, {
    onSessionEnd: guard.onSessionEnd,
    onError: (error) => app.log.error({ err: error }, 'the accounts store broke a connection'),
    log: (level, message) => app.log[level]({ from: 'better-auth' }, message),
  });
  app.addHook('onClose', close);
  await app.register(mountIssuer, { issuer, origin: config.origin, isReady });
  return isReady;
}

async function addApi(app: FastifyInstance, config: ServerConfig, guard: Guard) {
  const [{ api }, { accessTokenVerifier }, { rememberVerified }] = await Promise.all([
    import('./api/api.ts'),
    import('./api/tokens/access-token.ts'),
    import('./api/tokens/verified-tokens.ts'),
  ]);
  const tasks = await openTasks(config, (error) =>
    app.log.error({ err: error }, 'the tasks store broke a connection'),
  );
  app.addHook('onClose', () => tasks.close());
  const keys = await accessTokenKeys(config, app.log);
  app.addHook('onClose', async () => keys.close());
  await app.register(api, {
    db: tasks.database,
    limits: config.rateLimit ? await openLimits(app, guard) : undefined,
    origin: config.origin,
    version: config.version,
    revocations: guard.revocations,
    verify: rememberVerified({
      verify: accessTokenVerifier({
        issuer: config.accessToken.issuer,
        audience: config.accessToken.audience,
        keys,
      }),
      revocations: guard.revocations,
      isFresh: guard.isFresh,
      generation: keys.generation,
    }),
  });
  return async () => keys.isReady() && tasks.isReady();
}

/** `/livez`: the process answers. `/readyz`: its stores do too, and there are keys to verify with. */
function addHealth(app: FastifyInstance, ready: (() => Promise<boolean>)[]): void {
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    const answers = await Promise.all(ready.map((ask) => ask()));
    if (answers.every(Boolean)) return { status: 'ok' };
    throw new ProblemError('unavailable', 'A store does not answer, or no key is known yet.', {
      headers: { 'retry-after': '5' },
    });
  });
}
