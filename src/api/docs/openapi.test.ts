import { readFileSync } from 'node:fs';
import { Check } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { type ProblemCode, problems } from '../../contract/problem.ts';
import { commonProblems, type Route, routes } from '../../contract/routes.ts';
import { NewTask, Task, TaskPatch } from '../../contract/task.ts';
import { schemaExamples } from './examples.ts';
import { openApiDocument } from './openapi.ts';
import type { Operation, Response } from './openapi-document.ts';

const origin = 'http://localhost:3000';
const document = openApiDocument({ origin, version: '1.2.3' });
const table = Object.entries<Route>(routes);
const owners = table.filter(([, route]) => route.access === 'owner');
const publics = table.filter(([, route]) => route.access === 'public');

describe('the OpenAPI document', () => {
  test.each(table)('%s is described at its path and method', (id, route) => {
    expect(operation(route).operationId).toBe(id);
    expect(operation(route).summary).toBe(route.summary);
  });

  test('nothing but the route table is described', () => {
    const described = Object.values(document.paths).flatMap((item) => Object.values(item));
    expect(described.map(({ operationId }) => operationId).sort()).toEqual(
      Object.keys(routes).sort(),
    );
  });

  test.each(owners)('%s requires an access token', (_id, route) => {
    expect(operation(route).security).toEqual([{ accessToken: [] }]);
  });

  test.each(publics)('%s says that it requires none', (_id, route) => {
    expect(operation(route).security).toEqual([]);
  });

  test('the access token is a bearer JWT', () => {
    expect(document.components.securitySchemes.accessToken).toMatchObject({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
    });
  });

  test('a query parameter keeps its default, its limits and whether it is required', () => {
    expect(operation(routes.listTasks).parameters).toContainEqual({
      name: 'limit',
      in: 'query',
      description: 'The most tasks on a page.',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });

  test.each(table)('%s takes the parameters and the body of the table', (_id, route) => {
    const { parameters = [], requestBody } = operation(route);
    const names = (place: string) =>
      parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
    expect(names('path')).toEqual(Object.keys(route.params ?? {}));
    expect(names('header')).toEqual(Object.keys(route.headers ?? {}));
    expect(Object.keys(requestBody?.content ?? {})).toEqual(route.body?.mediaTypes ?? []);
    expect(requestBody?.required ?? true).toBe(true);
  });

  test.each(table)('%s answers with each problem it can have, and with no other', (_id, route) => {
    const codes = [...commonProblems[route.access], ...route.problems];
    const described = Object.entries(operation(route).responses).flatMap(([status, response]) =>
      codesOf(response).map((code) => [code, Number(status)]),
    );
    const expected = [...new Set(codes)].map((code) => [code, problems[code].status]);
    expect(described.sort()).toEqual(expected.sort());
  });

  test.each(table)('every answer of %s carries X-Request-Id', (_id, route) => {
    for (const { headers } of Object.values(operation(route).responses)) {
      expect(headers['X-Request-Id']).toEqual({ $ref: '#/components/headers/X-Request-Id' });
    }
  });

  test.each([
    ['401', 'WWW-Authenticate'],
    ['400', 'WWW-Authenticate'],
    ['412', 'ETag'],
    ['503', 'Retry-After'],
  ])('a %s carries %s', (status, header) => {
    expect(operation(routes.updateTask).responses[status]?.headers).toHaveProperty(header);
  });

  test('the contract schemas appear once, and elsewhere by reference', () => {
    const { Page, Problem, ...others } = document.components.schemas;
    expect(Object.keys(others).sort()).toEqual(['InputError', 'NewTask', 'Task', 'TaskPatch']);
    expect(Page).toHaveProperty('properties.data.items', reference('Task'));
    expect(Problem).toHaveProperty('properties.current', reference('Task'));
    expect(Problem).toHaveProperty('properties.errors.items', reference('InputError'));
    expect(others).toHaveProperty('Task', JSON.parse(JSON.stringify(Task)));
  });

  test('its introduction leads from signing up to a task', () => {
    const { description } = document.info;
    for (const address of ['sign-up/email', 'sign-in/email', 'sign-out', 'token']) {
      expect(description).toContain(`/api/auth/${address}`);
    }
    expect(description).toContain(`-H "Origin: ${origin}"`);
  });

  test('its examples are what the contract accepts', () => {
    const schemas = { Task, NewTask, TaskPatch, Page: routes.listTasks.responses[200].schema };
    const examples: Record<string, unknown> = schemaExamples;
    expect(Object.keys(examples).sort()).toEqual(Object.keys(schemas).sort());
    for (const [name, schema] of Object.entries(schemas)) {
      expect([name, Check(schema, examples[name])]).toEqual([name, true]);
    }
  });

  test('the example answer shows what the example requests ask for', () => {
    const { Task: answer, NewTask: created, TaskPatch: change } = schemaExamples;
    expect(answer).toMatchObject(created);
    expect(answer).toMatchObject(change);
  });

  test('docs/openapi.json matches the code', async () => {
    const published = openApiDocument({ origin, version: packageVersion() });
    const text = `${JSON.stringify(published, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../docs/openapi.json');
  });
});

function operation({ path, method }: Route): Operation {
  const found = document.paths[path]?.[methodKey(method)];
  if (found === undefined) throw new Error(`${method} ${path} is not described`);
  return found;
}

function methodKey(method: Route['method']) {
  return ({ GET: 'get', POST: 'post', PATCH: 'patch', DELETE: 'delete' } as const)[method];
}

function codesOf({ content = {} }: Response): ProblemCode[] {
  const schemas = content['application/problem+json']?.schema.allOf ?? [];
  const codes = schemas.flatMap(({ properties: { code } = {} }) => code?.enum ?? []);
  return codes.filter((code): code is ProblemCode => Object.hasOwn(problems, code));
}

function reference(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return JSON.parse(text).version;
}
