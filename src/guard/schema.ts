import { type Generated, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The rows of the guard store: what every process at the gate has to know, and nothing of anybody's
 * tasks or password.
 */
export interface GuardSchema {
  /** Sessions that ended before their tokens did; see `revocation-feed.ts`. */
  revocations: { number: Generated<number>; session_id: string; until: number };
  /** Requests in a window, by caller; see `rate-counts.ts`. */
  rate_counts: { bucket: string; period: number; count: number };
}

export const guardMigrations = (dialect: 'sqlite' | 'postgres'): Record<string, Migration> => ({
  '0001-guard': {
    async up(db: Kysely<never>) {
      const integer = dialect === 'sqlite' ? sql`integer` : sql`bigint`;
      const number =
        dialect === 'sqlite'
          ? sql`integer primary key autoincrement`
          : sql`bigint generated always as identity primary key`;
      await sql`
        create table revocations (
          number ${number},
          session_id text not null,
          until ${integer} not null
        )`.execute(db);
      await sql`create index revocations_until on revocations (until)`.execute(db);
      await sql`
        create table rate_counts (
          bucket text not null,
          period ${integer} not null,
          count ${integer} not null,
          primary key (bucket, period)
        )`.execute(db);
      await sql`create index rate_counts_period on rate_counts (period)`.execute(db);
    },
  },
});
