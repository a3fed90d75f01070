import { routes } from '../../contract/routes.ts';
import { type Html, type HtmlValue, html } from './html.ts';

export const docsPath = '/api/docs';
export const styleSheetPath = '/api/docs/style.css';
export const problemIndexPath = '/api/problems';

export interface PageParts {
  title: string;
  /** The address in the banner that this page belongs to. */
  section: string;
  /** Left of the text on a wide screen, above it on a narrow one. */
  nav?: HtmlValue;
  main: HtmlValue;
}

/** A whole page: no script, no inline style, nothing from elsewhere, as the strict CSP demands. */
export function page({ title, section, nav, main }: PageParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · Ownlist</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="${styleSheetPath}">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${banner(section)}
<div class="${nav === undefined ? 'frame' : 'frame frame-nav'}">
${nav ?? ''}
<main id="main">${main}</main>
</div>
</body>
</html>
`.toString();
}

const bannerLinks: readonly (readonly [path: string, text: string])[] = [
  [docsPath, 'API'],
  [problemIndexPath, 'Problems'],
  [routes.getOpenApi.path, 'openapi.json'],
];

function banner(section: string): Html {
  const links = bannerLinks.map(([path, text]) =>
    path === section
      ? html`<a href="${path}" aria-current="true">${text}</a>`
      : html`<a href="${path}">${text}</a>`,
  );
  return html`<header class="banner">
<div>
<a class="brand" href="/">Ownlist</a>
<nav aria-label="Documentation">${links}</nav>
</div>
</header>`;
}

/** Code that keeps its lines; the keyboard can scroll it. */
export function codeBlock(code: string, label: string): Html {
  return html`<pre tabindex="0" role="region" aria-label="${label}"><code>${code}</code></pre>`;
}
