import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ProblemError } from '../contract/problem-error.ts';
import type { Principal } from './principal.ts';
import { AccessTokenError, type VerifyAccessToken } from './tokens/access-token.ts';

const challenge = 'Bearer realm="ownlist"';

/**
 * Who sent this request, by its one `Authorization: Bearer` header (RFC 6750 §2.1): at once where
 * the token is known already. Cookies, the query and the body are not looked at.
 * @throws {ProblemError} 401 with a challenge (RFC 6750 §3), or 400 for more than one credential.
 */
export function authenticate(
  request: IncomingMessage,
  verify: VerifyAccessToken,
): Principal | Promise<Principal> {
  const credential = credentialOf(request);
  const verified = verify(credential.token);
  if (!(verified instanceof Promise)) {
    const sender: Sender = request.socket;
    sender[lastCredential] = credential;
    return verified;
  }
  return verified.catch((error: unknown) => {
    throw error instanceof AccessTokenError ? refusal(error) : error;
  });
}

/** The answer to a token that is refused: 401 with a challenge (RFC 6750 §3.1). */
export function refusal({ code, message }: AccessTokenError): ProblemError {
  return new ProblemError(code, `${message}.`, {
    headers: challengeOf('invalid_token', message),
  });
}

interface Credential {
  /** The whole header. */
  value: string;
  token: string;
}

const lastCredential = Symbol('last credential');

/**
 * A connection, with the last token on it that was known to be right. A client sends the same one
 * again and again: the very same string, of which V8 knows the hash, is found among the verified
 * ones in a fifth of the time. Of what is refused nothing is kept.
 */
type Sender = Socket & { [lastCredential]?: Credential };

function credentialOf({ rawHeaders, socket }: IncomingMessage): Credential {
  // Node joins or drops repeated headers in `headers`; the raw list still has them all.
  let value = '';
  let count = 0;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (!isAuthorization(rawHeaders[at] ?? '')) continue;
    value = rawHeaders[at + 1] ?? '';
    count++;
  }
  const { [lastCredential]: last }: Sender = socket;
  if (count === 1 && last?.value === value) return last;
  // Spaces alone are between the scheme and the token (RFC 9110 §11.4).
  const blank = value.indexOf(' ');
  const end = blank === -1 ? value.length : blank;
  const scheme = value.slice(0, end);
  let begin = end;
  while (value[begin] === ' ') begin++;
  const token = value.slice(begin);
  if (count > 1 || token.includes(',')) {
    throw new ProblemError('credentials_ambiguous', 'Send exactly one credential.', {
      headers: challengeOf('invalid_request', 'More than one credential was sent'),
    });
  }
  if (scheme.toLowerCase() !== 'bearer' || token === '') {
    throw new ProblemError(
      'token_missing',
      'Send an access token: "Authorization: Bearer <token>".',
      { headers: { 'www-authenticate': challenge } },
    );
  }
  return { value, token };
}

/** On every request, for each header: few names need lower case to be told from it. */
const isAuthorization = (name: string) =>
  name === 'Authorization' ||
  (name.length === 'authorization'.length && name.toLowerCase() === 'authorization');

const challengeOf = (error: string, description: string) => ({
  'www-authenticate': `${challenge}, error="${error}", error_description="${description}"`,
});
