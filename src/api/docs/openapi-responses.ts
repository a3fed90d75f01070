import { type ProblemCode, problems } from '../../contract/problem.ts';
import type { RouteResponse } from '../../contract/routes.ts';
import { schemaExamples } from './examples.ts';
import type { Header, JsonSchema, MediaType, Reference, Response } from './openapi-document.ts';
import { schemaOf, schemaRef } from './openapi-schemas.ts';

/** The headers that answers share, for `components.headers`. */
export const sharedHeaders = {
  'X-Request-Id': {
    ...header('Names this request in the log and, as `requestId`, in a problem.'),
    required: true,
  },
  'WWW-Authenticate': header('The challenge, with what was wrong with the token (RFC 6750 §3).'),
  Allow: header('The methods that this address takes (RFC 9110 §10.2.1).'),
  'Retry-After': header('Seconds to wait before the next attempt (RFC 9110 §10.2.3).'),
  ETag: header('The ETag of `current`, for If-Match.'),
} as const satisfies Record<string, Header>;

type SharedHeader = keyof typeof sharedHeaders;

const headersByStatus: Readonly<Record<number, readonly SharedHeader[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  412: ['ETag'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

/** An answer that is not a problem. */
export function successResponse({ description, schema, headers = {} }: RouteResponse): Response {
  const own = Object.entries(headers).map(([name, text]) => [name, header(text)]);
  return {
    description,
    headers: { ...references(['X-Request-Id']), ...Object.fromEntries(own) },
    ...(schema === undefined ? {} : { content: { 'application/json': mediaType(schema) } }),
  };
}

/** A body of this schema, with an example where the schema has a name. */
export function mediaType(contractSchema: object): MediaType {
  const schema = schemaOf(contractSchema);
  const examples: Readonly<Record<string, unknown>> = schemaExamples;
  const example = examples[schema.$ref?.split('/').at(-1) ?? ''];
  return example === undefined ? { schema } : { schema, example };
}

/** One answer for each status among these codes, in which `code` is one of those of its status. */
export function problemResponses(codes: readonly ProblemCode[]): Record<string, Response> {
  const byStatus = Object.groupBy([...new Set(codes)], (code) => problems[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group = []]) => [
      status,
      problemResponse(Number(status), group),
    ]),
  );
}

function problemResponse(status: number, codes: readonly ProblemCode[]): Response {
  return {
    description: codes.map((code) => `- \`${code}\`: ${problems[code].title}`).join('\n'),
    headers: references(['X-Request-Id', ...headersOf(status, codes)]),
    content: { 'application/problem+json': { schema: narrowedProblem(status, codes) } },
  };
}

/** An ambiguous credential is challenged too, although it is a 400 (RFC 6750 §3.1). */
function headersOf(status: number, codes: readonly ProblemCode[]): readonly SharedHeader[] {
  if (codes.includes('credentials_ambiguous')) return ['WWW-Authenticate'];
  return headersByStatus[status] ?? [];
}

function narrowedProblem(status: number, codes: readonly ProblemCode[]): JsonSchema {
  const properties = { status: { const: status }, code: { enum: [...codes] } };
  return { allOf: [schemaRef('Problem'), { type: 'object', properties }] };
}

function references(names: readonly SharedHeader[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function header(description: string): Header {
  return { description, schema: { type: 'string' } };
}
