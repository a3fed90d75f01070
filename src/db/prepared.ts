import type { Compilable, CompiledQuery, DialectAdapter, Kysely } from 'kysely';
import { ImmediateAdapter } from './sqlite.ts';
import { countStep, type Scope, type Steps, step } from './steps.ts';

/** Holds the place of a value that is given when the statement is run. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A statement of which the values are given when it is run. */
export interface Prepared<DB, Values extends object, Row> {
  /** Runs it by itself, or as a part of the transaction that `db` is. */
  (db: Kysely<DB>, values: Values): Promise<Row[]>;
  /** Runs it as one of the steps of a transaction. */
  step(scope: Scope<DB>, values: Values): Steps<Row[]>;
  /** The same of one that gives no rows back: how many it has changed. */
  count(scope: Scope<DB>, values: Values): Steps<number>;
}

/**
 * A statement that is built and compiled once for each database, and run with other values each
 * time. `build` sees placeholders in place of the values: it can pass them on, and learns nothing
 * from them.
 */
export function prepared<DB, Values extends object, Row>(
  build: (db: Kysely<DB>, values: Values) => Compilable<Row>,
): Prepared<DB, Values, Row> {
  const statementOf = compiledOnce(build);
  const run = async (db: Kysely<DB>, values: Values): Promise<Row[]> => {
    const statement = statementOf(db, values);
    const { adapter } = db.getExecutor();
    // The rows are those of the query, by its type.
    if (adapter instanceof ImmediateAdapter) {
      return adapter.execute(statement.sql, statement.parameters).rows as Row[];
    }
    const { rows } = await db.executeQuery<Row>(statement);
    return rows;
  };
  return Object.assign(run, {
    step: (scope: Scope<DB>, values: Values) => step(scope, statementOf(scope.db, values)),
    count: (scope: Scope<DB>, values: Values) => countStep(scope, statementOf(scope.db, values)),
  });
}

function compiledOnce<DB, Values extends object, Row>(
  build: (db: Kysely<DB>, values: Values) => Compilable<Row>,
): (db: Kysely<DB>, values: Values) => CompiledQuery<Row> {
  const compiled = new WeakMap<DialectAdapter, CompiledQuery<Row>>();
  const placeholders = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) }) as Values;
  return (db, values) => {
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
    return { ...query, parameters };
  };
}

/** The same for a statement of several forms, each built when it is first needed. */
export function preparedForms<DB, Form, Values extends object, Row>(
  build: (db: Kysely<DB>, values: Values, form: Form) => Compilable<Row>,
): (form: Form) => Prepared<DB, Values, Row> {
  const forms = new Map<string, Prepared<DB, Values, Row>>();
  return (form) => {
    const name = JSON.stringify(form);
    let statement = forms.get(name);
    if (statement === undefined) {
      statement = prepared((own: Kysely<DB>, given: Values) => build(own, given, form));
      forms.set(name, statement);
    }
    return statement;
  };
}
