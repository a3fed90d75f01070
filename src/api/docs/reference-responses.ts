import { STATUS_CODES } from 'node:http';
import { type ProblemCode, problemPath, problems } from '../../contract/problem.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import type { MediaType, Operation, Response } from './openapi-document.ts';
import { prose } from './prose.ts';
import { typeOf } from './reference-schema.ts';

/** The answers of an operation: each status with its body, its headers and its problem codes. */
export function responseTable({ responses, summary }: Operation): Html {
  return html`<table>
<caption>Answers to “${summary}”</caption>
<thead><tr><th scope="col">Status</th><th scope="col">Answer</th></tr></thead>
<tbody>${Object.entries(responses).map(([status, response]) => row(status, response))}</tbody>
</table>`;
}

function row(status: string, response: Response): Html {
  const codes = problemCodes(response);
  return html`<tr>
<th scope="row"><strong>${status}</strong><span class="note">${STATUS_CODES[status] ?? ''}</span></th>
<td>${codes.length === 0 ? success(response) : problemList(codes)}${headerNotes(response)}</td>
</tr>`;
}

function success({ description, content = {} }: Response): Html {
  return html`<p>${prose(description)}</p>${Object.entries(content).map(bodyNote)}`;
}

function bodyNote([type, { schema }]: [string, MediaType]): Html {
  return html`<p>Body: ${typeOf(schema)} as <code>${type}</code></p>`;
}

function problemList(codes: readonly ProblemCode[]): Html {
  return html`<ul class="codes">${codes.map(problemItem)}</ul>`;
}

function problemItem(code: ProblemCode): Html {
  return html`<li><a href="${problemPath(code)}"><code>${code}</code></a>
<span>${problems[code].title}</span></li>`;
}

/** X-Request-Id is on every answer and is told once, at the top of the page. */
function headerNotes({ headers }: Response): HtmlValue {
  const names = Object.keys(headers).filter((name) => name !== 'X-Request-Id');
  if (names.length === 0) return '';
  const list = names.map((name) => html` <code>${name}</code>`);
  return html`<p class="headers">${names.length === 1 ? 'Header:' : 'Headers:'}${list}</p>`;
}

/** The codes that the schema of a problem answer narrows `code` to. */
function problemCodes({ content = {} }: Response): ProblemCode[] {
  const narrowing = content['application/problem+json']?.schema.allOf ?? [];
  return narrowing.flatMap(({ properties: { code } = {} }) => code?.enum ?? []).filter(isCode);
}

function isCode(value: string | number): value is ProblemCode {
  return Object.hasOwn(problems, value);
}
