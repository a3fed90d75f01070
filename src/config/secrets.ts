import type { Secrets, VersionedSecret } from '../contract/access-token.ts';

/** HS256 asks for a key at least as long as its hash: RFC 7518 §3.2. */
const secretMinBytes = 32;
const distinctCharactersMin = 10;
const placeholders =
  /change[-_ ]?(me|this)|your[-_ ]?(own|secret|key|jwt)|place[-_ ]?holder|example|better[-_]auth|super[-_]?secret|secret[-_]?key|my[-_]?secret|default|replace[-_ ]?(me|this)|password|0123456789|abcdefgh/i;

/** Why a secret may not be used, without repeating it, or undefined where it may. */
export function secretProblem(secret: string): string | undefined {
  const remedy = 'Make one with: openssl rand -base64 32';
  if (Buffer.byteLength(secret) < secretMinBytes) {
    return `is shorter than ${secretMinBytes} bytes. ${remedy}`;
  }
  if (placeholders.test(secret) || new Set(secret).size < distinctCharactersMin) {
    return `looks like a placeholder, which anybody could guess. ${remedy}`;
  }
  return undefined;
}

/**
 * A list such as `2:new,1:old`: versions before their secrets, the current one first. What is
 * wrong is said without repeating a secret.
 */
export function parseSecrets(list: string): { value: Secrets } | { problem: string } {
  const value: VersionedSecret[] = [];
  for (const [index, entry] of list.split(',').entries()) {
    const [, version, secret] = /^\s*(\d{1,9}):(.*?)\s*$/.exec(entry) ?? [];
    const nth = `its entry ${index + 1}`;
    if (version === undefined || secret === undefined) {
      return { problem: `is not a list like 2:new,1:old: ${nth} has no version and secret.` };
    }
    const problem = secretProblem(secret);
    if (problem !== undefined) return { problem: `has a weak secret: ${nth} ${problem}` };
    if (value.some((other) => other.version === version || other.value === secret)) {
      return { problem: `names a version or a secret twice: ${nth} repeats one before it.` };
    }
    value.push({ version, value: secret });
  }
  const [current, ...retired] = value;
  if (current === undefined) return { problem: 'is empty.' };
  return { value: [current, ...retired] };
}

/** The text that `parseSecrets` reads. */
export function formatSecrets(secrets: Secrets): string {
  return secrets.map(({ version, value }) => `${version}:${value}`).join(',');
}
