import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { type ProblemCode, problemPath } from '../../contract/problem.ts';
import { docsPath, problemIndexPath, styleSheetPath } from './layout.ts';
import { type OpenApiOptions, openApiDocument } from './openapi.ts';
import { problemCodes, problemIndexPage, problemPage } from './problem-page.ts';
import { referencePage } from './reference-page.ts';

/** A body that stays the same as long as the process lives. */
interface StaticBody {
  contentType: string;
  body: string;
  etag: string;
}

/**
 * The public pages that explain the API: the reference and a page for every problem. All of them
 * are made once, when somebody asks, and answered with an ETag to be asked for again. Each problem
 * has a route of its own, so an unknown code is an unknown address like any other. The OpenAPI
 * document itself is an operation of the route table, and served with the others.
 */
export function docsRoutes(options: OpenApiOptions): FastifyPluginCallback {
  return (app, _options, done) => {
    for (const [path, make] of staticBodies(options)) {
      let body: StaticBody | undefined;
      app.get(path, (request, reply) => {
        body ??= make();
        return send(request, reply, body);
      });
    }
    done();
  };
}

type MakeBody = () => StaticBody;

function staticBodies(options: OpenApiOptions): ReadonlyMap<string, MakeBody> {
  return new Map<string, MakeBody>([
    [docsPath, () => page(referencePage(openApiDocument(options)))],
    [styleSheetPath, () => staticBody('text/css', styleSheet())],
    [problemIndexPath, () => page(problemIndexPage())],
    ...problemCodes.map(problemBody),
  ]);
}

function problemBody(code: ProblemCode): [path: string, make: MakeBody] {
  return [problemPath(code), () => page(problemPage(code))];
}

function styleSheet(): string {
  return readFileSync(new URL('./style.css', import.meta.url), 'utf8');
}

function page(body: string): StaticBody {
  return staticBody('text/html', body);
}

function staticBody(type: string, body: string): StaticBody {
  const digest = createHash('sha256').update(body).digest('base64url');
  return { contentType: `${type}; charset=utf-8`, body, etag: `"${digest}"` };
}

/** `no-cache` lets a browser keep the body and makes it ask first (RFC 9111 §5.2.2.4). */
function send(request: FastifyRequest, reply: FastifyReply, body: StaticBody): FastifyReply {
  reply.header('Cache-Control', 'no-cache').header('ETag', body.etag);
  if (isCurrent(request.headers['if-none-match'], body.etag)) return reply.code(304).send();
  return reply.header('Content-Type', body.contentType).send(body.body);
}

/** RFC 9110 §13.1.2: `*`, or a list compared weakly. */
function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  const candidates = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return candidates.includes('*') || candidates.includes(etag);
}
