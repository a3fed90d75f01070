/**
 * Makes UUIDs of version 7 (RFC 9562 §5.7), each greater than the one before, even when the clock
 * stands still or is set back.
 */
export function createUuidV7(
  now: () => number,
  randomBytes: (count: number) => Uint8Array,
): () => string {
  let lastMs = 0;
  return function uuidV7() {
    lastMs = Math.max(now(), lastMs + 1);
    const time = lastMs.toString(16).padStart(12, '0');
    const random = randomBytes(10);
    // Version 7 in the high half of its byte, variant 10 in the two high bits of its own.
    random[0] = 0x70 | ((random[0] ?? 0) & 0x0f);
    random[2] = 0x80 | ((random[2] ?? 0) & 0x3f);
    const hex = time + Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
}
