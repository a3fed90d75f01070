import { describe, expect, test } from 'vitest';
import { problemPath, problems } from '../../contract/problem.ts';
import { problemCodes, problemIndexPage, problemPage } from './problem-page.ts';

describe('the pages of the problems', () => {
  test('every problem of the contract has one', () => {
    expect([...problemCodes].sort()).toEqual(Object.keys(problems).sort());
  });

  test.each(problemCodes)('the page of %s says what it is and what to do', (code) => {
    const words = text(problemPage(code));
    const { status, title, meaning, remedy } = problems[code];
    for (const part of [code, String(status), title, meaning, remedy]) {
      expect(words).toContain(part.replaceAll('`', ''));
    }
  });

  test('the index leads to each of them', () => {
    for (const code of problemCodes) {
      expect(problemIndexPage()).toContain(`href="${problemPath(code)}"`);
    }
  });

  test('a page names the operations that answer with its problem, and no others', () => {
    expect(problemPage('version_stale')).toContain('href="/api/docs#updateTask"');
    expect(problemPage('version_stale')).toContain('href="/api/docs#deleteTask"');
    expect(problemPage('version_stale')).not.toContain('href="/api/docs#createTask"');
    expect(problemPage('token_missing')).not.toContain('href="/api/docs#getOpenApi"');
  });
});

function text(page: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return page
    .replace(/<[^>]*>/g, '')
    .replace(/&([^;]+);/g, (_entity, name: string) => characters[name] ?? '?');
}
