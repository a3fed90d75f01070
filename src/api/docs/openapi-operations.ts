import { commonProblems, type Route, routes } from '../../contract/routes.ts';
import { pathExamples } from './examples.ts';
import type { HttpMethod, JsonSchema, Operation, Parameter, PathItem } from './openapi-document.ts';
import { mediaType, problemResponses, successResponse } from './openapi-responses.ts';
import { schemaOf } from './openapi-schemas.ts';

const table: Readonly<Record<string, Route>> = routes;

/** Every operation of the route table, by path and method. */
export function pathItems(): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  for (const [operationId, route] of Object.entries(table)) {
    paths[route.path] = { ...paths[route.path], [methodOf(route)]: operation(operationId, route) };
  }
  return paths;
}

/** The tags of the operations, in the order of the table. */
export function tags(): { name: string }[] {
  return [...new Set(Object.values(table).map(tagOf))].map((name) => ({ name }));
}

/** A fixed map, not `toLowerCase`, so that the type follows the table's methods. */
function methodOf({ method }: Route): HttpMethod {
  return ({ GET: 'get', POST: 'post', PATCH: 'patch', DELETE: 'delete' } as const)[method];
}

function operation(operationId: string, route: Route): Operation {
  const parameters = parametersOf(route);
  return {
    operationId,
    tags: [tagOf(route)],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: route.access === 'owner' ? [{ accessToken: [] }] : [],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body) }),
    responses: responsesOf(route),
  };
}

/** What an owner's operation is about: the segment after the user's id. */
function tagOf({ access, path }: Route): string {
  return access === 'owner' ? (path.split('/')[4] ?? '') : 'reference';
}

function parametersOf(route: Route): Parameter[] {
  return [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
}

function pathParameters({ params = {} }: Route): Parameter[] {
  return Object.entries(params).map(([name, schema]) => ({
    ...parameter('path', name, true, schemaOf(schema)),
    ...exampleOf(name),
  }));
}

function exampleOf(name: string): { example?: string } {
  const examples: Readonly<Record<string, string>> = pathExamples;
  const example = examples[name];
  return example === undefined ? {} : { example };
}

function queryParameters({ query }: Route): Parameter[] {
  const { properties = {}, required = [] } = query === undefined ? {} : schemaOf(query);
  return Object.entries(properties).map(([name, schema]) =>
    parameter('query', name, required.includes(name), schema),
  );
}

function headerParameters({ headers = {} }: Route): Parameter[] {
  return Object.entries(headers).map(([name, description]) =>
    parameter('header', name, false, { type: 'string', description }),
  );
}

/** The schema's description belongs to the parameter, where every tool shows it. */
function parameter(
  place: Parameter['in'],
  name: string,
  required: boolean,
  { description, ...schema }: JsonSchema,
): Parameter {
  const described = description === undefined ? {} : { description };
  return { name, in: place, required, ...described, schema };
}

function requestBody(body: NonNullable<Route['body']>): NonNullable<Operation['requestBody']> {
  const content = body.mediaTypes.map((type) => [type, mediaType(body.schema)]);
  return { required: true, content: Object.fromEntries(content) };
}

function responsesOf({ responses, problems, access }: Route): Operation['responses'] {
  const successes = Object.entries(responses).map(([status, response]) => [
    status,
    successResponse(response),
  ]);
  return {
    ...Object.fromEntries(successes),
    ...problemResponses([...commonProblems[access], ...problems]),
  };
}
