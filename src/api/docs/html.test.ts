import { describe, expect, test } from 'vitest';
import { type HtmlValue, html } from './html.ts';

/** What has broken out of naive templates, in text and in quoted attribute values. */
const corpus = [
  '<script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '" onmouseover="alert(1)',
  "' onmouseover='alert(1)",
  '"><script>alert(1)</script>',
  "'><script>alert(1)</script>",
  '--><script>alert(1)</script>',
  '<!--<script>',
  ']]><script>alert(1)</script>',
  '<<script>alert(1)//<</script>',
  '&lt;script&gt;',
  '&#60;script&#62;',
  '<scr\u0000ipt>alert(1)</scr\u0000ipt>',
  '<a href="javascript:alert(1)">',
  "$& $1 $` $'",
];

describe('html', () => {
  test.each(corpus)('%j stays text between tags and in an attribute', (text) => {
    const markup = html`<p title="${text}">${text}</p>`.toString();
    const [, attribute = '', content = ''] =
      /^<p title="([^"<>']*)">([^<>"']*)<\/p>$/.exec(markup) ?? [];
    expect(decoded(attribute)).toBe(text);
    expect(decoded(content)).toBe(text);
  });

  test('markup made by html is not escaped again, and a list is joined without commas', () => {
    const items = ['a', '<b>'].map((text) => html`<li>${text}</li>`);
    expect(html`<ul>${items}</ul>${3}`.toString()).toBe('<ul><li>a</li><li>&lt;b&gt;</li></ul>3');
  });

  test('text in a list, however deep, is escaped', () => {
    expect(html`${['<a>', ['<b>', ['<c>']]]}`.toString()).toBe('&lt;a&gt;&lt;b&gt;&lt;c&gt;');
  });

  test('an object that only looks like markup is escaped', () => {
    const forged: unknown = { toString: () => '<script>', '#markup': '<script>' };
    // The cast stands for data of the wrong type, such as parsed JSON.
    expect(html`${forged as HtmlValue}`.toString()).toBe('&lt;script&gt;');
  });

  test('an attribute value without double quotes is refused', () => {
    expect(() => html`<p title=${'a'}>`).toThrow(TypeError);
    expect(() => html`<p title = ${'a'}>`).toThrow(TypeError);
    expect(() => html`<p title='${'a'}'>`).toThrow(TypeError);
    expect(html`<p>a=${'b'}</p>`.toString()).toBe('<p>a=b</p>');
  });

  test.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '',
  ])('%j is refused as an address', (address) => {
    expect(() => html`<a href="${address}">x</a>`).toThrow(TypeError);
    expect(() => html`<img src="${address}">`).toThrow(TypeError);
  });

  test.each(['#listTasks', '/', '/api/docs#listTasks', 'https://example.org/?a=1', 'http://a'])(
    '%j is taken as an address',
    (address) => {
      expect(html`<a href="${address}">x</a>`.toString()).toBe(`<a href="${address}">x</a>`);
    },
  );
});

function decoded(text: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replace(/&([^;]+);/g, (_entity, name: string) => characters[name] ?? '?');
}
