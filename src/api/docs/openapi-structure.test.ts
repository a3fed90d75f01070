import { describe, expect, test } from 'vitest';
import { openApiDocument } from './openapi.ts';
import type { OpenApiDocument, Operation } from './openapi-document.ts';

/** The rules of OpenAPI 3.1.1 that a document of this shape can break in spite of its types. */
function structuralFaults(document: OpenApiDocument): string[] {
  const all = operations(document);
  const tags = document.tags.map(({ name }) => name);
  return [
    ...brokenReferences(document).map((reference) => `${reference} leads nowhere`),
    ...duplicates(all.map(({ operation }) => operation.operationId)).map((id) => `two ${id}`),
    ...duplicates(tags).map((tag) => `two tags ${tag}`),
    ...duplicates(Object.keys(document.paths).map(shape)).map((path) => `two paths ${path}`),
    ...all.flatMap(({ path, operation }) => operationFaults(path, operation, tags)),
  ];
}

function operationFaults(path: string, operation: Operation, tags: string[]): string[] {
  const { operationId, parameters = [], responses, tags: own } = operation;
  const names = parameters.map((parameter) => `${parameter.in} ${parameter.name.toLowerCase()}`);
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const statuses = Object.keys(responses);
  return [
    path.startsWith('/') ? '' : 'a path begins with a slash',
    own.every((tag) => tags.includes(tag)) ? '' : 'a tag is not declared',
    duplicates(names).length === 0 ? '' : 'a parameter is there twice',
    inPath.every(({ required }) => required) ? '' : 'a path parameter is optional',
    sameWords(
      templateNames(path),
      inPath.map(({ name }) => name),
    )
      ? ''
      : 'path and parameters',
    names.some((name) => /^header (accept|content-type|authorization)$/.test(name))
      ? 'a header parameter that OpenAPI ignores'
      : '',
    statuses.every((status) => /^[1-5]\d\d$/.test(status)) ? '' : 'a status is not a status',
    statuses.some((status) => /^[23]/.test(status)) ? '' : 'no answer is a success',
    Object.values(responses).every(({ description }) => description !== '') ? '' : 'undescribed',
  ]
    .filter((fault) => fault !== '')
    .map((fault) => `${operationId}: ${fault}`);
}

function operations({ paths }: OpenApiDocument): { path: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.values(item).map((operation) => ({ path, operation })),
  );
}

function brokenReferences(document: OpenApiDocument): string[] {
  return references(document).filter((reference) => resolved(document, reference) === undefined);
}

function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' ? [String(value)] : references(value),
  );
}

/** A JSON Pointer in a URI fragment (RFC 6901 §6). */
function resolved(document: unknown, reference: string): unknown {
  return reference
    .replace(/^#\//, '')
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, token) => Object(node)[token], document);
}

function shape(path: string): string {
  return path.replace(/\{[^}]*\}/g, '{}');
}

function templateNames(path: string): string[] {
  return [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name);
}

function duplicates(words: string[]): string[] {
  return words.filter((word, index) => words.indexOf(word) !== index);
}

function sameWords(one: string[], other: string[]): boolean {
  return [...one].sort().join() === [...other].sort().join();
}

const document = openApiDocument({ origin: 'https://tasks.example', version: '1.0.0' });

describe('the structure of the OpenAPI document', () => {
  test('it is valid, and every reference resolves', () => {
    expect(references(document).length).toBeGreaterThan(50);
    expect(structuralFaults(document)).toEqual([]);
  });

  test('it is plain JSON: what is sent is what is here', () => {
    expect(JSON.parse(JSON.stringify(document))).toStrictEqual(document);
  });

  test.each<[string, (broken: OpenApiDocument) => void]>([
    [
      'a reference that leads nowhere',
      ({ components }) => Reflect.deleteProperty(components.schemas, 'Task'),
    ],
    ['an operationId used twice', (broken) => (first(broken).operationId = 'createTask')],
    ['a path parameter that is not described', (broken) => first(broken).parameters?.shift()],
    ['a parameter that is there twice', duplicateParameter],
    ['a tag that is not declared', (broken) => (broken.tags = [])],
    ['a status that is none', (broken) => (first(broken).responses['600'] = { ...answer })],
    ['two paths that differ in names only', duplicatePath],
  ])('%s is found', (_fault, damage) => {
    const broken = structuredClone(document);
    damage(broken);
    expect(structuralFaults(broken)).not.toEqual([]);
  });
});

const answer = { description: 'An answer.', headers: {} };

function first(broken: OpenApiDocument): Operation {
  const [found] = operations(broken);
  if (found === undefined) throw new Error('no operation');
  return found.operation;
}

function duplicateParameter(broken: OpenApiDocument): void {
  const parameters = first(broken).parameters ?? [];
  parameters.push(...parameters.slice(-1));
}

function duplicatePath(broken: OpenApiDocument): void {
  broken.paths['/api/users/{id}/tasks'] = {};
}
