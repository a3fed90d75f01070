import { type Figure, isRobbed, isStarved, reaches, type Target } from './figure.ts';

/** The figures as lines for a terminal. */
export function lines(figures: readonly Figure[]): string {
  return figures
    .map((figure) => {
      const { what, against, target } = figure;
      return [
        `${verdict(figure).padEnd(7)} ${what}: ${measured(figure)} ${against}`,
        ...(target ? [`target ${inWords(target)}`] : []),
        ...remarks(figure),
      ].join('; ');
    })
    .join('\n');
}

/** The figures as a table in Markdown. */
export function markdown(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, against, target } = figure;
    const remark = remarks(figure).map((text) => `; ${text}`);
    const cells = [
      what,
      `**${measured(figure)}** ${against}${remark.join('')}`,
      target ? inWords(target) : '',
      verdict(figure),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| | measured | target | |', '|---|---|---|---|', ...rows].join('\n');
}

function measured({ value, unit, least, most }: Figure): string {
  const spread =
    least === undefined || most === undefined ? '' : ` (${rounded(least)} to ${rounded(most)})`;
  return `${rounded(value)} ${unit}${spread}`;
}

function inWords(target: Target): string {
  return 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
}

function verdict(figure: Figure): string {
  const reached = reaches(figure);
  if (reached === undefined) return '';
  if (figure.isQuiet === false || isStarved(figure) || isRobbed(figure)) return 'unsure';
  return reached ? 'reached' : 'missed';
}

function remarks({ cpu, otherBusy = 1, stolen = 0 }: Figure): string[] {
  return [
    ...(cpu === undefined ? [] : [`${rounded(cpu)} × by processor time`]),
    ...(isStarved({ otherBusy })
      ? [`the other server could use only ${Math.round(100 * otherBusy)} % of its core`]
      : []),
    ...(isRobbed({ stolen })
      ? [`other guests of the hardware had ${Math.round(100 * stolen)} % of the time`]
      : []),
  ];
}

/** The digits that count. */
export function rounded(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}
