const nameMaxLength = 100;
export const passwordMinLength = 8;
const passwordMaxLength = 128;

export type AccountField = 'name' | 'email' | 'password';

/** What is wrong with a name, for people; undefined when nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'Enter your name.';
  return name.length > nameMaxLength
    ? `A name has at most ${nameMaxLength} characters.`
    : undefined;
}

/** Whether this has the shape of an address; only a message to it could tell more. */
export function emailProblem(email: string): string | undefined {
  if (email.trim() === '') return 'Enter your e-mail address.';
  return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email.trim())
    ? undefined
    : 'Enter a full e-mail address, like name@example.com.';
}

/** What is wrong with a password to be chosen, for people; undefined when nothing is. */
export function newPasswordProblem(password: string): string | undefined {
  if (password === '') return 'Choose a password.';
  if (password.length < passwordMinLength) {
    return `Use at least ${passwordMinLength} characters: this has ${password.length}.`;
  }
  return password.length > passwordMaxLength
    ? `Use at most ${passwordMaxLength} characters.`
    : undefined;
}
