/**
 * Only what this server itself serves runs, and nothing inline: text that got into a page as
 * markup would still be inert (https://www.w3.org/TR/CSP3/). Nobody may frame the page.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The one policy there may be: it lets the address of the service worker through.
  'trusted-types service-worker',
].join('; ');

const hstsSeconds = 365 * 24 * 60 * 60;

/** The headers of every answer. Behind https they also tell browsers to use nothing else. */
export function securityHeaders(origin: string): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(origin.startsWith('https:') && {
      'strict-transport-security': `max-age=${hstsSeconds}`,
    }),
  };
}
