import type { QueryClient } from '@tanstack/react-query';
import { explain } from '../../api/explain.ts';
import { SessionEnded, type SessionEndReason } from '../../api/failures.ts';
import { useDocumentTitle } from '../../components/use-document-title.ts';
import type { AccountClient } from '../../session/account-client.ts';
import type { User } from '../../session/auth-client.ts';
import { ChangePassword } from './change-password.tsx';
import { DevicesSection } from './devices-section.tsx';
import { useDevices } from './use-devices.ts';

export interface AccountPageProps {
  client: AccountClient;
  /** The person the client is for. */
  user: User;
  queries: QueryClient;
  /** This browser has a new session, and every other device has none. */
  onPasswordChanged: () => void;
  onDevicesEnded: () => void;
  /** This browser has no session of the person any more. */
  onSessionEnded: (reason: SessionEndReason) => void;
}

/** Where the person is signed in, and their password. */
export function AccountPage(props: AccountPageProps) {
  const { client, user, queries, onSessionEnded } = props;
  useDocumentTitle('Account');
  const devices = useDevices({ client, queries, onSessionEnded });

  /** What went wrong, for the person; the end of the session is told on. */
  function explainFailure(error: unknown): string {
    if (error instanceof SessionEnded) onSessionEnded(error.reason);
    return explain(error);
  }

  return (
    <>
      <h1 tabIndex={-1} className="text-3xl font-semibold tracking-tight">
        Account
      </h1>
      <p className="mt-2 wrap-anywhere text-muted">
        You are signed in as {user.name === '' ? user.email : `${user.name}, ${user.email}`}.
      </p>
      <DevicesSection
        devices={devices}
        client={client}
        email={user.email}
        explainFailure={explainFailure}
        onEnded={props.onDevicesEnded}
      />
      <ChangePassword
        email={user.email}
        change={client.changePassword}
        explainFailure={explainFailure}
        onChanged={() => {
          void devices.refresh();
          props.onPasswordChanged();
        }}
      />
    </>
  );
}
