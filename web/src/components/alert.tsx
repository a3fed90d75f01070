import type { ReactNode } from 'react';

/** A failure that belongs to no single field; read out as soon as it appears. */
export function Alert({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className="rounded-lg border border-danger bg-danger-soft px-4 py-3">
      {children}
    </div>
  );
}
