/** What may stand in a template: text, which is escaped; `Html`, which is not; lists of either. */
export type HtmlValue = string | number | Html | readonly HtmlValue[];

/** Escaped markup. Only `html` makes one, so a value of this type is safe to send. */
class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

export type { Html };

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Markup in which every interpolation is escaped for element content and for quoted attribute
 * values. Where escaping is not enough it throws a `TypeError`: in an attribute without quotes,
 * and for an address in `href` or `src` that is neither of this site nor http(s).
 */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let markup = literals[0] ?? '';
  for (const [index, value] of values.entries()) {
    markup += placed(value, markup) + (literals[index + 1] ?? '');
  }
  return new Html(markup);
}

function placed(value: HtmlValue, before: string): string {
  if (/=\s*'?$/.test(before) && isInTag(before)) {
    throw new TypeError('html: an attribute value needs double quotes');
  }
  if (/\s(?:href|src)\s*=\s*"$/i.test(before) && !isSafeAddress(String(value))) {
    throw new TypeError('html: this address is neither of this site nor http(s)');
  }
  return escaped(value);
}

function isInTag(before: string): boolean {
  return before.lastIndexOf('<') > before.lastIndexOf('>');
}

/**
 * `//host` and `/\host` leave the site without saying so, and a browser drops tabs and line ends
 * before it looks (WHATWG URL, "basic URL parser").
 */
function isSafeAddress(address: string): boolean {
  return /^(?:#|\/(?![/\\])|https?:\/\/)/.test(address) && !/\s/.test(address);
}

function escaped(value: HtmlValue): string {
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(escaped).join('');
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
