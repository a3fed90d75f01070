import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { User } from '../support/client.ts';
import { sharedSecret } from './server.ts';

/** A user by their token alone: no password is hashed, which every mutant would wait for. */
export async function newUser(origin: string): Promise<User> {
  const userId = randomBytes(16).toString('hex');
  const token = await new SignJWT({ sid: `session-${userId}` })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer(origin)
    .setAudience(`${origin}/api`)
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(sharedSecret));
  return { userId, token, email: '', password: '', cookie: '' };
}
