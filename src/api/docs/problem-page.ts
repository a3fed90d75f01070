import { STATUS_CODES } from 'node:http';
import { type ProblemCode, problemPath, problems } from '../../contract/problem.ts';
import { commonProblems, type Route, routes } from '../../contract/routes.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { docsPath, page, problemIndexPath } from './layout.ts';
import { prose } from './prose.ts';

/** Every problem code of the contract, by status. */
export const problemCodes: readonly ProblemCode[] = Object.keys(problems)
  .filter(isCode)
  .sort((a, b) => problems[a].status - problems[b].status);

/** The page that the `type` of a problem leads to (RFC 9457 §3.1.1): what it means, what to do. */
export function problemPage(code: ProblemCode): string {
  const { title, meaning, remedy } = problems[code];
  return page({
    title,
    section: problemIndexPath,
    main: html`<h1>${title}</h1>
<p class="facts"><span class="tag">${code}</span> ${statusText(code)}</p>
<h2>What it means</h2>
<p>${prose(meaning)}</p>
<h2>What to do</h2>
<p>${prose(remedy)}</p>
${operations(code)}`,
  });
}

/** The page of `/api/problems`: every problem this server answers with. */
export function problemIndexPage(): string {
  return page({
    title: 'Problems',
    section: problemIndexPath,
    main: html`<h1>Problems</h1>
<p>An answer that is not a success is <code>application/problem+json</code> (RFC 9457). Its
<code>code</code> never changes its meaning: branch on it. Its <code>type</code> leads to the page
of the problem.</p>
<table>
<caption>Every problem, by status</caption>
<thead><tr><th scope="col">Status</th><th scope="col">Problem</th></tr></thead>
<tbody>${problemCodes.map(indexRow)}</tbody>
</table>`,
  });
}

function indexRow(code: ProblemCode): Html {
  return html`<tr>
<td><strong>${problems[code].status}</strong></td>
<td><a href="${problemPath(code)}"><code>${code}</code></a><p>${problems[code].title}</p></td>
</tr>`;
}

/** Problems that come from outside the route table, such as an unknown address, name no operation. */
function operations(code: ProblemCode): HtmlValue {
  const answering = Object.entries<Route>(routes).filter(([, route]) => answers(route, code));
  if (answering.length === 0) return '';
  const items = answering.map(
    ([id, { summary }]) => html`<li><a href="${docsPath}#${id}">${summary}</a></li>`,
  );
  return html`<h2>Operations that answer with it</h2><ul>${items}</ul>`;
}

function answers({ access, problems: own }: Route, code: ProblemCode): boolean {
  return own.includes(code) || commonProblems[access].includes(code);
}

function statusText(code: ProblemCode): string {
  const { status } = problems[code];
  return `${status} ${STATUS_CODES[status] ?? ''}`;
}

function isCode(name: string): name is ProblemCode {
  return Object.hasOwn(problems, name);
}
