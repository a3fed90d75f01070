import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** The part of JSON Schema 2020-12 that our document uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Schema;
}

/** One operation of the document, with its references resolved. */
export interface Operation {
  id: string;
  method: string;
  path: string;
  isPublic: boolean;
  parameters: Parameter[];
  body: { mediaTypes: string[]; schema: Schema } | undefined;
  responses: Record<string, { mediaTypes: string[]; headers: string[] }>;
  /** Whether a body is what the document says of this answer. */
  describes: (status: number, mediaType: string) => ValidateFunction;
}

/** The shape of an OpenAPI document, as far as it is read here. */
interface Document {
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema> };
}
interface RawOperation {
  operationId: string;
  security: unknown[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { headers?: object; content?: Record<string, { schema: Schema }> }>;
}

const documentKey = 'openapi';

/** Every operation that the running server describes. */
export async function documentedOperations(origin: string): Promise<Operation[]> {
  const answer = await fetch(`${origin}/api/openapi.json`);
  const document = (await answer.json()) as Document;
  const ajv = validator();
  ajv.addSchema(document, documentKey);
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, raw]) => operation(document, ajv, path, method, raw)),
  );
}

function operation(
  document: Document,
  ajv: Ajv2020,
  path: string,
  method: string,
  raw: RawOperation,
): Operation {
  const content = Object.entries(raw.requestBody?.content ?? {});
  const [first] = content;
  return {
    id: raw.operationId,
    method: method.toUpperCase(),
    path,
    isPublic: raw.security.length === 0,
    parameters: raw.parameters ?? [],
    body: first && {
      mediaTypes: content.map(([type]) => type),
      schema: resolved(document, first[1].schema),
    },
    responses: Object.fromEntries(
      Object.entries(raw.responses).map(([status, response]) => [
        status,
        {
          mediaTypes: Object.keys(response.content ?? {}),
          headers: Object.keys(response.headers ?? {}),
        },
      ]),
    ),
    describes: (status, mediaType) => {
      const place = ['paths', path, method, 'responses', status, 'content', mediaType, 'schema'];
      const $ref = `${documentKey}#/${place.map(pointerToken).join('/')}`;
      return ajv.getSchema($ref) ?? ajv.compile({ $ref });
    },
  };
}

/** A token of a JSON Pointer in a URI fragment (RFC 6901 §6). */
const pointerToken = (token: string | number): string =>
  encodeURIComponent(String(token).replaceAll('~', '~0').replaceAll('/', '~1'));

function resolved(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return (name !== undefined && document.components.schemas[name]) || schema;
}

/** A validator that knows the formats of our document: RFC 3339 §5.6, RFC 3986 §4.1 and §3. */
export function validator(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allowUnionTypes: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  ajv.addFormat('uri-reference', isUriReference);
  ajv.addFormat('uri', (text) => URL.canParse(text) && isUriReference(text));
  return ajv;
}

function isUriReference(text: string): boolean {
  return /^(?:[\w.~!$&'()*+,;=:@/?#[\]-]|%[0-9a-f]{2})*$/i.test(text);
}
