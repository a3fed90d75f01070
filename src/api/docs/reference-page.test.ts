import { describe, expect, test } from 'vitest';
import { problemPath } from '../../contract/problem.ts';
import { type Route, routes } from '../../contract/routes.ts';
import { openApiDocument } from './openapi.ts';
import { problemCodes, problemIndexPage, problemPage } from './problem-page.ts';
import { referencePage } from './reference-page.ts';

const document = openApiDocument({ origin: 'http://localhost:3000', version: '1.2.3' });
const reference = referencePage(document);
const pages: [name: string, page: string][] = [
  ['the reference', reference],
  ['the index of problems', problemIndexPage()],
  ...problemCodes.map((code): [string, string] => [code, problemPage(code)]),
];

describe('the reference page', () => {
  test.each(Object.entries<Route>(routes))(
    '%s has a section and a link in the contents',
    (id, route) => {
      expect(ids(reference)).toContain(id);
      expect(links(contents(reference))).toContain(`#${id}`);
      expect(text(reference)).toContain(`${route.method} ${route.path}`);
    },
  );

  test('every schema, parameter and problem of the document is on it', () => {
    const { schemas } = document.components;
    for (const name of Object.keys(schemas)) expect(ids(reference)).toContain(`schema-${name}`);
    for (const { name } of parameters()) expect(reference).toContain(`<code>${name}</code>`);
    const named = JSON.stringify(document.paths);
    const codes = problemCodes.filter((code) => named.includes(`"${code}"`));
    for (const code of codes) expect(links(reference)).toContain(problemPath(code));
  });

  test('it says of each operation whether a token is needed', () => {
    const all = Object.values<Route>(routes);
    const owners = all.filter(({ access }) => access === 'owner');
    expect(reference.split('Needs an access token').length - 1).toBe(owners.length);
    expect(reference.split('No access token is needed').length - 1).toBe(
      all.length - owners.length,
    );
  });

  test('what the document says is shown as text, whatever it is', () => {
    const hostile = structuredClone(document);
    hostile.info.version = '<script>alert(1)</script>';
    hostile.servers[0].url = '"><img src=x onerror=alert(1)>';
    expect(referencePage(hostile)).not.toMatch(/<script|<img/);
  });
});

describe('every page of the documentation', () => {
  test.each(pages)('%s has no script, no inline style and no handler', (_name, page) => {
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i);
  });

  test.each(pages)('%s loads and links nothing from elsewhere', (_name, page) => {
    for (const address of links(page)) expect(address).toMatch(/^(#|\/(?!\/))/);
    expect(page).not.toMatch(/\s(src|srcset|action)=|<(img|iframe|object|embed|base)\b/i);
  });

  test.each(pages)('%s uses each id once, and its anchors lead somewhere', (_name, page) => {
    expect(new Set(ids(page)).size).toBe(ids(page).length);
    for (const address of links(page).filter((link) => link.startsWith('#'))) {
      expect(ids(page)).toContain(address.slice(1));
    }
    for (const [, label] of page.matchAll(/aria-labelledby="([^"]*)"/g)) {
      expect(ids(page)).toContain(label);
    }
  });

  test.each(pages)('the headings of %s begin with one h1 and skip no level', (_name, page) => {
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toEqual([1]);
    levels.reduce((above, level) => {
      expect(level).toBeLessThanOrEqual(above + 1);
      return level;
    }, 0);
  });

  test.each(pages)('%s closes what it opens', (_name, page) => {
    expect(unbalanced(page)).toEqual([]);
  });
});

function parameters() {
  const items = Object.values(document.paths).flatMap((item) => Object.values(item));
  return items.flatMap((operation) => operation.parameters ?? []);
}

function contents(page: string): string {
  return /<nav class="contents".*?<\/nav>/s.exec(page)?.[0] ?? '';
}

function ids(page: string): string[] {
  return [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => id);
}

function links(page: string): string[] {
  return [...page.matchAll(/\shref="([^"]*)"/g)].map(([, address = '']) => address);
}

function text(page: string): string {
  return page.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ');
}

/** Tags that are closed in another order than they were opened, or not at all. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  for (const [, slash, name = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)/g)) {
    if (['meta', 'link', 'br'].includes(name)) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}
