import { Button } from '../../components/button.tsx';
import { useDocumentTitle } from '../../components/use-document-title.ts';
import type { Credentials, User } from '../../session/auth-client.ts';
import { SignInAgain } from './sign-in-again.tsx';

interface SomeoneElseProps {
  user: User;
  /** Who has signed in, once that is known. */
  other: User | undefined;
  unsent: number;
  signIn: (credentials: Credentials) => Promise<void>;
  goOn: () => void;
}

/**
 * Shown in place of a person's page when somebody else has signed in in this browser while work
 * of theirs waits to be sent. It says how much waits, and none of it.
 */
export function SomeoneElse({ user, other, unsent, signIn, goOn }: SomeoneElseProps) {
  useDocumentTitle('Somebody else has signed in');
  return (
    <div className="mx-auto max-w-md">
      <h1 tabIndex={-1} className="text-3xl font-semibold tracking-tight">
        Somebody else has signed in
      </h1>
      <p className="mt-3 text-muted">
        {unsent === 1
          ? `1 change of ${user.email} is not saved yet. It waits`
          : `${unsent} changes of ${user.email} are not saved yet. They wait`}{' '}
        in this browser, out of sight, until {user.email} signs in here again.
      </p>
      <p className="mt-6">
        <Button look="primary" onClick={goOn}>
          Go on as {other?.email ?? 'the person who signed in'}
        </Button>
      </p>
      <h2 className="mt-10 text-xl font-semibold tracking-tight">Or come back as {user.email}</h2>
      <SignInAgain user={user} signIn={signIn} otherWay={null} />
    </div>
  );
}
