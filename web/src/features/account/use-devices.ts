import { type QueryClient, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { SessionEnded, type SessionEndReason } from '../../api/failures.ts';
import type { AccountClient, Device, DeviceList } from '../../session/account-client.ts';

interface DevicesOptions {
  client: AccountClient;
  queries: QueryClient;
  onSessionEnded: (reason: SessionEndReason) => void;
}

const queryKey = ['devices'];

/** The devices of the person, asked for anew whenever they come back to the page. */
export function useDevices({ client, queries, onSessionEnded }: DevicesOptions) {
  const list = useQuery(
    { queryKey, queryFn: ({ signal }) => client.listDevices(signal), staleTime: 0 },
    queries,
  );

  useEffect(() => {
    if (list.error instanceof SessionEnded) onSessionEnded(list.error.reason);
  }, [list.error, onSessionEnded]);

  return {
    list,
    refresh: () => queries.invalidateQueries({ queryKey }),
    /** Takes devices that have ended off the list, without waiting for the next answer. */
    async keepOnly(keeps: (device: Device) => boolean): Promise<void> {
      // An answer from before would bring them back.
      await queries.cancelQueries({ queryKey });
      queries.setQueryData<DeviceList>(queryKey, (known) =>
        known?.status === 'listed' ? { ...known, devices: known.devices.filter(keeps) } : known,
      );
    },
  };
}

export type Devices = ReturnType<typeof useDevices>;
