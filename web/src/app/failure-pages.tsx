import { Link, useRouter } from '@tanstack/react-router';
import { explain } from '../api/explain.ts';
import { Button } from '../components/button.tsx';
import { Shell } from '../components/shell.tsx';
import { useDocumentTitle } from '../components/use-document-title.ts';

export function NotFoundPage() {
  useDocumentTitle('Page not found');
  return (
    <Shell>
      <h1 tabIndex={-1} className="text-3xl font-semibold tracking-tight">
        There is nothing here
      </h1>
      <p className="mt-3 text-muted">
        The address may be mistyped, or the page has moved. Your tasks are where they were.
      </p>
      <p className="mt-6">
        <Link
          to="/"
          className="inline-flex min-h-11 items-center rounded-lg bg-accent px-4 font-medium text-on-accent hover:bg-accent-strong"
        >
          Go to your tasks
        </Link>
      </p>
    </Shell>
  );
}

/** Shown when the page cannot find out who is signed in. */
export function UnavailablePage({ error }: { error: unknown }) {
  const router = useRouter();
  useDocumentTitle('Not available');
  return (
    <Shell>
      <h1 tabIndex={-1} className="text-3xl font-semibold tracking-tight">
        Ownlist is not available
      </h1>
      <p role="alert" className="mt-3 text-muted">
        {explain(error)}
      </p>
      <p className="mt-6">
        <Button look="primary" onClick={() => void router.invalidate()}>
          Try again
        </Button>
      </p>
    </Shell>
  );
}

/** Shown when the page takes unusually long to find out who is signed in. */
export function PendingPage() {
  return (
    <Shell>
      <p className="appear-late text-muted">Loading…</p>
    </Shell>
  );
}
