import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins/jwt';
import { cookieHeader, request } from './client.ts';
import { freePort } from './free-port.ts';

/** How long the plugin publishes a key after it has stopped signing with it. */
const gracePeriodSeconds = 3600;

export interface StockIssuerOptions {
  /** EdDSA (Ed25519) is what the plugin makes by itself. */
  alg?: 'ES256' | 'RS256';
  audience: string;
}

/** A Better Auth with its own `jwt` plugin, as its documentation sets it up, on a port of its own. */
export interface StockIssuer {
  origin: string;
  jwksUrl: string;
  /** How often its keys were asked for. */
  keyRequests(): number;
  /** A new user's session, as a Cookie header. */
  signUp(): Promise<string>;
  /** The token that it issues for a session. */
  token(cookie: string): Promise<string>;
  /** The key set that it publishes. */
  keySet(): Promise<string>;
  /** Its keys sign no more, as after the rotation interval; the next token is made by a new one. */
  retireKeys(): Promise<void>;
  /** They are not published any more either, as after the grace period. */
  removeKeys(): Promise<void>;
  /** Nobody listens at its address until it is back. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function startStockIssuer(options: StockIssuerOptions): Promise<StockIssuer> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const settings = stockOptions(origin, options);
  await (await getMigrations(settings)).runMigrations();
  const auth = betterAuth(settings);
  const jwksUrl = `${origin}/api/auth/jwks`;
  const handle = toNodeHandler(auth);
  let keyRequests = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let server = await listen(port, (incoming, response) => {
    if (incoming.url === '/api/auth/jwks') keyRequests++;
    const answer = () => handle(incoming, response);
    // Two tokens at once would each make a key where there is none, and one be published late.
    if (incoming.url === '/api/auth/token') turn = turn.then(answer, answer);
    else void answer();
  });
  const listener = server.listeners('request')[0] as RequestListener; // The one given above.
  const expireKeys = async (secondsAgo: number) => {
    const { adapter } = await auth.$context;
    await adapter.updateMany({
      model: 'jwks',
      where: [{ field: 'createdAt', operator: 'lte', value: new Date() }],
      update: { expiresAt: new Date(Date.now() - secondsAgo * 1000) },
    });
  };
  return {
    origin,
    jwksUrl,
    keyRequests: () => keyRequests,
    signUp: () => signUp(origin),
    token: async (cookie) =>
      (await request(origin, '/api/auth/token', { headers: { cookie } })).json.token,
    keySet: async () => JSON.stringify(await auth.api.getJwks()),
    retireKeys: () => expireKeys(1),
    removeKeys: () => expireKeys(gracePeriodSeconds + 1),
    goAway: () => close(server),
    comeBack: async () => {
      server = await listen(port, listener);
    },
  };
}

function stockOptions(origin: string, { alg, audience }: StockIssuerOptions) {
  return {
    baseURL: origin,
    secret: 'Qm7Rk2Vx9Tz4Wb8Yc1Nd6Pf3Gh5Jl0Sa',
    database: new DatabaseSync(':memory:'),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    plugins: [
      jwt({
        jwks: { gracePeriod: gracePeriodSeconds, ...(alg && { keyPairConfig: { alg } }) },
        jwt: { audience },
      }),
    ],
  } satisfies BetterAuthOptions;
}

async function signUp(origin: string): Promise<string> {
  const { headers } = await request(origin, '/api/auth/sign-up/email', {
    headers: { origin },
    body: { name: 'A', email: `${crypto.randomUUID()}@example.com`, password: 'a long password' },
  });
  return cookieHeader(headers);
}

async function listen(port: number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(port, 'localhost');
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
