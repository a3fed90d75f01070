// node verify.mjs <token>: prints whose access token it is, or fails. Needs: npm install jose
import { jwtVerify } from 'jose';

const { BETTER_AUTH_SECRET, BETTER_AUTH_URL } = process.env;

async function userOf(token) {
  const { payload } = await jwtVerify(token, new TextEncoder().encode(BETTER_AUTH_SECRET), {
    algorithms: ['HS256'],
    typ: 'at+jwt',
    issuer: BETTER_AUTH_URL,
    audience: `${BETTER_AUTH_URL}/api`,
    requiredClaims: ['exp', 'iat', 'sub'],
    clockTolerance: 5,
  });
  if (typeof payload.sub !== 'string' || payload.sub === '') throw new Error('no subject');
  return payload.sub;
}

console.log(await userOf(process.argv[2] ?? ''));
