import {
  createPublicKey,
  createSign,
  KeyObject,
  randomUUID,
  type webcrypto,
  X509Certificate,
} from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request } from '../support/client.ts';
import { forge } from '../support/forge.ts';
import { freePort } from '../support/free-port.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { type StockIssuer, startStockIssuer } from '../support/stock-issuer.ts';
import { newUser } from '../support/users.ts';

// threats.md, Tokens: "RS256/EdDSA public key used as an HMAC key; key taken from the header's
// `jwk`, `jku`, `x5u`, `kid` path tricks": each refused with 401, no outbound request, no file read.

const attacker = await generateKeyPair('RS256', { extractable: true });
const attackerJwk = { ...(await exportJWK(attacker.publicKey)), kid: 'attacker', alg: 'RS256' };
const attackerPem = await exportSPKI(attacker.publicKey);

/** Where the attacker would have keys fetched from; it counts who comes. */
let lair: Server;
let lairUrl: string;
let visits: string[];
beforeAll(async () => {
  visits = [];
  lair = createServer((incoming, response) => {
    visits.push(String(incoming.url));
    response.end(JSON.stringify({ keys: [attackerJwk] }));
  }).listen(0, '127.0.0.1');
  await once(lair, 'listening');
  lairUrl = `http://127.0.0.1:${(lair.address() as AddressInfo).port}`;
});
afterAll(() => lair.close());

describe.each(['a shared secret', 'public keys'] as const)(
  'an API that verifies with %s',
  (kind) => {
    let server: RunningServer;
    let issuer: StockIssuer | undefined;
    let token: string;
    let claims: JWTPayload;

    beforeAll(async () => {
      ({ server, issuer, token } =
        kind === 'public keys' ? await withPublicKeys() : await withSecret());
      claims = decodeJwt(token);
    });
    afterAll(async () => {
      await server.stop();
      await issuer?.goAway();
    });

    const answerTo = async (sent: string) => {
      const { status, json } = await request(server.origin, '/api/users/me/tasks', { token: sent });
      return [status, json.code];
    };
    const invalid = [401, 'token_invalid'];
    const signedByAttacker = (header: object) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', ...header })
        .sign(attacker.privateKey);

    test.each<[string, () => object]>([
      ['in the token itself', () => ({ jwk: attackerJwk })],
      ['at an address in the token', () => ({ jku: `${lairUrl}/jku` })],
      [
        'at an address in the token, under a name of its own',
        () => ({ jku: `${lairUrl}/jku`, kid: 'attacker' }),
      ],
      ['at the address of a certificate', () => ({ x5u: `${lairUrl}/x5u` })],
      ['in a certificate in the token', () => ({ x5c: [certificate()], x5t: 'AAAA' })],
      ['at an address as its name', () => ({ kid: `${lairUrl}/kid` })],
      ['named by its own key set', () => ({ kid: JSON.stringify(attackerJwk) })],
      [
        'in all of these',
        () => ({ jwk: attackerJwk, jku: lairUrl, x5u: lairUrl, kid: 'attacker' }),
      ],
    ])('takes no key that is %s', async (_, header) => {
      expect(await answerTo(await signedByAttacker(header()))).toEqual(invalid);
      expect(
        await answerTo(forge({ alg: 'HS256', typ: 'at+jwt', ...header() }, claims, attackerPem)),
      ).toEqual(invalid);
    });

    test.each([
      ['an empty file', '/dev/null', ''],
      ['an empty file, upwards', '../../../../../../../dev/null', ''],
      ['a file with a known content', '/proc/sys/kernel/randomize_va_space', '2\n'],
      ['a file of this project', join(process.cwd(), 'LICENSE'), readFileSync('LICENSE', 'utf8')],
      ['a file by its address', 'file:///dev/null', ''],
      ['a file behind a NUL', 'x\0../../dev/null', ''],
      ['a row that the attacker selects', "x' UNION SELECT 'ATTACKER';--", 'ATTACKER'],
      ['every row', "' OR 1=1 --", '1'],
      ['a member of every object', '__proto__', '[object Object]'],
      ['a function of every object', 'constructor', 'function Object() { [native code] }'],
    ])('takes no key from %s', async (_, kid, content) => {
      for (const alg of ['HS256', 'EdDSA', 'RS256']) {
        expect(await answerTo(forge({ alg, typ: 'at+jwt', kid }, claims, content))).toEqual(
          invalid,
        );
      }
    });

    test('would have found a key in that certificate', () => {
      const { publicKey } = new X509Certificate(Buffer.from(certificate(), 'base64'));
      expect(publicKey.export({ type: 'spki', format: 'pem' })).toBe(`${attackerPem.trim()}\n`);
    });

    test('runs nothing that a name says', async () => {
      const canary = join(tmpdir(), `ownlist-canary-${randomUUID()}`);
      for (const kid of [
        `x;touch ${canary}`,
        `x|touch ${canary}`,
        `$(touch ${canary})`,
        `\`touch ${canary}\``,
      ]) {
        expect(await answerTo(await signedByAttacker({ kid }))).toEqual(invalid);
      }
      expect(existsSync(canary)).toBe(false);
    });

    test('has asked nobody, and goes on', async () => {
      expect(await answerTo(token)).toEqual([200, undefined]);
      expect(visits).toEqual([]);
      // The listener is one that would have noticed.
      await fetch(`${lairUrl}/control`);
      expect(visits.splice(0)).toEqual(['/control']);
    });
  },
);

async function withSecret() {
  const server = await startServer();
  return { server, issuer: undefined, token: (await newUser(server.origin)).token };
}

async function withPublicKeys() {
  const port = await freePort();
  const issuer = await startStockIssuer({ audience: `http://localhost:${port}/api`, alg: 'RS256' });
  const token = await issuer.token(await issuer.signUp());
  const server = await startServer({
    port,
    args: ['--role', 'api'],
    env: {
      BETTER_AUTH_SECRET: undefined,
      ACCESS_TOKEN_ISSUER: issuer.origin,
      ACCESS_TOKEN_JWKS_URL: issuer.jwksUrl,
    },
  });
  return { server, issuer, token };
}

/** A self-signed certificate of the attacker's key, as `x5c` has it (RFC 5280 §4.1, in DER). */
function certificate(): string {
  const der = (tag: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([tag, 0x82, body.length >> 8, body.length & 0xff]), body]);
  };
  const rsaWithSha256 = Buffer.from('300d06092a864886f70d01010b0500', 'hex');
  const nobody = Buffer.from('3000', 'hex');
  const validity = ['200101000000Z', '491231235959Z'].map((time) => der(0x17, Buffer.from(time)));
  const serialNumber = Buffer.from('020101', 'hex');
  const spki = createPublicKey(attackerPem).export({ type: 'spki', format: 'der' });
  const parts = [serialNumber, rsaWithSha256, nobody, der(0x30, ...validity), nobody, spki];
  const signed = der(0x30, ...parts);
  const signature = createSign('sha256')
    .update(signed)
    .sign(KeyObject.from(attacker.privateKey as webcrypto.CryptoKey));
  const bits = der(0x03, Buffer.from([0]), signature);
  return der(0x30, signed, rsaWithSha256, bits).toString('base64');
}
