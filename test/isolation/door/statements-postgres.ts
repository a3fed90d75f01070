import { Client } from 'pg';
import type { Run } from './statements.ts';

/** Records every statement that this process's connections to the schema `tasks` run. */
export function recordPostgresStatements() {
  const runs: Pick<Run, 'sql' | 'values'>[] = [];
  // The types know several forms, of which this server uses two.
  const query = Client.prototype.query as (...args: unknown[]) => unknown;
  Client.prototype.query = function (this: Client, ...args: unknown[]) {
    const { sql, values } = statementOf(args[0], args[1]);
    const { connectionParameters } = this as Client & {
      connectionParameters: { application_name: string };
    };
    if (connectionParameters.application_name === 'ownlist-tasks') runs.push({ sql, values });
    return query.apply(this, args);
  } as typeof Client.prototype.query;
  return { runs, stop: () => Object.assign(Client.prototype, { query }) };
}

/** A text and its values, or both in an object, with a name. */
function statementOf(query: unknown, values: unknown): Pick<Run, 'sql' | 'values'> {
  if (typeof query === 'string') return { sql: query, values: (values as unknown[]) ?? [] };
  const { text, values: own = [] } = query as { text: string; values?: unknown[] };
  return { sql: text, values: own };
}
