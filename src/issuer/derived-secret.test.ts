import { expect, test } from 'vitest';
import { derivedSecret } from './derived-secret.ts';

const secret = 'b5N0hVq2mX8cZ1rT7wKd4yLs9aGf3jEu';

test('the derived secret never changes for a secret, so that sessions outlive an update', () => {
  // HKDF computed apart from Node's, by RFC 5869 §2 with HMAC alone.
  const derived = 'geVWaHCexrQ4I8j-PvajKe9JkkOuDhLbOHdL7UcPKSA';
  expect(derivedSecret(secret, 'better-auth')).toBe(derived);
});

test('another secret derives another one, and none is the secret itself', () => {
  expect(derivedSecret(secret, 'better-auth')).not.toBe(derivedSecret(`${secret}x`, 'better-auth'));
  expect(derivedSecret(secret, 'better-auth')).not.toContain(secret);
});
