import fc from 'fast-check';
import { fitting, misfitting, text } from './arbitraries.ts';
import type { Operation, Parameter } from './document.ts';
import type { Sent } from './exchange.ts';

/** What is there to be asked for. */
export interface World {
  userId: string;
  otherUserId: string;
  token: string;
  taskIds: string[];
}

/** Bytes that may stand in a header's value (RFC 9110 §5.5), as Node's client takes them. */
const headerText = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((byte) => String.fromCharCode(byte)) })
  .map((value) => value.replaceAll('\u007f', '').trim());

/** A request that the document allows, of somebody who may send it. */
export function allowed(operation: Operation, world: World): fc.Arbitrary<Sent> {
  const { body } = operation;
  const place = (where: Parameter['in']) =>
    operation.parameters.filter((parameter) => parameter.in === where);
  return fc
    .record({
      path: fc.tuple(
        ...place('path').map((one) => fc.tuple(fc.constant(one.name), known(one, world))),
      ),
      query: optional(place('query').map((one) => [one.name, fitting(one.schema).map(String)])),
      headers: optional(place('header').map((one) => [one.name, headerValue(world)])),
      body: body
        ? fitting(body.schema).map((value) => JSON.stringify(value))
        : fc.constant(undefined),
      type: fc.constantFrom(...(body?.mediaTypes ?? [''])),
    })
    .map(({ path, query, headers, body, type }) => ({
      method: operation.method,
      path: addressOf(operation.path, path, query),
      headers: [
        ...(operation.isPublic ? [] : [['Authorization', `Bearer ${world.token}`] as const]),
        ...(body === undefined ? [] : [['Content-Type', type] as const]),
        ...headers,
      ] as Sent['headers'],
      body: body === undefined ? undefined : Buffer.from(body),
    }));
}

/** An allowed request, with one or more of its parts replaced by something odd. */
export function odd(operation: Operation, world: World): fc.Arbitrary<Sent> {
  const changes = fc.record(
    {
      query: oddQuery,
      headers: fc.array(oddHeader(world), { minLength: 1, maxLength: 4 }),
      authorization: oddAuthorization(world),
      body: oddBody(operation),
      segment: oddSegment(world),
    },
    { requiredKeys: [] },
  );
  return fc.tuple(allowed(operation, world), changes).map(([sent, change]) => {
    const { query, segment, authorization, headers = [], body } = change;
    const [path = '', ownQuery = ''] = sent.path.split('?');
    const kept = sent.headers.filter(
      ([name]) =>
        !(authorization && name === 'Authorization') &&
        !headers.some(([other]) => other === 'Content-Type' && name === other),
    );
    return {
      ...sent,
      path: `${segment === undefined ? path : replacedSegment(path, segment)}?${query ?? ownQuery}`,
      headers: [...kept, ...(authorization ?? []), ...headers],
      body: body ?? sent.body,
    };
  });
}

/** A body that the operation's schema refuses, in a request that is otherwise allowed. */
export function misfittingBody(
  operation: Operation & { body: NonNullable<Operation['body']> },
  world: World,
): fc.Arbitrary<Sent> {
  return fc
    .tuple(allowed(operation, world), misfitting(operation.body.schema))
    .map(([sent, json]) => ({ ...sent, body: Buffer.from(json) }));
}

function known({ name, schema }: Parameter, world: World): fc.Arbitrary<string> {
  if (name === 'userId') return fc.constantFrom('me', world.userId);
  return fc.oneof(fc.constantFrom(...world.taskIds), fitting(schema).map(String));
}

function headerValue({ taskIds }: World): fc.Arbitrary<string> {
  const tag = fc.integer({ min: 1, max: taskIds.length }).map((version) => `"${version}"`);
  return fc.oneof(fc.constantFrom('*', 'W/"1"', '"1", "2"'), tag, fc.uuid());
}

/** Each of them sometimes there. */
function optional(entries: [string, fc.Arbitrary<string>][]): fc.Arbitrary<[string, string][]> {
  return fc
    .record(Object.fromEntries(entries), { requiredKeys: [] })
    .map((chosen) => Object.entries(chosen) as [string, string][]);
}

function addressOf(template: string, path: [string, string][], query: [string, string][]): string {
  const values = new Map(path);
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values.get(name) ?? ''),
  );
  return query.length === 0 ? filled : `${filled}?${new URLSearchParams(query)}`;
}

const escapes = fc.constantFrom(
  '%ff',
  '%00',
  '%',
  '%zz',
  '%2f',
  '%2e%2e',
  '%ed%a0%80',
  '%5c',
  '..',
);
const visibleAscii = fc
  .string({ unit: 'binary-ascii' })
  .map((value) => value.replace(/[^!-~]/g, ''));

const oddQuery: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['status=open', 'status=open', 'sort=', 'limit=-0', 'limit=1e2', 'limit=٣', 'limit=007'],
        ...['cursor[]=1', 'limit=1', '__proto__=1', 'constructor[prototype]=1', '&&=', 'a', '='],
      ),
      fc.tuple(visibleAscii, escapes).map(([name, value]) => `${name}=${value}`),
      text({ maxLength: 20 }).map((value) => `cursor=${encodeURIComponent(value)}`),
      visibleAscii,
    ),
    { maxLength: 4 },
  )
  .map((parts) =>
    parts
      .join('&')
      .replaceAll('#', '')
      .replace(/[^!-~]/g, (one) => encodeURI(one)),
  );

function oddHeader({ otherUserId }: World): fc.Arbitrary<[string, string]> {
  const named = (name: string, value: fc.Arbitrary<string>) =>
    fc.tuple(fc.constant(name), fc.oneof(value, headerText));
  return fc.oneof(
    named('If-Match', fc.constantFrom('*', '', '"', 'W/"', '"9007199254740993"', '"1","1"')),
    named('If-None-Match', fc.constantFrom('*', '', '"', 'W/"1"', '"-1"', ','.repeat(2_000))),
    named(
      'Content-Type',
      fc.constantFrom('', ';', 'application/json;charset=utf-16', 'text/plain', 'a/b;c', '*/*'),
    ),
    named('X-Forwarded-For', fc.constantFrom('127.0.0.1', '::1', ','.repeat(500))),
    named('Idempotency-Key', fc.constantFrom('', 'a', 'a'.repeat(5_000))),
    named('X-HTTP-Method-Override', fc.constantFrom('DELETE', 'CONNECT')),
    named('Cookie', fc.constantFrom('a=b', '__proto__=1', ';;;')),
    named('X-Request-Id', fc.constantFrom('mine', '../..')),
    named('X-User-Id', fc.constant(otherUserId)),
    named('Accept', fc.constantFrom('text/html', 'image/png', '*/*;q=2')),
    named('Accept-Encoding', fc.constantFrom('gzip', '*', 'identity;q=0')),
    named('Range', fc.constantFrom('bytes=0-0', 'bytes=9-')),
  );
}

function oddAuthorization({ token }: World): fc.Arbitrary<[string, string][]> {
  const header = (value: string): [string, string] => ['Authorization', value];
  return fc.oneof(
    fc.constantFrom<[string, string][]>(
      [],
      [header('')],
      [header('Bearer')],
      [header('Basic YTpi')],
      [header(`bearer ${token}`)],
      [header(`Bearer ${token}`), header(`Bearer ${token}`)],
      [header(`Bearer ${token}, Bearer ${token}`)],
      [header(`Bearer ${token}.`)],
      [header(`Bearer ${token.slice(0, -2)}`)],
    ),
    headerText.map((value) => [header(`Bearer ${value}`)]),
  );
}

function oddBody({ body }: Operation): fc.Arbitrary<Buffer> {
  const texts = fc.constantFrom(
    ...['', ' ', '{', 'null', '[]', '"a"', 'NaN', '{"title":1e999}', '\ufeff{"title":"a"}'],
    ...['{"title":"a","title":"b"}', '{"title":"\\u0000"}', '{"title":"\\ud800"}'],
    ...['{"__proto__":{"title":"a"}}', '['.repeat(50_000), '{"a":'.repeat(5_000)],
    JSON.stringify({ title: 'x'.repeat(300_000) }),
  );
  const bytes = fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value));
  const json = body ? misfitting(body.schema) : fc.json();
  return fc.oneof(
    fc.oneof(texts, json).map((value) => Buffer.from(value)),
    bytes,
  );
}

function oddSegment({ otherUserId }: World): fc.Arbitrary<string> {
  return fc.oneof(
    escapes,
    fc.constantFrom(otherUserId, '', '.', '~', '__proto__', 'x'.repeat(3_000), '{taskId}'),
    visibleAscii.map((value) => value.replace(/[/?#]/g, '')),
    text({ maxLength: 20 }).map(encodeURIComponent),
  );
}

/** The last parameter of the path becomes something else. */
function replacedSegment(path: string, segment: string): string {
  const parts = path.split('/');
  const at = parts.length > 5 ? 5 : parts.length > 4 ? 3 : parts.length - 1;
  return parts.with(at, segment).join('/');
}
