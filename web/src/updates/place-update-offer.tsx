import { createRoot } from 'react-dom/client';
import { UpdateOffer } from '../components/update-offer.tsx';
import { useStore } from '../use-store.ts';
import type { Updates } from './updates.ts';

/** Shows the offer of an update above the page, whatever the page itself is doing. */
export function placeUpdateOffer(updates: Updates): void {
  const place = document.createElement('div');
  document.body.prepend(place);
  createRoot(place).render(<PlacedOffer updates={updates} />);
}

function PlacedOffer({ updates }: { updates: Updates }) {
  return (
    <UpdateOffer ready={useStore(updates.ready)} onReload={updates.apply} onLater={updates.later} />
  );
}
