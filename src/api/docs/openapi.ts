import { accessTokenType } from '../../contract/access-token.ts';
import { tokenIntroduction, tokenRenewal, tokenSteps } from './getting-a-token.ts';
import type { BearerScheme, OpenApiDocument } from './openapi-document.ts';
import { pathItems, tags } from './openapi-operations.ts';
import { sharedHeaders } from './openapi-responses.ts';
import { componentSchemas } from './openapi-schemas.ts';

export interface OpenApiOptions {
  /** The public origin, without a slash at the end. */
  origin: string;
  version: string;
}

/** What a reader has to know before the first call, as sentences of their own. */
export const conventions: readonly string[] = [
  'Ownlist keeps the tasks of each user apart: a caller acts as themselves, and another user’s task is answered like one that never was.',
  'Bodies are JSON in UTF-8, and text comes back exactly as it was sent. Times are RFC 3339 in UTC with milliseconds. Members and parameters that are not described here are refused, never dropped.',
  'Every answer carries `X-Request-Id`. One that is not a success is a problem, `application/problem+json` (RFC 9457): branch on its `code`, and read the page that its `type` leads to.',
];

const accessToken: BearerScheme = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: `An access token from \`GET /api/auth/token\`: a JWT of type \`${accessTokenType}\` (RFC 9068), signed with HS256, valid for minutes. Sent as \`Authorization: Bearer <token>\` (RFC 6750), and read from nowhere else.`,
};

/**
 * The OpenAPI 3.1.1 document of this API, made from the route table and the problems of the
 * contract. Nothing in it repeats them by hand, so it cannot say anything else than they do.
 */
export function openApiDocument({ origin, version }: OpenApiOptions): OpenApiDocument {
  return {
    openapi: '3.1.1',
    info: { title: 'Ownlist API', version, description: introduction(origin) },
    servers: [{ url: origin }],
    tags: tags(),
    paths: pathItems(),
    components: {
      schemas: componentSchemas(),
      headers: sharedHeaders,
      securitySchemes: { accessToken },
    },
  };
}

/** CommonMark, as `info.description` is. */
function introduction(origin: string): string {
  const steps = tokenSteps(origin).map(
    ({ title, command }, index) => `${index + 1}. ${title}:\n\n${fenced(command)}`,
  );
  const parts = [...conventions, '## Getting a token', tokenIntroduction, ...steps, tokenRenewal];
  return parts.join('\n\n');
}

function fenced(command: string): string {
  const lines = ['```sh', ...command.split('\n'), '```'];
  return lines.map((line) => `   ${line}`).join('\n');
}
