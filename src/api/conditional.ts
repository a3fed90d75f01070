/** One entity tag (RFC 9110 §8.8.3): `"…"`, weak with `W/` before it. */
const entityTags = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;

/**
 * Whether `If-Match` lets a change through (RFC 9110 §13.1.1): absent or `*`, or a strong tag
 * equal to the current one. A value that names no tag at all lets nothing through.
 */
export function ifMatchAllows(header: string | undefined, etag: string): boolean {
  if (header === undefined || header === '*') return true;
  return tagsOf(header).some((tag) => !tag.weak && tag.value === etag);
}

/** Whether `If-None-Match` (RFC 9110 §13.1.2, weak comparison) says that the client has this. */
export function ifNoneMatchHas(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header === '*' || header === etag || tagsOf(header).some((tag) => tag.value === etag);
}

function tagsOf(header: string): { weak: boolean; value: string }[] {
  return [...header.matchAll(entityTags)].map(([, weak, value]) => ({
    weak: weak !== undefined,
    value: `"${value}"`,
  }));
}
