import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { explain } from '../api/explain.ts';
import { Alert } from '../components/alert.tsx';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { isUnsent } from '../drafts/drafts.ts';
import type { Services } from './services.ts';
import type { OwnWorkspace } from './workspace.ts';

interface AccountMenuProps {
  session: Services['session'];
  workspace: OwnWorkspace;
}

/** Who is signed in, and the way out: with a question first where it would cost unsent work. */
export function AccountMenu({ session, workspace }: AccountMenuProps) {
  const [step, setStep] = useState<'none' | 'question' | 'leaving'>('none');
  const [failure, setFailure] = useState<string>();
  const { email } = workspace.user;

  async function signOut() {
    setStep('leaving');
    setFailure(undefined);
    try {
      await session.signOut();
    } catch (error) {
      setFailure(`You are still signed in. ${explain(error)}`);
      setStep('question');
    }
  }

  function stay() {
    setStep('none');
    setFailure(undefined);
  }

  return (
    <div className="ml-auto flex min-w-0 items-center gap-1">
      <span className="hidden min-w-0 truncate text-sm text-muted sm:block" title={email}>
        {email}
      </span>
      <Link
        to="/account"
        className="inline-flex min-h-11 shrink-0 items-center rounded-lg px-2 text-sm font-medium text-muted hover:bg-hover hover:text-ink"
      >
        Account
      </Link>
      <Button
        look="quiet"
        busy={step === 'leaving'}
        onClick={() => (workspace.hasUnsent() ? setStep('question') : void signOut())}
        className="-mr-2 px-2 text-sm"
      >
        Sign out
      </Button>
      {step !== 'none' && (workspace.hasUnsent() || failure !== undefined) && (
        <Dialog heading="Sign out?" onCancel={stay}>
          {failure !== undefined && (
            <div className="mt-3">
              <Alert>{failure}</Alert>
            </div>
          )}
          <p className="mt-2 text-muted">{consequence(workspace)}</p>
          <div className="mt-5 flex flex-wrap gap-2">
            <Button onClick={stay}>Stay signed in</Button>
            <Button look="danger" busy={step === 'leaving'} onClick={() => void signOut()}>
              {workspace.hasUnsent() ? 'Sign out all the same' : 'Try again'}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function consequence({ changes }: OwnWorkspace): string {
  const count = changes.all.get().filter(isUnsent).length;
  if (count === 0) return 'Signing out erases everything of yours from this browser.';
  const lost =
    count === 1 ? '1 change is not saved yet and is' : `${count} changes are not saved yet and are`;
  return `Signing out erases everything of yours from this browser: ${lost} lost with it.`;
}
