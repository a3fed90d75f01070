import { Client } from 'pg';
import type { Run } from './statements.ts';

/** Records every statement that this process's connections to the schema `tasks` run. */
export function recordPostgresStatements() {
  const runs: Pick<Run, 'sql' | 'values'>[] = [];
  // The types know several forms, of which this server uses the one of a text and its values.
  const query = Client.prototype.query as (...args: unknown[]) => unknown;
  Client.prototype.query = function (this: Client, ...args: unknown[]) {
    const [sql, values = []] = args as [string, unknown[]?];
    const { connectionParameters } = this as Client & {
      connectionParameters: { application_name: string };
    };
    if (connectionParameters.application_name === 'ownlist-tasks') runs.push({ sql, values });
    return query.apply(this, args);
  } as typeof Client.prototype.query;
  return { runs, stop: () => Object.assign(Client.prototype, { query }) };
}
