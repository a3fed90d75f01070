// `npm run bench`: the comparison with the limit and with peers, on this machine.
import { type Options, parseOptions } from './arguments.ts';
import { type Bench, createBench } from './bench.ts';
import { coresInWords, pinLoad } from './cores.ts';
import { writeFigures } from './document.ts';
import type { Figure } from './figure.ts';
import { describeMachine, processorTicks, shareOfOthers, shareStolenSince } from './machine.ts';
import { changed } from './rows/changed.ts';
import { create } from './rows/create.ts';
import { list } from './rows/list.ts';
import { memory } from './rows/memory.ts';
import { notModified } from './rows/not-modified.ts';
import { one } from './rows/one.ts';
import { patch } from './rows/patch.ts';
import type { Row } from './rows/row.ts';
import { search } from './rows/search.ts';
import { signIn } from './rows/sign-in.ts';
import { sizes } from './rows/sizes.ts';
import { start } from './rows/start.ts';
import { verification } from './rows/verification.ts';
import { lines, markdown } from './table.ts';

const rows: readonly Row[] = [
  list,
  changed,
  notModified,
  one,
  patch,
  create,
  verification,
  sizes,
  search,
  signIn,
  start,
  memory,
];

/** What other programs may use of the machine before its figures are sure of nothing. */
const othersMax = 0.1;

const help = `npm run bench -- [options]

  --only NAMES     some of ${rows.map(({ name }) => name).join(',')}
  --rounds N       how often each server has its turn (5)
  --seconds S      how long each server has of a round, twice that to write (1)
  --peers NAMES    some of express,fastify,fastapi, or none (all)
  --profile        where Ownlist's main thread spends its time, for each comparison
  --write          put the figures of all rows into docs/benchmarks.md`;

const options = readOptions();
if (options.help) console.log(help);
else await run();
// A row that failed has left servers and connections behind: they end with this process.
process.exit();

function readOptions(): Options {
  try {
    return parseOptions(
      process.argv.slice(2),
      rows.map(({ name }) => name),
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

async function run(): Promise<void> {
  const conditions = [
    ...describeMachine(options.peers),
    `rounds: ${options.rounds}, of ${options.seconds} s for each server, twice that to write; ${coresInWords}`,
  ];
  const others = await shareOfOthers();
  const isQuiet = others <= othersMax;
  const warnings = isQuiet
    ? []
    : [
        `Other programs used ${Math.round(100 * others)} % of this machine when it began: nothing here is sure.`,
      ];
  pinLoad();
  console.log(`${[...conditions, ...warnings].join('\n')}\n`);
  const bench = createBench(options);
  const figures: Figure[] = [];
  const failed: string[] = [];
  for (const row of rows.filter(({ name }) => options.only?.includes(name) ?? true)) {
    const found = await figuresOf(row, bench, isQuiet);
    figures.push(...(found ?? []));
    if (found === undefined) failed.push(`The row "${row.name}" could not be measured.`);
  }
  await bench.stop();
  if (!options.write) return;
  const list = conditions.map((line) => `- ${line}`).join('\n');
  writeFigures([...warnings, ...failed, markdown(figures), 'Measured on:', list].join('\n\n'));
}

/** Undefined for a row that cannot be measured: the others go on, and the run ends with 1. */
async function figuresOf(row: Row, bench: Bench, isQuiet: boolean): Promise<Figure[] | undefined> {
  const before = processorTicks();
  try {
    const measured = await row.run(bench);
    const stolen = shareStolenSince(before);
    const figures = measured.map((figure) => ({ ...figure, isQuiet, stolen }));
    console.log(lines(figures));
    return figures;
  } catch (error) {
    process.exitCode = 1;
    console.log(`${row.name}: not measured. ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}
