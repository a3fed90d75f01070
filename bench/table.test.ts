import { expect, test } from 'vitest';
import { withFigures } from './document.ts';
import { reaches } from './figure.ts';
import { lines, markdown, rounded } from './table.ts';

const list = { what: 'list', against: 'the limit', unit: '×' } as const;

test('a target is reached at its value, and missed on the wrong side of it', () => {
  const least = { atLeast: 0.7 };
  expect(reaches({ value: 0.7, target: least })).toBe(true);
  expect(reaches({ value: 0.699, target: least })).toBe(false);
  const most = { atMost: 2 };
  expect(reaches({ value: 2, target: most })).toBe(true);
  expect(reaches({ value: 2.01, target: most })).toBe(false);
  expect(reaches({ value: 1 })).toBeUndefined();
});

test('a line has the figure, its spread, its target, and whether that is reached', () => {
  const figure = { ...list, value: 0.756, least: 0.7, most: 0.8, target: { atLeast: 0.7 } };
  expect(lines([figure])).toBe(
    'reached list: 0.76 × (0.70 to 0.80) the limit; target at least 0.7',
  );
  expect(lines([{ ...figure, value: 0.5 }])).toMatch(/^missed {2}list: 0\.50 ×/);
});

test('nothing is said to be reached where something else was measured, too', () => {
  const figure = { ...list, value: 0.8, cpu: 0.4, target: { atLeast: 0.7 } };
  expect(markdown([{ ...figure, otherBusy: 0.95 }])).toContain(
    '| list | **0.80 ×** the limit; 0.40 × by processor time | at least 0.7 | reached |',
  );
  const starved = markdown([{ ...figure, otherBusy: 0.6 }]);
  expect(starved).toContain(
    'the other server could use only 60 % of its core | at least 0.7 | unsure',
  );
  expect(markdown([{ ...figure, isQuiet: false }])).toContain('| at least 0.7 | unsure |');
  expect(markdown([{ ...figure, stolen: 0.05 }])).toContain('| at least 0.7 | reached |');
  expect(markdown([{ ...figure, stolen: 0.12 }])).toContain(
    'other guests of the hardware had 12 % of the time | at least 0.7 | unsure |',
  );
});

test.each([
  [0.0512, '0.051'],
  [0.756, '0.76'],
  [9.999, '10.00'],
  [12.34, '12.3'],
  [123.4, '123'],
])('%d is written %s', (value, text) => {
  expect(rounded(value)).toBe(text);
});

test('figures replace those before them and nothing else of the document', () => {
  const [begin, end] = ['<!-- figures: npm run bench -- --write -->', '<!-- end of figures -->'];
  const document = `# Title\n\n${begin}\n\nold\n\n${end}\n\nMore.\n`;
  expect(withFigures(document, 'new')).toBe(`# Title\n\n${begin}\n\nnew\n\n${end}\n\nMore.\n`);
  expect(() => withFigures('# Title\n', 'new')).toThrow('has no');
});
