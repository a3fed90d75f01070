import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import type { Credentials, User } from '../../session/auth-client.ts';
import { SignInAgain } from './sign-in-again.tsx';
import { useLull } from './use-lull.ts';

interface SessionEndedProps {
  user: User;
  unsent: number;
  signIn: (credentials: Credentials) => Promise<void>;
  leave: () => void;
}

/** Asks for the password over the work in progress, which stays as it is, once a word is typed. */
export function SessionEnded({ user, unsent, signIn, leave }: SessionEndedProps) {
  if (!useLull()) return null;
  return (
    <Dialog heading="Your session ended">
      <p className="mt-2 text-muted">
        Sign in again to go on: everything is as you left it
        {unsent > 0 && ', and what is not saved yet will be sent then'}.
      </p>
      <SignInAgain
        user={user}
        signIn={signIn}
        otherWay={
          <Button look="quiet" onClick={leave}>
            Leave
          </Button>
        }
      />
    </Dialog>
  );
}
