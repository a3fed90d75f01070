import { routes } from '../../contract/routes.ts';
import { curlCommand } from './curl.ts';
import { pathExamples, schemaExamples } from './examples.ts';

export interface TokenStep {
  title: string;
  command: string;
}

/**
 * Why these addresses are not in the document, for its readers: the API knows tasks, the sign-in
 * service knows passwords.
 */
export const tokenIntroduction =
  'Accounts, sessions and access tokens are the work of the sign-in service, Better Auth, under `/api/auth`: `POST /api/auth/sign-up/email`, `POST /api/auth/sign-in/email`, `POST /api/auth/sign-out` and `GET /api/auth/token`. It keeps the session in a cookie and gives out access tokens for it. The operations described here read no cookie, only the token.';

/** What to do when the token is over. */
export const tokenRenewal =
  'A token lives for minutes; `expiresAt` of the answer says how long. Ask `GET /api/auth/token` for the next one with the same cookie.';

/** From nothing to a stored task on this origin, as commands for a shell with curl and sed. */
export function tokenSteps(origin: string): readonly TokenStep[] {
  return [
    { title: 'Sign up, once', command: signUp(origin) },
    { title: 'Sign in, and keep the cookie', command: signIn(origin) },
    { title: 'Get an access token', command: token(origin) },
    { title: 'Create a task with it', command: createTask(origin) },
  ];
}

const credentials = { email: 'ada@example.org', password: 'correct horse battery' };

function signUp(origin: string): string {
  const body = { name: 'Ada', ...credentials };
  return curlCommand({ ...signInService(origin, 'sign-up/email'), body });
}

function signIn(origin: string): string {
  const request = signInService(origin, 'sign-in/email');
  return curlCommand({ ...request, options: ['-c cookies.txt'], body: credentials });
}

/** The sign-in service takes a form only from its own pages, and tells them by `Origin`. */
function signInService(origin: string, operation: string) {
  const headers = [`Origin: ${origin}`, 'Content-Type: application/json'];
  return { method: 'POST', url: `${origin}/api/auth/${operation}`, headers };
}

function token(origin: string): string {
  const options = ['-s', '-b cookies.txt'];
  const request = curlCommand({ method: 'GET', url: `${origin}/api/auth/token`, options });
  return `TOKEN=$(${request} |\n  sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`;
}

function createTask(origin: string): string {
  const path = routes.createTask.path.replace('{userId}', pathExamples.userId);
  return curlCommand({
    method: routes.createTask.method,
    url: origin + path,
    headers: ['Authorization: Bearer $TOKEN', 'Content-Type: application/json'],
    body: schemaExamples.NewTask,
  });
}
