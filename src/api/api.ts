import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { parseJsonBodies } from './body.ts';
import type { CarryOut, Change, Outcome } from './changes.ts';
import { openApiDocument } from './docs/openapi.ts';
import { docsRoutes } from './docs/routes.ts';
import { addLimits, type Limits } from './limits/limits.ts';
import { mountRoutes } from './mount.ts';
import type { Principal } from './principal.ts';
import { sessionHandlers } from './session.ts';
import { createKeptTasks, keepUp } from './tasks/kept-tasks.ts';
import { taskHandlers } from './tasks/routes.ts';
import type { TasksSchema } from './tasks/schema.ts';
import type { VerifyAccessToken } from './tokens/access-token.ts';
import type { Revocations } from './tokens/revocations.ts';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

export interface ApiOptions {
  db: Kysely<TasksSchema>;
  /** Carries out what changes tasks. */
  carryOut: CarryOut;
  verify: VerifyAccessToken;
  revocations: Revocations;
  /** Undefined: nobody is limited. */
  limits: Limits | undefined;
  /** The public origin, for addresses in the documentation. */
  origin: string;
  version: string;
}

/** The resource server: every operation of the route table, and the pages that explain them. */
export async function api(app: FastifyInstance, options: ApiOptions): Promise<void> {
  parseJsonBodies(app);
  app.decorateRequest('principal', undefined);
  const openApi = openApiDocument(options);
  if (options.limits) addLimits(app, options.limits);
  const sessions = sessionHandlers(options.revocations);
  // Whoever waits is answered, so that a server that stops does not wait for them.
  app.addHook('preClose', async () => sessions.release());
  const kept = createKeptTasks();
  const onCommitted = (change: Change, outcome: Outcome) => keepUp(kept, change, outcome);
  mountRoutes(
    app,
    { ...options, onCommitted },
    {
      ...taskHandlers(kept),
      ...sessions.handlers,
      getOpenApi: async () => ({ status: 200, body: openApi }),
    },
  );
  await app.register(docsRoutes(options));
}
