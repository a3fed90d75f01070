import { curlCommand } from './curl.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { codeBlock } from './layout.ts';
import type { JsonSchema, MediaType, Operation } from './openapi-document.ts';
import { prose } from './prose.ts';
import { responseTable } from './reference-responses.ts';
import { memberTable, parameterTable, schemaName, typeOf } from './reference-schema.ts';

export interface PlacedOperation {
  method: string;
  path: string;
  operation: Operation;
  origin: string;
  schemas: Readonly<Record<string, JsonSchema>>;
}

/** The section of one operation; its id is the operationId. */
export function operationSection(placed: PlacedOperation): Html {
  const { method, path, operation } = placed;
  return html`<section class="operation" aria-labelledby="${operation.operationId}">
<h3 id="${operation.operationId}"><a href="#${operation.operationId}">${operation.summary}</a></h3>
<p class="address"><span class="tag">${method}</span> <code>${path}</code></p>
<p class="access">${access(operation)}</p>
${operation.description === undefined ? '' : html`<p>${prose(operation.description)}</p>`}
${parameters(operation)}
${body(placed)}
<h4>Answers</h4>
${responseTable(operation)}
<h4>Example</h4>
${codeBlock(example(placed), `Request: ${operation.summary}`)}
${exampleAnswer(operation)}
</section>`;
}

function access({ security }: Operation): Html {
  return security.length === 0
    ? html`<strong>Public.</strong> No access token is needed.`
    : html`<strong>Needs an access token</strong> of the user in the path.`;
}

function parameters({ parameters: list = [], summary }: Operation): HtmlValue {
  if (list.length === 0) return '';
  return html`<h4>Parameters</h4>${parameterTable(list, `Parameters of “${summary}”`)}`;
}

function body({ operation, schemas }: PlacedOperation): HtmlValue {
  const content = Object.entries(operation.requestBody?.content ?? {});
  const [first] = content;
  if (first === undefined) return '';
  const { schema } = first[1];
  const types = content.map(
    ([type], index) => html`${index > 0 ? ' or ' : ''}<code>${type}</code>`,
  );
  return html`<h4>Body</h4>
<p>${typeOf(schema)} as ${types}, required.</p>
${memberTable(schemas[schemaName(schema.$ref ?? '')] ?? schema, `Body of “${operation.summary}”`)}`;
}

function example({ method, path, operation, origin }: PlacedOperation): string {
  const [sent] = Object.entries(operation.requestBody?.content ?? {});
  return curlCommand({
    method,
    url: origin + filled(path, operation),
    headers: [
      ...(operation.security.length === 0 ? [] : ['Authorization: Bearer $TOKEN']),
      ...(sent === undefined ? [] : [`Content-Type: ${sent[0]}`]),
    ],
    ...bodyExample(sent?.[1]),
  });
}

function bodyExample(sent: MediaType | undefined): { body?: unknown } {
  return sent === undefined ? {} : { body: sent.example ?? {} };
}

/** The first answer that has an example is the one to the request above. */
function exampleAnswer({ responses, summary }: Operation): HtmlValue {
  for (const [status, { content = {} }] of Object.entries(responses)) {
    const value = content['application/json']?.example;
    if (value === undefined) continue;
    return html`<p>The answer, with status ${status}:</p>
${codeBlock(JSON.stringify(value, null, 2), `Answer: ${summary}`)}`;
  }
  return '';
}

/** The path with the example of each of its parameters. */
function filled(path: string, { parameters: list = [] }: Operation): string {
  return list.reduce(
    (address, { name, example: value }) => address.replace(`{${name}}`, value ?? `{${name}}`),
    path,
  );
}
