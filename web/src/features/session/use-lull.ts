import { useEffect, useState } from 'react';

const lullMs = 1_000;

/**
 * False until nobody has typed for a second: what takes the focus waits for that, or the rest of a
 * word would go astray, into a field for passwords at the worst.
 */
export function useLull(): boolean {
  const [lull, setLull] = useState(false);

  useEffect(() => {
    if (lull) return;
    let timer = setTimeout(() => setLull(true), lullMs);
    function onTyping() {
      clearTimeout(timer);
      timer = setTimeout(() => setLull(true), lullMs);
    }
    const events = ['keydown', 'input'] as const;
    for (const name of events) document.addEventListener(name, onTyping, true);
    return () => {
      clearTimeout(timer);
      for (const name of events) document.removeEventListener(name, onTyping, true);
    };
  }, [lull]);

  return lull;
}
