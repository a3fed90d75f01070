const dayMs = 24 * 60 * 60 * 1000;
/** A task is seldom older; a bound all the same. */
const daysMax = 10_000;

const days = new Map<number, string>();

/**
 * A time in milliseconds since 1970 as RFC 3339 in UTC with milliseconds: what `Date` makes of it,
 * several times as fast. A page of tasks has a hundred of them, of few days.
 */
export function toInstant(milliseconds: number): string {
  const day = Math.floor(milliseconds / dayMs);
  const ofDay = milliseconds - day * dayMs;
  const hours = two(Math.floor(ofDay / 3_600_000));
  const minutes = two(Math.floor(ofDay / 60_000) % 60);
  const seconds = two(Math.floor(ofDay / 1000) % 60);
  return `${dateOf(day)}T${hours}:${minutes}:${seconds}.${two(Math.floor((ofDay % 1000) / 10))}${ofDay % 10}Z`;
}

/** The date of a day, counted since 1970. @throws {RangeError} as `Date` does. */
function dateOf(day: number): string {
  let date = days.get(day);
  if (date === undefined) {
    [date = ''] = new Date(day * dayMs).toISOString().split('T');
    if (days.size >= daysMax) days.clear();
    days.set(day, date);
  }
  return date;
}

const digits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const two = (n: number): string => digits[n] ?? '';
