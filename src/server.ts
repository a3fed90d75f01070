import type { FastifyInstance } from 'fastify';
import { accessTokenKeys } from './access-token-keys.ts';
import type { CarryOut } from './api/changes.ts';
import { createLimiter } from './api/limits/limiter.ts';
import { addressPolicy, type Limits, userPolicy } from './api/limits/limits.ts';
import type { VerifyAccessToken } from './api/tokens/access-token.ts';
import { createRevocations } from './api/tokens/revocations.ts';
import type { Config } from './config/config.ts';
import { ProblemError } from './contract/problem-error.ts';
import { shareCounts } from './guard/rate-counts.ts';
import { publisher, subscribe } from './guard/revocation-feed.ts';
import { createApp } from './http/app.ts';
import { type HttpLimits, httpLimits } from './http/http-limits.ts';
import { listenOnEveryLoopback } from './http/listen-everywhere.ts';
import { refuseOtherMethods } from './http/other-methods.ts';
import { overloadReasons, refuseWhenOverloaded } from './http/overload.ts';
import { servePage } from './http/page.ts';
import type { IssuerThread, ServedIssuer } from './issuer-thread.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Told } from './open-issuer.ts';
import { openGuard, openTasks } from './stores.ts';

/** What tells a supervisor how the server is. */
const healthRoutes = ['/livez', '/readyz'];
/** Whoever asks here to be told of the end of their session waits, and is no work meanwhile. */
const waitingRoutes = ['/api/users/:userId/session'];

/** What the server is made from: the configuration, with the secrets settled where it has any. */
export type ServerConfig = Config & {
  version: string;
  /** Where the built page is; without it there is none. */
  pageFolder?: string;
  /** Whether what changes a SQLite file of tasks has a thread of its own. */
  changesInThread?: boolean;
  /** The issuer, where it has one: this thread then does little else than to answer. */
  issuerThread?: IssuerThread | undefined;
};

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
  const isReady = (ask: () => Promise<boolean>) => ready.push(ask);
  try {
    const metrics = await openMetrics(app, config);
    addOverload(app, config, metrics);
    const guard = await openGuardSide(app, config, metrics);
    ready.push(guard.isReady);
    const page = config.role === 'api' ? undefined : config.pageFolder;
    await allOf([
      config.role !== 'api' && addIssuer(app, config, guard, metrics).then(isReady),
      config.role !== 'issuer' && addApi(app, config, guard, metrics).then(isReady),
      page !== undefined && servePage(app, page),
    ]);
    addHealth(app, ready);
    allRoutesKnown();
    listenOnEveryLoopback(app, config.host);
    await app.ready();
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}

/** All of it at once. Where a part fails the others are waited for, so that what they open is closed. */
async function allOf(parts: (Promise<unknown> | false)[]): Promise<void> {
  await Promise.allSettled(parts);
  await Promise.all(parts);
}

/** What is counted, and the listener that shows it. Loaded on demand: without it nothing is. */
async function openMetrics(
  app: FastifyInstance,
  { metrics: address, version, role }: ServerConfig,
): Promise<Metrics | undefined> {
  if (address === undefined) return undefined;
  const [{ createMetrics }, { serveMetrics }] = await Promise.all([
    import('./metrics/metrics.ts'),
    import('./metrics/serve-metrics.ts'),
  ]);
  const metrics = createMetrics({ version, role });
  metrics.watchRequests(app);
  const listener = await serveMetrics(metrics, address);
  app.addHook('onClose', () => listener.close());
  return metrics;
}

function addOverload(app: FastifyInstance, config: ServerConfig, metrics?: Metrics): void {
  const { inFlight } = refuseWhenOverloaded(app, {
    ...config.overload,
    origin: config.origin,
    always: healthRoutes,
    waiting: waitingRoutes,
    onRefusal: metrics?.refusals(
      'ownlist_overload_refusals_total',
      'Requests answered 503 because too many were worked on, or the event loop was late.',
      overloadReasons,
    ),
  });
  metrics?.gauge('ownlist_requests_in_flight', 'Requests that are worked on now.', inFlight);
}

/** What every process at the gate knows: the sessions that ended, and how often who asked. */
async function openGuardSide(app: FastifyInstance, config: ServerConfig, metrics?: Metrics) {
  const onError = (error: unknown) =>
    app.log.error({ err: error }, 'the guard store does not answer');
  const store = await openGuard(config, onError, metrics?.statementsOf('guard'));
  app.addHook('onClose', () => store.close());
  for (const warning of store.warnings) app.log.warn(warning);
  const revocations = createRevocations();
  const feed = await subscribe(store.database, revocations, onError);
  app.addHook('onClose', () => feed.close());
  metrics?.gauge('ownlist_revocations_held', 'Ended sessions in memory.', revocations.size);
  metrics?.gauge(
    'ownlist_revocations_age_seconds',
    'Since the feed of ended sessions was read; from 10 on, every token is refused.',
    () => feed.ageMs() / 1000,
  );
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
async function addIssuer(
  app: FastifyInstance,
  config: ServerConfig,
  guard: Guard,
  metrics?: Metrics,
) {
  const { mountIssuer } = await import('./issuer/mount.ts');
  const { exchange, isReady, close, warnings } = await serveIssuer(config, {
    onSessionEnd: guard.onSessionEnd,
    observe: metrics?.statementsOf('accounts'),
    onError: (error) =>
      app.log.error({ err: error }, 'sign-in lost a connection to its store, or its thread'),
    log: (level, message) => app.log[level]({ from: 'better-auth' }, message),
  });
  app.addHook('onClose', close);
  for (const warning of warnings) app.log.warn(warning);
  await app.register(mountIssuer, { exchange, origin: config.origin, isReady });
  return isReady;
}

async function serveIssuer(config: ServerConfig, told: Told): Promise<ServedIssuer> {
  if (config.issuerThread) return config.issuerThread.serve(told);
  const [{ openIssuer }, { exchangeWith }] = await Promise.all([
    import('./open-issuer.ts'),
    import('./issuer/exchange.ts'),
  ]);
  const { issuer, ...opened } = await openIssuer(config, told);
  return { ...opened, exchange: exchangeWith(issuer) };
}

async function addApi(app: FastifyInstance, config: ServerConfig, guard: Guard, metrics?: Metrics) {
  const [{ api }, { accessTokenVerifier }, { rememberVerified }] = await Promise.all([
    import('./api/api.ts'),
    import('./api/tokens/access-token.ts'),
    import('./api/tokens/verified-tokens.ts'),
  ]);
  const tasks = await openTasks(
    config,
    (error) => app.log.error({ err: error }, 'the tasks store broke a connection'),
    metrics?.statementsOf('tasks'),
  );
  app.addHook('onClose', () => tasks.close());
  for (const warning of tasks.warnings) app.log.warn(warning);
  const keys = await accessTokenKeys(config, app.log);
  app.addHook('onClose', async () => keys.close());
  const verifyAnew = accessTokenVerifier({
    issuer: config.accessToken.issuer,
    audience: config.accessToken.audience,
    keys,
  });
  const remember = (verify: VerifyAccessToken) =>
    rememberVerified({
      verify,
      revocations: guard.revocations,
      isFresh: guard.isFresh,
      generation: keys.generation,
    });
  await app.register(api, {
    db: tasks.database,
    carryOut: await openChanges(app, config, tasks, metrics),
    limits: config.rateLimit ? await openLimits(app, guard) : undefined,
    origin: config.origin,
    version: config.version,
    revocations: guard.revocations,
    verify: metrics ? metrics.countTokens(verifyAnew, remember) : remember(verifyAnew),
  });
  return async () => keys.isReady() && tasks.isReady();
}

/** What carries out changes of tasks: a thread, or this one where a database elsewhere does the work. */
async function openChanges(
  app: FastifyInstance,
  config: ServerConfig,
  { database, file }: Awaited<ReturnType<typeof openTasks>>,
  metrics?: Metrics,
): Promise<CarryOut> {
  if (file === undefined || !config.changesInThread) {
    const [{ changesOn }, { taskChanges }] = await Promise.all([
      import('./api/changes.ts'),
      import('./api/tasks/changes.ts'),
    ]);
    return changesOn(database, taskChanges);
  }
  const { changesInThread } = await import('./api/changes-thread.ts');
  const thread = changesInThread({
    file,
    observe: metrics?.statementsOf('tasks'),
    onError: (error) => app.log.error({ err: error }, 'the thread of changes has ended'),
  });
  app.addHook('onClose', thread.close);
  return thread.carryOut;
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
