import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { LogoIcon } from './icons.tsx';

/** The frame of every page: a way past the header, the header, and the one main region. */
export function Shell({ account, children }: { account?: ReactNode; children: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="fixed left-4 -top-20 z-20 rounded-lg bg-accent px-4 py-3 font-medium text-on-accent focus:top-2"
      >
        Skip to content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex min-h-16 max-w-3xl items-center gap-3 px-4 sm:px-6">
          <Link to="/" className="flex min-h-11 shrink-0 items-center gap-2.5 rounded-lg pr-2">
            <LogoIcon />
            <span className="text-lg font-semibold tracking-tight">Ownlist</span>
          </Link>
          {account}
        </div>
      </header>
      <main
        id="main"
        tabIndex={-1}
        className="mx-auto max-w-3xl px-4 pt-8 pb-32 outline-none sm:px-6 sm:pt-12"
      >
        {children}
      </main>
    </>
  );
}
