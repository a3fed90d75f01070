import { expect, test } from 'vitest';
import { parseStrictJson } from './strict-json.ts';

test.each([
  '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
  '{"a":"{\\"a\\":1,\\"a\\":2}"}',
  '{"a:":"a","a":"\\\\","b":":"}',
  '[1,"a","a",{"x":["x","x"]}]',
  '{"b":{"x":1},"x":2}',
  '{"b":["x"],"x":2,"c":[{"x":1}]}',
  '"a"',
  ' { "" : null , " " : true } ',
])('%s is read as JSON.parse reads it', (text) => {
  expect(parseStrictJson(text)).toEqual(JSON.parse(text));
});

test.each([
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":2}',
  '{"x":{"a":1,"b":2,"a":3}}',
  '[{"a":1},{"b":[{"c":1,"c":2}]}]',
  '{"":1,"":2}',
  '{"a":1,"b":{"c":2},"a":3}',
  '{"a":1,"b":["c"],"a":3}',
  '{"__proto__":1,"__proto__":2}',
  '{"a\\"":1,"a\\"":2}',
])('%s names a member twice and is refused', (text) => {
  expect(() => parseStrictJson(text)).toThrow('named twice');
});

test.each(['', '{', '{"a":1,}', "{'a':1}", 'NaN', '{"a":01}', '{"a":1}x'])(
  '%j is not JSON and is refused',
  (text) => {
    expect(() => parseStrictJson(text)).toThrow(SyntaxError);
  },
);
