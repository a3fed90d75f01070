import { explain, fieldMessage } from '../../api/explain.ts';
import { ApiProblem } from '../../api/failures.ts';
import type { FormRefusal } from '../../components/use-form.ts';
import { CookieRefused } from '../../session/session.ts';
import type { AccountField } from './account-rules.ts';

/** Whether the issuer knows no account with this address and password; it never says which. */
export function isWrongPassword(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.code === 'INVALID_EMAIL_OR_PASSWORD';
}

/** A failure of the issuer, beside the field it is about where it is about one. */
export function refusalOf(error: unknown): FormRefusal<AccountField> {
  if (error instanceof CookieRefused) {
    return { message: 'Your browser did not keep the session. Allow cookies for this site.' };
  }
  const fields = {
    name: fieldMessage(error, '/name'),
    email: fieldMessage(error, '/email'),
    password: fieldMessage(error, '/password'),
    ...fieldOfCode(error),
  };
  return Object.values(fields).some(Boolean) ? { fields } : { message: explain(error) };
}

/** Better Auth names the field in its codes only, as in PASSWORD_TOO_SHORT. */
function fieldOfCode(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem) || isWrongPassword(error)) return {};
  const { code } = error.problem;
  if (code.startsWith('PASSWORD_')) return { password: explain(error) };
  return code === 'INVALID_EMAIL' ? { email: explain(error) } : {};
}
