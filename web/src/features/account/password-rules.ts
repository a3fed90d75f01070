import { ApiProblem, NetworkFailure } from '../../api/failures.ts';
import type { FieldMessages } from '../../components/use-form.ts';
import type { PasswordChange } from '../../session/account-client.ts';
import { newPasswordProblem } from '../sign-in/account-rules.ts';

/** What can be seen to be wrong with a change of the password before it is sent. */
export function changeProblems(change: PasswordChange): FieldMessages<keyof PasswordChange> {
  const { currentPassword, newPassword } = change;
  const same = newPassword === currentPassword;
  return {
    currentPassword: currentPassword === '' ? 'Enter your current password.' : undefined,
    newPassword:
      newPasswordProblem(newPassword) ??
      (same ? 'This is your current password. Choose another one.' : undefined),
  };
}

/**
 * Why a change of the password came to nothing, or may have.
 *
 * @param explanation What the failure was, in words.
 */
export function changeFailure(error: unknown, explanation: string): string {
  return isUncertain(error) ? `${explanation} ${uncertain}` : explanation;
}

const uncertain =
  'Your password may have changed already: if the old one is refused, use the new one.';

/** The issuer changes the password first and the sessions then: a failure can come in between. */
function isUncertain(error: unknown): boolean {
  return (
    error instanceof NetworkFailure || (error instanceof ApiProblem && error.problem.status >= 500)
  );
}
