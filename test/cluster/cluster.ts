import { randomBytes } from 'node:crypto';
import { freePort } from '../support/free-port.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { type ReverseProxy, startProxy } from './proxy.ts';

/** Servers on one durable PostgreSQL, behind a proxy. */
export interface Cluster {
  proxy: ReverseProxy;
  postgres: Postgres;
  /** The servers that run, by their side. */
  issuers: Member[];
  apis: Member[];
  /** Another server, with settings of its own, that the proxy does not know. */
  start(role: 'issuer' | 'api', env: Record<string, string | undefined>): Promise<Member>;
  stop(): Promise<void>;
}

/** One of the servers. It keeps its port when it is started again. */
export interface Member {
  origin: string;
  /** By SIGKILL. */
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  /** Whether it has ended without having been asked to. */
  hasEnded(): boolean;
}

export async function startCluster(size: { issuers: number; apis: number }): Promise<Cluster> {
  const postgres = await startPostgres({ durable: true });
  const databaseUrl = await postgres.createDatabase();
  const port = await freePort();
  const env = {
    BETTER_AUTH_URL: `http://localhost:${port}`,
    BETTER_AUTH_SECRET: randomBytes(32).toString('base64url'),
  };
  const members: Member[] = [];
  const start = async (role: 'issuer' | 'api', own: Record<string, string | undefined> = {}) => {
    const options = { store: { databaseUrl }, env: { ...env, ...own }, args: ['--role', role] };
    const memberPort = await freePort();
    const member = await startMember(memberPort, () =>
      startServer({ ...options, port: memberPort }),
    );
    members.push(member);
    return member;
  };
  const issuers = await Promise.all(Array.from({ length: size.issuers }, () => start('issuer')));
  const apis = await Promise.all(Array.from({ length: size.apis }, () => start('api')));
  const portsOf = (side: Member[]) => side.map(({ origin }) => Number(new URL(origin).port));
  const proxy = await startProxy(port, { issuers: portsOf(issuers), apis: portsOf(apis) });
  return {
    proxy,
    postgres,
    issuers,
    apis,
    start,
    stop: async () => {
      await proxy.close();
      for (const member of members) await member.kill();
      await postgres.stop();
    },
  };
}

async function startMember(port: number, start: () => Promise<RunningServer>): Promise<Member> {
  let isWanted = true;
  let ended = false;
  const run = async () => {
    const server = await start();
    void server.exited.then(() => {
      ended = isWanted;
    });
    return server;
  };
  let server = await run();
  return {
    origin: `http://localhost:${port}`,
    kill: async () => {
      isWanted = false;
      await server.kill();
    },
    startAgain: async () => {
      server = await run();
      isWanted = true;
    },
    hasEnded: () => ended,
  };
}
