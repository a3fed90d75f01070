import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  type PrecacheEntry,
  precacheAndRoute,
} from 'workbox-precaching';

// The library of types knows a worker of any kind; this one is a service worker.
declare const self: ServiceWorkerGlobalScope;

/** Every file of the built page, with a digest of each: written in by `web/build`. */
declare const builtFiles: PrecacheEntry[];

/**
 * What the server answers itself, at these addresses and below them. Everywhere else somebody who
 * opens an address is shown the page, as `isNavigation` in `src/http/page.ts` has it.
 */
const addressesOfTheServer = /^\/(api|assets|livez|readyz|metrics|sw\.js)(\/|$)/;

// Files by their exact names, and nothing else: whatever is not in the list goes to the network
// untouched and is kept nowhere, above all the answers of the API and of the issuer.
precacheAndRoute(builtFiles, {
  directoryIndex: '',
  cleanURLs: false,
  ignoreURLParametersMatching: [],
});
cleanupOutdatedCaches();

const keptPage = createHandlerBoundToURL('/index.html');

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.mode !== 'navigate' || request.method !== 'GET') return;
  if (addressesOfTheServer.test(url.pathname)) return;
  // Where the browser has dropped the kept page, the server's is as good.
  event.respondWith(keptPage({ event, request, url }).catch(() => fetch(request)));
});

// The page that installs the first worker is controlled by it at once, so that its next reload
// needs no network.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// A new worker waits until the person has said so in one of their tabs.
self.addEventListener('message', (event) => {
  if (event.data?.type === 'SKIP_WAITING') event.waitUntil(self.skipWaiting());
});
