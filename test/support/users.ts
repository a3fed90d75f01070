import { accessToken, signUp, type User } from './client.ts';

/** A new user with a session and an access token. */
export async function newUser(origin: string): Promise<User> {
  const account = await signUp(origin);
  return { ...account, token: await accessToken(origin, account.cookie) };
}
