import { type ReactNode, useId } from 'react';
import type { Device } from '../../session/account-client.ts';
import { addressWords, deviceName, lastUse } from './device-words.ts';

const days = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const times = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

interface DeviceRowProps {
  device: Device;
  /** When the list was asked for, in milliseconds since the epoch. */
  listedAt: number;
  /** What ends the session of this device; absent for the one in use. */
  endButton?: (named: { name: string; details: string }) => ReactNode;
}

/** One device: what it is, since when it is signed in, and the way to end that. */
export function DeviceRow({ device, listedAt, endButton }: DeviceRowProps) {
  const id = useId();
  const named = { name: `${id}-name`, details: `${id}-details` };
  const from = addressWords(device.address);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 py-3.5">
      <div className="min-w-48 grow basis-0">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <span id={named.name} className="font-medium wrap-anywhere" title={device.userAgent}>
            {deviceName(device.userAgent)}
          </span>
          {device.current && (
            <span className="rounded-md border border-accent px-1.5 text-sm font-medium text-accent">
              This device
            </span>
          )}
        </p>
        <p id={named.details} className="mt-0.5 text-sm wrap-anywhere text-muted">
          {device.current ? 'In use now' : lastUse(device, listedAt, days)}
          <br />
          Signed in {times.format(device.signedInAt)}
          {from !== '' && ` from ${from}`}
        </p>
      </div>
      {endButton?.(named)}
    </li>
  );
}
