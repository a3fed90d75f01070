/** Whose password a form is about, for password managers; the page says it to people elsewhere. */
export function Username({ email }: { email: string }) {
  return <input type="text" autoComplete="username" value={email} readOnly hidden />;
}
