import { Workbox } from 'workbox-window';
import { createUpdates, type Updates } from './updates.ts';

const workerUrl = '/sw.js';

/**
 * Registers the service worker, by which the page opens without a network, as soon as the page has
 * loaded, and follows what becomes of it. In development, and where the browser has no service
 * workers (they need HTTPS or localhost), none is registered and there is never an update.
 */
export function watchForUpdates(): Updates {
  const workers = import.meta.env.PROD ? serviceWorkers() : undefined;
  const workbox = workers && new Workbox(trustedWorkerUrl());
  let registration: ServiceWorkerRegistration | undefined;
  const updates = createUpdates(
    {
      isWaiting: () => Boolean(registration?.waiting),
      takeOver: () => workbox?.messageSkipWaiting(),
      look: async () => registration?.update(),
      reload: () => location.reload(),
      now: Date.now,
    },
    Boolean(workers?.controller),
  );
  const tellOfWaiting = () => {
    // The very first worker may be seen waiting for a moment, and is news to nobody.
    if (registration?.waiting && registration.active) updates.waiting();
  };
  workers?.addEventListener('controllerchange', updates.controlled);
  workbox?.addEventListener('waiting', tellOfWaiting);
  workbox?.register().then(
    (registered) => {
      registration = registered;
      // It may have been waiting since before this tab was opened.
      tellOfWaiting();
      watchVisibility(updates.visible);
    },
    () => {
      // A browser may refuse, as some do in private windows. The page then needs its server.
    },
  );
  return updates;
}

function serviceWorkers(): ServiceWorkerContainer | undefined {
  return 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
}

function watchVisibility(onVisible: () => Promise<void>): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void onVisible();
  });
}

type TrustedUrl = Exclude<ConstructorParameters<typeof Workbox>[0], string>;

/** As much of https://www.w3.org/TR/trusted-types/ as is used here. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): TrustedUrl };
}

/**
 * The worker's address in the form that the Content-Security-Policy asks for. This policy is the
 * only one that it allows, and lets this one address through.
 */
function trustedWorkerUrl(): TrustedUrl | string {
  // TypeScript's own types do not know it yet, and neither does every browser.
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('service-worker', {
    createScriptURL(url) {
      if (url === workerUrl) return url;
      throw new TypeError(`${url} is not the service worker`);
    },
  });
  return policy?.createScriptURL(workerUrl) ?? workerUrl;
}
