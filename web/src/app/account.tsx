import { useState } from 'react';
import { explain } from '../api/explain.ts';
import { Button } from '../components/button.tsx';
import type { Services } from './services.ts';
import type { OwnWorkspace } from './workspace.ts';

/** Who is signed in, and the way out. */
export function Account({
  session,
  workspace,
}: {
  session: Services['session'];
  workspace: OwnWorkspace;
}) {
  const [busy, setBusy] = useState(false);

  async function signOut() {
    setBusy(true);
    try {
      await session.signOut();
    } catch (error) {
      const text = `You are still signed in. ${explain(error)}`;
      workspace.notice.set({ text, tone: 'failed' });
      setBusy(false);
    }
  }

  return (
    <div className="ml-auto flex min-w-0 items-center gap-2">
      <span className="min-w-0 truncate text-sm text-muted" title={workspace.user.email}>
        {workspace.user.email}
      </span>
      <Button look="quiet" busy={busy} onClick={signOut} className="-mr-3 px-3 text-sm">
        Sign out
      </Button>
    </div>
  );
}
