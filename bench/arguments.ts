import { parseArgs } from 'node:util';
import { type PeerName, peerNames } from './servers/peer-names.ts';

export interface Options {
  /** Names of rows; undefined: all. */
  only: readonly string[] | undefined;
  rounds: number;
  /** How long each server has of a round; twice that where the disk is waited for. */
  seconds: number;
  peers: readonly PeerName[];
  write: boolean;
  profile: boolean;
  help: boolean;
}

const roundsDefault = 5;
const secondsDefault = 1;

/**
 * What the command line asks for.
 * @throws {Error} naming what is wrong and what there is.
 */
export function parseOptions(args: readonly string[], rowNames: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      peers: { type: 'string' },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { write, profile, help } = values;
  if (write && values.only !== undefined) {
    throw new Error(
      '--write is for all rows at once: the document has one table. Leave --only out.',
    );
  }
  return {
    only: values.only === undefined ? undefined : namesIn('--only', values.only, rowNames),
    rounds: number('--rounds', values.rounds ?? `${roundsDefault}`, {
      fits: (value) => Number.isInteger(value) && value >= 1,
      what: 'a whole number from 1',
    }),
    seconds: number('--seconds', values.seconds ?? `${secondsDefault}`, {
      fits: (value) => Number.isFinite(value) && value > 0,
      what: 'a number above 0',
    }),
    peers:
      values.peers === 'none'
        ? []
        : namesIn('--peers', values.peers ?? peerNames.join(), peerNames),
    write,
    profile,
    help,
  };
}

function namesIn<Name extends string>(
  option: string,
  list: string,
  known: readonly Name[],
): readonly Name[] {
  return list.split(',').map((given) => {
    const name = known.find((candidate) => candidate === given.trim());
    if (name === undefined) {
      throw new Error(`${option} has "${given}": use some of ${known.join(', ')}.`);
    }
    return name;
  });
}

function number(
  option: string,
  given: string,
  { fits, what }: { fits: (value: number) => boolean; what: string },
): number {
  if (fits(Number(given))) return Number(given);
  throw new Error(`${option} is "${given}": use ${what}.`);
}
