const timeoutMs = 5_000;
/** Hundreds of keys; an issuer publishes a few. */
const maxBytes = 64 * 1024;

/**
 * The text of the key set at `url`. Follows no redirect, since the address is all that says whose
 * keys these are; waits five seconds at most, and reads 64 KiB at most.
 * @throws {Error} that says what went wrong.
 */
export async function fetchKeySet(url: string, stop: AbortSignal): Promise<string> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the answer has the status ${response.status}`);
  }
  return readText(response);
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
