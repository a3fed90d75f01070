import { useEffect } from 'react';

/** Names the page in the title bar and in the history, ending in the product's name. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Ownlist`;
  }, [title]);
}
