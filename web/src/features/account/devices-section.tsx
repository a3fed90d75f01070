import { useRef, useState } from 'react';
import { explain } from '../../api/explain.ts';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import type { AccountClient, Device } from '../../session/account-client.ts';
import { ConfirmPassword } from './confirm-password.tsx';
import { DeviceRow } from './device-row.tsx';
import { deviceName } from './device-words.ts';
import { DevicesSkeleton } from './devices-skeleton.tsx';
import { EndButton } from './end-button.tsx';
import { Section } from './section.tsx';
import type { Devices } from './use-devices.ts';

interface DevicesSectionProps {
  devices: Devices;
  client: AccountClient;
  email: string;
  explainFailure: (error: unknown) => string;
  onEnded: () => void;
}

/** The devices that are signed in as the person, and the ways to end their sessions. */
export function DevicesSection(props: DevicesSectionProps) {
  const { devices, client, explainFailure } = props;
  const { list, keepOnly, refresh } = devices;
  // Takes the focus of a button that goes. The next button would not do: whoever presses Enter
  // once too often would end that device too.
  const heading = useRef<HTMLHeadingElement>(null);
  const [done, setDone] = useState('');
  const common = { explainFailure, focusNext: heading };

  function finish(what: string, keeps: (device: Device) => boolean): Promise<void> {
    setDone(what);
    props.onEnded();
    return keepOnly(keeps);
  }

  function endButton(device: Device) {
    const name = deviceName(device.userAgent);
    return (named: { name: string; details: string }) => (
      <EndButton
        {...common}
        label="Sign out"
        named={named}
        end={() => client.endDevice(device.id)}
        failed={`${name} may still be signed in.`}
        onEnded={() => finish(`${name} was signed out.`, ({ id }) => id !== device.id)}
      />
    );
  }

  const listed = list.data?.status === 'listed' ? list.data.devices : undefined;
  const alone = listed?.every((device) => device.current) ?? false;
  return (
    <Section
      heading="Where you are signed in"
      intro="Every browser and program that can see and change your tasks. Signing one out takes effect within seconds, and deletes none of your tasks."
      headingRef={heading}
    >
      <p role="status" className={done === '' ? 'sr-only' : 'mt-3 font-medium'}>
        {done}
      </p>
      {list.isPending && <DevicesSkeleton />}
      {list.isError && (
        <Failed error={list.error} busy={list.isFetching} retry={() => void list.refetch()} />
      )}
      {list.data?.status === 'password-needed' && (
        <ConfirmPassword
          {...common}
          email={props.email}
          confirm={client.confirmPassword}
          onConfirmed={refresh}
        />
      )}
      {listed && (
        <ul
          // biome-ignore lint/a11y/noRedundantRoles: Safari drops it from a list without bullets.
          role="list"
          aria-label="Devices"
          className="mt-4 divide-y divide-line rounded-xl border border-line bg-surface"
        >
          {listed.map((device) => (
            <DeviceRow
              key={device.id}
              device={device}
              listedAt={list.dataUpdatedAt}
              {...(!device.current && { endButton: endButton(device) })}
            />
          ))}
        </ul>
      )}
      {alone && <p className="mt-4 text-muted">You are signed in nowhere else.</p>}
      {list.data && !alone && (
        <div className="mt-4 grid justify-items-start gap-2">
          <EndButton
            {...common}
            label="Sign out everywhere else"
            end={client.endOtherDevices}
            failed="Some devices may still be signed in."
            onEnded={() => finish('Every other device was signed out.', ({ current }) => current)}
          />
        </div>
      )}
    </Section>
  );
}

function Failed({ error, busy, retry }: { error: unknown; busy: boolean; retry: () => void }) {
  return (
    <div className="mt-4">
      <Alert>
        <p className="font-medium">Where you are signed in could not be loaded.</p>
        <p className="mt-1 text-muted">{explain(error)}</p>
        <Button className="mt-3" busy={busy} onClick={retry}>
          Try again
        </Button>
      </Alert>
    </div>
  );
}
