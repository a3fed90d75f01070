import { watchStores } from '../db/store-failures.ts';
import type { Issuer } from './issuer.ts';

/** A request to the issuer, as data. */
export interface IssuerRequest {
  method: string;
  /** On the configured origin. */
  url: string;
  headers: [name: string, value: string][];
  /** Its bytes, each as a character; empty where there is none. */
  body: string;
}

/** What it answers. */
export interface IssuerResponse {
  status: number;
  /** Without the cookies, which may be several under one name. */
  headers: [name: string, value: string][];
  cookies: string[];
  body: string;
}

export type Exchange = (request: IssuerRequest) => Promise<IssuerResponse>;

/**
 * Exchanges requests with Better Auth.
 * @throws what a store failed with meanwhile, whatever Better Auth has made of that, such as a session
 *   that is not there.
 */
export function exchangeWith({ handle }: Pick<Issuer, 'handle'>): Exchange {
  return async ({ method, url, headers, body }) => {
    const request = new Request(url, {
      method,
      headers: new Headers(headers),
      ...(body !== '' && { body: Uint8Array.from(Buffer.from(body, 'latin1')) }),
    });
    const { result: response, failure } = await watchStores(() => handle(request));
    if (failure !== undefined) throw failure;
    return {
      status: response.status,
      headers: [...response.headers].filter(([name]) => name !== 'set-cookie'),
      cookies: response.headers.getSetCookie(),
      body: await response.text(),
    };
  };
}
