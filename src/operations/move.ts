import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { tasksMigrations } from '../api/tasks/schema.ts';
import type { Config } from '../config/config.ts';
import { keptSecrets } from '../config/kept-secrets.ts';
import { StartError } from '../config/start-error.ts';
import { damageOf } from '../db/check-sqlite.ts';
import type { Schema } from '../db/postgres.ts';
import { guardMigrations } from '../guard/schema.ts';
import { makeTables } from '../prepare-database.ts';
import { isUnfinished, seizeDataFolder, storesIn } from './data-folder.ts';
import { type Contents, contentsOf, type MovedRow, type MovedTable } from './moved-rows.ts';
import {
  appendRows,
  beginMove,
  continueNumbers,
  endMove,
  hasRows,
  lastKey,
  openTarget,
  readBack,
  tablesOfSchema,
  unfinishedPlan,
} from './postgres-target.ts';
import type { Progress } from './progress.ts';
import { readRows, shapeOf } from './sqlite-source.ts';
import { migrationsIn, tablesOf } from './store-file.ts';

const usage = `Usage:
  npm run migrate -- --from sqlite --to postgres`;

const schemas = ['accounts', 'guard', 'tasks'] as const satisfies Schema[];
/** What tasks are found by: each kind of database has its own, made of the tasks. */
const isDerived = (table: string, column?: string): boolean =>
  table === 'task_words' ||
  (table === 'tasks' && ['number', 'is_completed'].includes(column ?? ''));

const inOrder = (names: string[]) => names.toSorted().join();

/**
 * Insists on the one move there is, from SQLite files to PostgreSQL.
 * @throws {StartError} with the usage, for any other arguments.
 */
export function parseMoveRequest(args: string[]): void {
  try {
    const options = { from: { type: 'string' }, to: { type: 'string' } } as const;
    const { from, to } = parseArgs({ args, options }).values;
    if (from === 'sqlite' && to === 'postgres') return;
  } catch {
    // An option that there is not.
  }
  throw new StartError(usage);
}

/**
 * Copies everything in the SQLite files of the data folder into the PostgreSQL database of the
 * settings, and compares it. The files are only read, and nobody may use them meanwhile. Whatever
 * stops it, running it again goes on where it was; until it is complete no server starts on the
 * database.
 * @throws {StartError} where a setting, a store or rights are missing, the database holds other
 *   data, or what arrived is not what was sent.
 */
export async function moveToPostgres(
  config: Config,
  progress: Progress,
  say: (line: string) => void,
): Promise<void> {
  const { databaseUrl: url, dataDir } = config;
  if (url === undefined) {
    throw new StartError('Set DATABASE_URL to the PostgreSQL database to move into.');
  }
  if (storesIn(dataDir).length < schemas.length) {
    throw new StartError(
      `The data folder ${dataDir} has not all of ${schemas.map((name) => `${name}.db`).join(', ')}. Set DATA_DIR to that of the server.`,
    );
  }
  const { release } = seizeDataFolder(dataDir);
  try {
    if (isUnfinished(dataDir)) {
      throw new StartError(`Finish the restore into ${dataDir} first: run npm run restore again.`);
    }
    const move = new Move(url, dataDir);
    const planned = await carryOut(move, config, progress).finally(() => move.close());
    const rows = planned.reduce((sum, { contents }) => sum + contents.rows, 0);
    say(`Moved ${rows} rows of ${planned.length} tables, and compared them by SHA-256.`);
    say('The files are as they were: keep them until you are sure, and the secret for good.');
  } catch (cause) {
    if (cause instanceof StartError || !(cause instanceof Error)) throw cause;
    throw new StartError(
      `The move stopped (${cause.message}). Check that DATABASE_URL names the owner of the database. Running this again goes on where it was.`,
      { cause },
    );
  } finally {
    release();
  }
}

async function carryOut(move: Move, config: Config, progress: Progress): Promise<Planned[]> {
  move.requireWholeSources();
  await move.requireRoom();
  const secrets = config.secrets ?? keptSecrets(config.dataDir);
  await makeTables({ ...config, role: 'all', secrets });
  const planned = await move.plan();
  for (const table of planned) await move.copy(table, progress);
  progress.end();
  await move.finish(planned);
  return planned;
}

interface Planned {
  table: MovedTable;
  contents: Contents;
}

class Move {
  readonly #sources: Record<Schema, DatabaseSync>;
  readonly #targets: Record<Schema, ReturnType<typeof openTarget>>;

  constructor(url: string, dataDir: string) {
    const source = (name: Schema) =>
      new DatabaseSync(join(dataDir, `${name}.db`), { readOnly: true });
    this.#sources = {
      accounts: source('accounts'),
      guard: source('guard'),
      tasks: source('tasks'),
    };
    const target = (name: Schema) => openTarget(url, name);
    this.#targets = {
      accounts: target('accounts'),
      guard: target('guard'),
      tasks: target('tasks'),
    };
  }

  /** Whole, and as this version of the program makes them. */
  requireWholeSources(): void {
    for (const name of schemas) {
      const damage = damageOf(this.#sources[name], 'integrity_check');
      if (damage !== undefined) {
        throw new StartError(
          `${name}.db is damaged (${damage}). Put the last backup in its place: npm run restore -- BACKUP --yes`,
        );
      }
    }
    const wanted = { guard: guardMigrations('sqlite'), tasks: tasksMigrations('sqlite') };
    for (const name of ['guard', 'tasks'] as const) {
      const made = migrationsIn(this.#sources[name]);
      if (JSON.stringify(made) !== JSON.stringify(Object.keys(wanted[name]).sort())) {
        throw new StartError(
          `${name}.db is not of this version of Ownlist. Start this version on the files once, without DATABASE_URL, and stop it again.`,
        );
      }
    }
  }

  /** The database is empty, or in the middle of a move. */
  async requireRoom(): Promise<void> {
    if ((await unfinishedPlan(this.#targets.guard)) !== undefined) return;
    for (const name of schemas) {
      if (await hasRows(this.#targets[name])) {
        throw new StartError(
          `The database holds data in its schema ${name}. Move into an empty one.`,
        );
      }
    }
  }

  /** What is to be moved, which is the same each time that this is run until it is complete. */
  async plan(): Promise<Planned[]> {
    const planned: Planned[] = [];
    for (const schema of schemas) {
      for (const table of await this.#tables(schema)) {
        const contents = await contentsOf(readRows(this.#sources[schema], table));
        planned.push({ table, contents });
      }
    }
    const plan = JSON.stringify(planned);
    const begun = await unfinishedPlan(this.#targets.guard);
    if (begun === undefined) await beginMove(this.#targets.guard, plan);
    else if (begun !== plan) {
      throw new StartError(
        'The database is in the middle of a move of other files, or these have changed since. To begin anew, empty it: drop schema accounts, guard, tasks, unfinished_move cascade',
      );
    }
    return planned;
  }

  async #tables(schema: Schema): Promise<MovedTable[]> {
    const there = await tablesOfSchema(this.#targets[schema]);
    const source = this.#sources[schema];
    const isMoved = (name: string) => !name.startsWith('kysely') && !isDerived(name);
    const names = tablesOf(source).filter(isMoved);
    const differs = inOrder([...there.keys()].filter(isMoved)) !== inOrder(names);
    const tables = names.map((name) => {
      const shape = shapeOf(source, name);
      const [moved, key] = [shape.columns, shape.key].map((names) =>
        names.filter((column) => !isDerived(name, column)),
      ) as [string[], string[]];
      const columns = (there.get(name) ?? []).map(({ name: column, type }) => ({
        name: column,
        type,
      }));
      const same = inOrder(columns.map((column) => column.name)) === inOrder(moved);
      if (differs || !same || key.length === 0) {
        throw new StartError(
          `${schema}.db and the schema ${schema} have not the same tables and columns (see ${name}). Start this version on the files once, without DATABASE_URL, and stop it again.`,
        );
      }
      return { schema, name, columns, key, refersToOthers: shape.refersToOthers };
    });
    // Rows that others refer to come first.
    return tables
      .sort((a, b) => Number(a.refersToOthers) - Number(b.refersToOthers))
      .map(({ refersToOthers: _, ...table }) => table);
  }

  async copy({ table, contents }: Planned, progress: Progress): Promise<void> {
    const target = this.#targets[table.schema];
    const label = `${table.schema}.${table.name}`;
    const after = await lastKey(target, table);
    let done = contents.rows - (await this.#countBehind(table, after));
    progress.at(label, done, contents.rows);
    for (const rows of readRows(this.#sources[table.schema], table, after)) {
      await appendRows(target, table, rows);
      done += rows.length;
      progress.at(label, done, contents.rows);
    }
  }

  async #countBehind(table: MovedTable, after: MovedRow | undefined): Promise<number> {
    return (await contentsOf(readRows(this.#sources[table.schema], table, after))).rows;
  }

  /** Reads everything back and, where it is what was sent, opens the database for servers. */
  async finish(planned: readonly Planned[]): Promise<void> {
    for (const { table, contents } of planned) {
      const target = this.#targets[table.schema];
      const arrived = await contentsOf(readBack(target, table));
      if (arrived.rows !== contents.rows || arrived.sha256 !== contents.sha256) {
        throw new StartError(
          `What arrived in ${table.schema}.${table.name} is not what was sent (${arrived.rows} rows of ${contents.rows}). Somebody else writes into the database. Empty it and begin anew: drop schema accounts, guard, tasks, unfinished_move cascade`,
        );
      }
    }
    for (const schema of schemas) {
      for (const [table, columns] of await tablesOfSchema(this.#targets[schema])) {
        for (const { name, isIdentity } of columns) {
          if (isIdentity) await continueNumbers(this.#targets[schema], table, name);
        }
      }
    }
    await endMove(this.#targets.guard);
  }

  async close(): Promise<void> {
    for (const name of schemas) {
      this.#sources[name].close();
      await this.#targets[name].destroy();
    }
  }
}
