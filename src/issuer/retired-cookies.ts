import { createHmac, timingSafeEqual } from 'node:crypto';

/** As long as a cookie may live (RFC 6265bis §5.5); the session in the store decides. */
const cookieLifetimeSeconds = 400 * 24 * 60 * 60;

/** The keys that sign cookies: what Better Auth was given, and what it was given before. */
export interface CookieSecrets {
  current: string;
  retired: readonly string[];
}

export interface RenewedCookies {
  /** The Cookie header, as if the current secret had signed all of it. */
  header: string;
  /** The cookies that were signed anew, by name, encoded as they stand in a header. */
  renewed: Map<string, string>;
}

/**
 * Signs cookies of a retired secret with the current one, so that a rotation signs nobody out:
 * Better Auth's own rotation is for encrypted data, and knows one secret for signatures. A cookie
 * whose signature matches no listed secret is passed on as it came, and refused behind this.
 */
export function renewCookies(header: string, { current, retired }: CookieSecrets): RenewedCookies {
  const renewed = new Map<string, string>();
  const cookies = header.split(';').map((pair) => {
    const [, name = '', encoded = ''] = /^\s*([^=]*)=(.*?)\s*$/.exec(pair) ?? [];
    const value = signedValue(encoded, retired);
    if (value === undefined) return pair;
    const again = encodeURIComponent(`${value}.${sign(value, current)}`);
    renewed.set(name, again);
    return `${name}=${again}`;
  });
  return { header: cookies.join(';'), renewed };
}

/**
 * Lets `handler` answer a request with its cookies renewed, and sets those in the browser too,
 * unless the answer sets or clears them itself.
 */
export async function handleRenewingCookies(
  request: Request,
  handler: (request: Request) => Promise<Response>,
  secrets: CookieSecrets,
  attributes: { useSecureCookies: boolean; defaultCookieAttributes: { path: string } },
): Promise<Response> {
  const cookie = request.headers.get('cookie');
  if (cookie === null || secrets.retired.length === 0) return handler(request);
  const { header, renewed } = renewCookies(cookie, secrets);
  request.headers.set('cookie', header);
  const response = await handler(request);
  const already = response.headers.getSetCookie();
  for (const [name, value] of renewed) {
    if (already.some((line) => line.startsWith(`${name}=`))) continue;
    response.headers.append(
      'set-cookie',
      [
        `${name}=${value}`,
        // A person who is not to be remembered has a cookie that ends with the browser.
        ...(header.includes('dont_remember') ? [] : [`Max-Age=${cookieLifetimeSeconds}`]),
        `Path=${attributes.defaultCookieAttributes.path}`,
        'HttpOnly',
        ...(attributes.useSecureCookies ? ['Secure'] : []),
        'SameSite=Strict',
      ].join('; '),
    );
  }
  return response;
}

/** What one of the secrets has signed, in Better Auth's form: value, dot, HMAC-SHA-256 in base64. */
function signedValue(encoded: string, secrets: readonly string[]): string | undefined {
  const text = decode(encoded);
  const dot = text.lastIndexOf('.');
  if (dot < 1) return undefined;
  const value = text.slice(0, dot);
  const signature = Buffer.from(text.slice(dot + 1));
  const matches = secrets.some((secret) => {
    const expected = Buffer.from(sign(value, secret));
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  });
  return matches ? value : undefined;
}

const sign = (value: string, secret: string): string =>
  createHmac('sha256', secret).update(value).digest('base64');

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return ''; // A broken escape is no cookie of ours.
  }
}
