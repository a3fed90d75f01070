import type { Compilable, CompiledQuery, DialectAdapter, Kysely } from 'kysely';
import { connectionOf } from './group-commit.ts';
import { ImmediateAdapter } from './sqlite.ts';

/** Holds the place of a value that is given when the statement is run. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A statement that is built and compiled once for each database, and run with other values each
 * time. `build` sees placeholders in place of the values: it can pass them on, and learns nothing
 * from them.
 */
export function prepared<DB, Values extends object, Row>(
  build: (db: Kysely<DB>, values: Values) => Compilable<Row>,
): (db: Kysely<DB>, values: Values) => Promise<Row[]> {
  const compiled = new WeakMap<DialectAdapter, CompiledQuery<Row>>();
  const placeholders = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) }) as Values;
  return async (db, values) => {
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (query === undefined) {
      query = build(db, placeholders).compile();
      compiled.set(adapter, query);
    }
    const parameters = query.parameters.map((parameter) =>
      // A name that `build` read from its values.
      parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
    );
    if (adapter instanceof ImmediateAdapter) {
      const atOnce = db.isTransaction
        ? (await connectionOf(db)).executeNow({ sql: query.sql, parameters })
        : adapter.executeNow(query.sql, parameters);
      // The rows are those of the query, by its type.
      if (atOnce !== undefined) return atOnce.rows as Row[];
    }
    const { rows } = await db.executeQuery<Row>({ ...query, parameters });
    return rows;
  };
}

/** The same for a statement of several forms, each built when it is first needed. */
export function preparedForms<DB, Form, Values extends object, Row>(
  build: (db: Kysely<DB>, values: Values, form: Form) => Compilable<Row>,
): (db: Kysely<DB>, values: Values, form: Form) => Promise<Row[]> {
  const forms = new Map<string, ReturnType<typeof prepared<DB, Values, Row>>>();
  return (db, values, form) => {
    const name = JSON.stringify(form);
    let run = forms.get(name);
    if (run === undefined) {
      run = prepared((own: Kysely<DB>, given: Values) => build(own, given, form));
      forms.set(name, run);
    }
    return run(db, values);
  };
}
