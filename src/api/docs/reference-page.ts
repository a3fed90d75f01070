import { tokenIntroduction, tokenRenewal, tokenSteps } from './getting-a-token.ts';
import { type Html, html } from './html.ts';
import { codeBlock, docsPath, page, problemIndexPath } from './layout.ts';
import { conventions } from './openapi.ts';
import type { OpenApiDocument } from './openapi-document.ts';
import { prose } from './prose.ts';
import { operationSection, type PlacedOperation } from './reference-operation.ts';
import { memberTable, schemaAnchor } from './reference-schema.ts';

/** The page of `/api/docs`: everything the document says, for people, on one static page. */
export function referencePage(document: OpenApiDocument): string {
  return page({
    title: document.info.title,
    section: docsPath,
    nav: contents(document),
    main: [
      introduction(document),
      gettingAToken(document),
      ...document.tags.map(({ name }) => tagSection(document, name)),
      schemaSection(document),
    ],
  });
}

function contents(document: OpenApiDocument): Html {
  const groups = document.tags.map(
    ({ name }) => html`<li class="group"><a href="#${tagAnchor(name)}">${titleOf(name)}</a>
<ul>${operationsOf(document, name).map(operationLink)}</ul></li>`,
  );
  return html`<nav class="contents" aria-label="Contents">
<ul>
<li class="group"><a href="#getting-a-token">Getting a token</a></li>
${groups}
<li class="group"><a href="#schemas">Schemas</a>
<ul>${Object.keys(document.components.schemas).map(schemaItem)}</ul></li>
</ul>
</nav>`;
}

function operationLink({ operation }: PlacedOperation): Html {
  return html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`;
}

function schemaItem(name: string): Html {
  return html`<li><a href="#${schemaAnchor(name)}">${name}</a></li>`;
}

function introduction({ info, servers }: OpenApiDocument): Html {
  return html`<h1>${info.title}</h1>
<p class="facts">Version ${info.version} at <code>${servers[0].url}</code></p>
${conventions.map((text) => html`<p>${prose(text)}</p>`)}
<p><a href="${problemIndexPath}">All problems, with their remedies</a></p>`;
}

function gettingAToken({ servers, components }: OpenApiDocument): Html {
  const steps = tokenSteps(servers[0].url).map(
    ({ title, command }) => html`<li><p>${title}</p>${codeBlock(command, title)}</li>`,
  );
  return html`<section aria-labelledby="getting-a-token">
<h2 id="getting-a-token">Getting a token</h2>
<p>${prose(tokenIntroduction)}</p>
<ol class="steps">${steps}</ol>
<p>${prose(tokenRenewal)}</p>
<p>${prose(components.securitySchemes.accessToken.description)}</p>
</section>`;
}

function tagSection(document: OpenApiDocument, tag: string): Html {
  return html`<section aria-labelledby="${tagAnchor(tag)}">
<h2 id="${tagAnchor(tag)}">${titleOf(tag)}</h2>
${operationsOf(document, tag).map(operationSection)}
</section>`;
}

function schemaSection({ components }: OpenApiDocument): Html {
  const tables = Object.entries(components.schemas).map(
    ([name, schema]) => html`<h3 id="${schemaAnchor(name)}">${name}</h3>
${memberTable(schema, `Members of ${name}`)}`,
  );
  return html`<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>${tables}</section>`;
}

function operationsOf(document: OpenApiDocument, tag: string): PlacedOperation[] {
  const { paths, servers, components } = document;
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
      origin: servers[0].url,
      schemas: components.schemas,
    })),
  );
  return all.filter(({ operation }) => operation.tags.includes(tag));
}

function tagAnchor(tag: string): string {
  return `tag-${tag}`;
}

function titleOf(tag: string): string {
  return tag.charAt(0).toUpperCase() + tag.slice(1);
}
