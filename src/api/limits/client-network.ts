import { isIPv6 } from 'node:net';

/**
 * Who is counted as one client by their address: an IPv4 address, or the /64 of an IPv6 address,
 * which is the least that a provider gives to one household (RFC 6177 §2), so that one client
 * does not have 2^64 addresses to be counted by. IPv4 written as IPv6 (RFC 4291 §2.5.5.2) is IPv4.
 */
export function clientNetwork(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [withoutZone = ''] = address.split('%');
  if (!isIPv6(withoutZone)) return address;
  return `${groupsOf(withoutZone).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, without leading zeros (RFC 5952 §4.1). */
function groupsOf(address: string): string[] {
  // A URL's host has the last four bytes in hexadecimal, also where they were written as IPv4.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const before = head.split(':').filter(Boolean);
  if (tail === undefined) return before;
  const after = tail.split(':').filter(Boolean);
  return [...before, ...Array(8 - before.length - after.length).fill('0'), ...after];
}
