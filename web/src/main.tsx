import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createAppRouter } from './app/router.tsx';
import { createServices } from './app/services.ts';
import { placeUpdateOffer } from './updates/place-update-offer.tsx';
import { watchForUpdates } from './updates/service-worker.ts';
import './styles.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root"');

createRoot(root).render(
  <StrictMode>
    <RouterProvider router={createAppRouter(createServices())} />
  </StrictMode>,
);

placeUpdateOffer(watchForUpdates());
