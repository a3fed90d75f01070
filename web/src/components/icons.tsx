import type { ReactNode } from 'react';

/** Decoration: whatever it stands in says in words what it does. */
function LineIcon({
  weight,
  className,
  children,
}: {
  weight: number;
  className: string;
  children: ReactNode;
}) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={weight}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={className}
    >
      {children}
    </svg>
  );
}

export function LogoIcon() {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className="size-7">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M8.5 16.5l5 5L24 11"
        fill="none"
        strokeWidth="3.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        className="stroke-on-accent"
      />
    </svg>
  );
}

export function TickIcon({ className }: { className: string }) {
  return (
    <LineIcon weight={3} className={className}>
      <path d="M5 12.5l4.5 4.5L19 7.5" />
    </LineIcon>
  );
}

export function BinIcon() {
  return (
    <LineIcon weight={1.75} className="size-5">
      <path d="M4 7h16M10 4h4M6.5 7l.8 12a1 1 0 0 0 1 1h7.4a1 1 0 0 0 1-1l.8-12M10 11v5M14 11v5" />
    </LineIcon>
  );
}

export function PencilIcon({ className }: { className: string }) {
  return (
    <LineIcon weight={1.75} className={className}>
      <path d="M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19l-4 1zM14.5 6.5l3 3" />
    </LineIcon>
  );
}
