/** Where the issuer is mounted on the public origin. */
export const issuerPath = '/api/auth';
/** The header that carries the client's address to Better Auth; the server alone sets it. */
export const clientAddressHeader = 'x-ownlist-client-address';
