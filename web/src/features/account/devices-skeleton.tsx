/** The shape of the one device that is certain to come. */
export function DevicesSkeleton() {
  return (
    <div
      aria-busy="true"
      className="appear-late mt-4 rounded-xl border border-line bg-surface px-4 py-4"
    >
      <p className="sr-only">Loading devices…</p>
      <div className="grid motion-safe:animate-pulse gap-3">
        <span className="h-4 w-2/5 rounded bg-line" />
        <span className="h-3 w-3/5 rounded bg-line" />
      </div>
    </div>
  );
}
