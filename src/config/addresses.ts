import { isIP } from 'node:net';

/** An address as it was meant, or what is wrong with it, to follow the setting's name. */
type Parsed<T> = { value: T } | { problem: string };

/** Whether a host is this machine, by a name that nobody else can have. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host);

/** The origin of an address that people open: scheme, host and port (RFC 6454 §4). */
export function parseOrigin(value: string): Parsed<string> {
  const url = URL.parse(value);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return isOrigin
    ? { value: url.origin }
    : {
        problem: `is "${value}": use the address people open, such as https://tasks.example.org, without a path.`,
      };
}

/** Who can change what is at the address can sign in as anybody: it has to be encrypted. */
export function parseKeySetUrl(value: string): Parsed<string> {
  const url = URL.parse(value);
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  // The value is not repeated: it may hold a password.
  return url !== null && isSafe && url.username === '' && url.password === ''
    ? { value: url.href }
    : {
        problem:
          'is no address to get keys from: use https, such as https://login.example.org/api/auth/jwks, without a password. Plain http is possible on this machine alone, as http://localhost:3000/api/auth/jwks.',
      };
}

/** The address of a PostgreSQL database. It can hold a password, and is never repeated. */
export function parseDatabaseUrl(value: string): Parsed<string> {
  return /^postgres(ql)?:$/.test(URL.parse(value)?.protocol ?? '')
    ? { value }
    : {
        problem:
          'is not a PostgreSQL address: use postgres://user:password@host:5432/database, or leave it out for SQLite.',
      };
}

/** IP addresses and subnets, separated by commas. */
export function parseAddresses(value: string): Parsed<string[]> {
  const addresses = value.split(',').map((address) => address.trim());
  const wrong = addresses.filter((address) => !isAddressOrSubnet(address));
  return wrong.length === 0
    ? { value: addresses }
    : {
        problem: `holds "${wrong.join('", "')}": list IP addresses or subnets, such as 10.0.0.2, 10.1.0.0/16.`,
      };
}

function isAddressOrSubnet(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return (
    prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
  );
}

/** Loopback has several names; whoever opens one of them is at the right place. */
export function loopbackNames(origin: string): string[] {
  const url = new URL(origin);
  if (!isLoopback(url.hostname)) return [];
  return ['localhost', '127.0.0.1', '[::1]']
    .map((host) => `${url.protocol}//${host}${url.port && `:${url.port}`}`)
    .filter((name) => name !== origin);
}
