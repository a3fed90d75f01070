import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { curlCommand } from './curl.ts';
import { tokenSteps } from './getting-a-token.ts';

/** Runs a command in a POSIX shell in which curl only prints its arguments, one in a line. */
function argumentsOf(command: string): string[] {
  const script = `TOKEN=secret\ncurl() { printf '%s\\n' "$@"; }\n${command}\n`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n');
}

describe('a curl command', () => {
  test('a shell reads it as the request it stands for', () => {
    const command = curlCommand({
      method: 'PATCH',
      url: 'http://localhost:3000/api/users/me/tasks/1',
      headers: ['Authorization: Bearer $TOKEN', 'Content-Type: application/json'],
      body: { completed: true },
    });
    expect(argumentsOf(command)).toEqual([
      ...['-X', 'PATCH', 'http://localhost:3000/api/users/me/tasks/1'],
      ...['-H', 'Authorization: Bearer secret', '-H', 'Content-Type: application/json'],
      ...['-d', '{"completed":true}'],
    ]);
  });

  test('a body is one word to the shell, whatever is in it', () => {
    const body = { title: `it's Ada's "$TOKEN" \`id\` $(id) \\ ; & #` };
    const command = curlCommand({ method: 'POST', url: 'http://a', body });
    expect(argumentsOf(command).at(-1)).toBe(JSON.stringify(body));
  });

  test('a GET without a body needs no method', () => {
    expect(curlCommand({ method: 'GET', url: 'http://a' })).toBe('curl http://a');
  });
});

describe('the way to a token', () => {
  const commands = tokenSteps('https://tasks.example').map(({ command }) => command);

  test('the token is taken out of the answer and sent with the first task', () => {
    const answer = JSON.stringify({ token: 'aa.bb.cc', expiresAt: '2026-11-20T09:35:00.000Z' });
    const [, , token = '', create = ''] = commands;
    const answering = `curl() { printf '%s' '${answer}'; }\n${token}`;
    const sending = `curl() { printf '%s\\n' "$@"; }\n${create}`;
    const sent = argumentsOf(`${answering}\n${sending}`);
    expect(sent).toContain('Authorization: Bearer aa.bb.cc');
    expect(sent).toContain('https://tasks.example/api/users/me/tasks');
  });

  test('signing up and in say where they come from, and the cookie is kept and sent', () => {
    const [signUp = '', signIn = '', token = ''] = commands;
    expect(argumentsOf(signUp)).toContain('Origin: https://tasks.example');
    expect(argumentsOf(signIn)).toEqual(expect.arrayContaining(['-c', 'cookies.txt']));
    expect(token).toContain('-b cookies.txt');
  });
});
