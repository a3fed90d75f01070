import type { Device } from '../../session/account-client.ts';

/** A program that says no more than its name, as curl does. */
const program = /^(?!Mozilla\/)([a-z][\w.-]{1,29})\/\d/i;

// The first that fits counts: most browsers also name the ones they descend from.
const browsers = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|OPiOS)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\bHeadlessChrome\/|\bChromium\//, 'Chromium'],
  // Brave and others of its kind call themselves Chrome as well.
  [/\b(Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ .*\bSafari\//, 'Safari'],
] as const;

const systems = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
] as const;

/**
 * A device in plain words, such as "Firefox on Linux", as far as its user agent tells. It is what
 * the device says of itself: a hint for the person, and nothing to rely on.
 */
export function deviceName(userAgent: string): string {
  const named = program.exec(userAgent)?.[1];
  if (named !== undefined) return named;
  const browser = firstIn(browsers, userAgent);
  const system = firstIn(systems, userAgent);
  if (browser === undefined && system === undefined) return 'Unknown device';
  if (system === undefined) return `${browser}`;
  return `${browser ?? 'Unknown browser'} on ${system}`;
}

function firstIn(known: readonly (readonly [RegExp, string])[], userAgent: string) {
  return known.find(([pattern]) => pattern.test(userAgent))?.[1];
}

/**
 * The address for people. Of IPv6 the issuer keeps the network only, as eight groups with zeros
 * at the end, and of a device on the server's own machine nothing at all.
 */
export function addressWords(address: string): string {
  const groups = address.split(':');
  if (groups.length !== 8) return address;
  const network = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return network.every((group) => group === '0') ? '' : `${network.join(':')}::`;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * When a device was last used, as exactly as that is known: a use within a day of the one that
 * was noted goes unnoted.
 *
 * @param now Milliseconds since the epoch.
 * @param days Formats a day, for the person.
 */
export function lastUse({ seenAt }: Pick<Device, 'seenAt'>, now: number, days: DayFormat): string {
  const seenMs = seenAt.getTime();
  if (now < seenMs + dayMs) return 'Used in the last 24 hours';
  return `Last used ${days.formatRange(seenMs, seenMs + dayMs)}`;
}

type DayFormat = Pick<Intl.DateTimeFormat, 'formatRange'>;
