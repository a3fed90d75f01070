/** The package has no types of its own; this is what is used of it. */
declare module 'jsonwebtoken' {
  const jsonwebtoken: {
    sign(
      claims: object,
      secret: string,
      options: { algorithm: string; header: { alg: string; typ: string } },
    ): string;
  };
  export = jsonwebtoken;
}
