import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { AccessTokenError, type VerifyAccessToken } from '../api/tokens/access-token.ts';
import type { Schema } from '../db/postgres.ts';
import { type ObserveStatement, statementKinds } from '../db/time-statements.ts';

/** The methods that our routes take; whatever else a client invents is `other`. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS']);

/** A read from memory takes a tenth of a millisecond, a password's hash a tenth of a second. */
const requestSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const statementSeconds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 5];

const tokenOutcomes = [
  'verified',
  'remembered',
  'token_invalid',
  'token_expired',
  'token_revoked',
] as const;

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What the server counts while `METRICS_PORT` is set. Every label is one of a few words that are
 * fixed when the server starts: nothing that a client sends, and nobody's id, becomes one.
 */
export function createMetrics(build: { version: string; role: string }) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'ownlist_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'role'],
    registers,
  }).set(build, 1);
  const requests = new Histogram({
    name: 'ownlist_http_request_duration_seconds',
    help: 'From the headers of a request to the end of its answer, by the pattern of its route.',
    labelNames: ['method', 'route', 'status'],
    buckets: requestSeconds,
    registers,
  });
  const statements = new Histogram({
    name: 'ownlist_store_statement_duration_seconds',
    help: 'What a statement on a store took, with the wait for its answer.',
    labelNames: ['store', 'kind'],
    buckets: statementSeconds,
    registers,
  });
  const tokens = new Counter({
    name: 'ownlist_access_tokens_total',
    help: 'Access tokens by what became of them: verified anew, remembered, or refused for a reason.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of tokenOutcomes) tokens.inc({ outcome }, 0);

  /** A value that is asked for when somebody reads the metrics. */
  const gauge = (name: string, help: string, read: () => number) =>
    void new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  return {
    contentType: registry.contentType,
    /** All of it, in the text format of Prometheus. */
    exposition: () => registry.metrics(),
    gauge,

    /** Counts every request that reaches a route of ours, or none. Call it before they are added. */
    watchRequests(app: FastifyInstance): void {
      app.addHook('onResponse', (request, reply, done) => {
        requests.observe(
          {
            method: methods.has(request.method) ? request.method : 'other',
            route: request.routeOptions.url ?? 'none',
            status: reply.statusCode,
          },
          reply.elapsedTime / 1000,
        );
        done();
      });
    },

    /** Counts refusals by a reason, each of which is there from the start. */
    refusals<Reason extends string>(
      name: string,
      help: string,
      reasons: readonly Reason[],
    ): (reason: Reason) => void {
      const counter = new Counter({ name, help, labelNames: ['reason'], registers });
      for (const reason of reasons) counter.inc({ reason }, 0);
      return (reason) => counter.inc({ reason });
    },

    statementsOf(store: Schema): ObserveStatement {
      const byKind = new Map(statementKinds.map((kind) => [kind, statements.labels(store, kind)]));
      return (kind, milliseconds) => byKind.get(kind)?.observe(milliseconds / 1000);
    },

    /**
     * Counts what becomes of tokens: `verify` is what `remember` falls back on, so a token that got
     * through without it was remembered.
     */
    countTokens(
      verify: VerifyAccessToken,
      remember: (verify: VerifyAccessToken) => VerifyAccessToken,
    ): VerifyAccessToken {
      const fresh = new WeakSet<object>();
      const remembering = remember(async (token) => {
        const principal = await verify(token);
        fresh.add(principal);
        return principal;
      });
      return async (token) => {
        try {
          const principal = await remembering(token);
          tokens.inc({ outcome: fresh.delete(principal) ? 'verified' : 'remembered' });
          return principal;
        } catch (error) {
          if (error instanceof AccessTokenError) tokens.inc({ outcome: error.code });
          throw error;
        }
      };
    },
  };
}
