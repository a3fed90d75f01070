import { type Html, type HtmlValue, html } from './html.ts';
import type { JsonSchema, Parameter } from './openapi-document.ts';
import { prose } from './prose.ts';

/** A row of a table of parameters or members. */
interface Field {
  name: string;
  required: boolean;
  /** Where it is sent, when there is a choice. */
  place?: string;
  description?: string | undefined;
  schema: JsonSchema;
}

/** The members of an object schema. */
export function memberTable({ properties = {}, required = [] }: JsonSchema, title: string): Html {
  const fields = Object.entries(properties).map(([name, schema]) => ({
    name,
    required: required.includes(name),
    description: schema.description,
    schema,
  }));
  return fieldTable(fields, title, 'Member');
}

/** The parameters of an operation, from the path, the query and the headers. */
export function parameterTable(parameters: readonly Parameter[], title: string): Html {
  const fields = parameters.map((parameter) => ({ ...parameter, place: parameter.in }));
  return fieldTable(fields, title, 'Parameter');
}

function fieldTable(fields: readonly Field[], title: string, heading: string): Html {
  return html`<table>
<caption>${title}</caption>
<thead><tr><th scope="col">${heading}</th><th scope="col">Meaning</th></tr></thead>
<tbody>${fields.map(fieldRow)}</tbody>
</table>`;
}

function fieldRow({ name, required, place, description, schema }: Field): Html {
  const notes = [place ?? '', required ? 'required' : 'optional'].filter((note) => note !== '');
  return html`<tr>
<th scope="row"><code>${name}</code><span class="note">${notes.join(', ')}</span></th>
<td><span class="type">${typeOf(schema)}</span>${described(description)}</td>
</tr>`;
}

function described(description: string | undefined): HtmlValue {
  return description === undefined ? '' : html`<p>${prose(description)}</p>`;
}

/** The type of a value in a few words, with its limits; a named schema is a link. */
export function typeOf(schema: JsonSchema): Html {
  const { $ref, anyOf, items } = schema;
  if ($ref !== undefined) return schemaLink($ref);
  if (anyOf !== undefined) return joined(anyOf.map(typeOf), ' or ');
  if (items !== undefined) return html`array of ${typeOf(items)}`;
  if (schema.enum !== undefined) return html`${choices(schema.enum)}${limits(schema)}`;
  return html`${plainType(schema)}${limits(schema)}`;
}

/** A format says more than `string`, its only type here besides null. */
function plainType({ type = 'any value', format }: JsonSchema): string {
  const names = typeof type === 'string' ? [type] : type;
  return names.map((name) => (name === 'string' ? (format ?? name) : name)).join(' or ');
}

function choices(values: readonly (string | number)[]): Html {
  return joined(
    values.map((value) => html`<code>${value}</code>`),
    ' or ',
  );
}

function limits(schema: JsonSchema): HtmlValue {
  const characters = range(schema.minLength, schema.maxLength);
  const values = range(schema.minimum, schema.maximum);
  return [
    characters === '' ? '' : `, ${characters} characters`,
    values === '' ? '' : `, ${values}`,
    schema.default === undefined ? '' : html`, default <code>${String(schema.default)}</code>`,
  ];
}

function range(least: number | undefined, most: number | undefined): string {
  if (least !== undefined && most !== undefined) return `${grouped(least)} to ${grouped(most)}`;
  if (most !== undefined) return `at most ${grouped(most)}`;
  return least === undefined ? '' : `at least ${grouped(least)}`;
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}

/** A link to a named schema's section on the page. */
function schemaLink($ref: string): Html {
  const name = schemaName($ref);
  return html`<a href="#${schemaAnchor(name)}">${name}</a>`;
}

export function schemaName($ref: string): string {
  return $ref.slice($ref.lastIndexOf('/') + 1);
}

/** Prefixed, so that no schema can take the id of an operation. */
export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html`${separator}${part}`))}`;
}
