/** What a command line says about a request. */
export interface CurlRequest {
  method: string;
  url: string;
  /** In double quotes, so that the shell puts `$TOKEN` in. */
  headers?: readonly string[];
  body?: unknown;
  /** Options as they stand, such as the cookie file. */
  options?: readonly string[];
}

/** A curl command for a POSIX shell, one option to a line. A GET needs no method. */
export function curlCommand({ method, url, headers = [], body, options = [] }: CurlRequest) {
  const target = [method === 'GET' ? 'curl' : `curl -X ${method}`, ...options, url].join(' ');
  return [
    target,
    ...headers.map((header) => `-H "${header}"`),
    ...(body === undefined ? [] : [`-d ${quoted(JSON.stringify(body))}`]),
  ].join(' \\\n  ');
}

/** One word for the shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
