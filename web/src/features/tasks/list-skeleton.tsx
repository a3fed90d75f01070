const widths = ['w-3/5', 'w-2/5', 'w-1/2', 'w-1/3'];

/** The shape of a list that is on its way. */
export function ListSkeleton() {
  return (
    <div
      aria-busy="true"
      className="appear-late mt-4 divide-y divide-line rounded-xl border border-line bg-surface"
    >
      <p className="sr-only">Loading tasks…</p>
      {widths.map((width) => (
        <div
          key={width}
          className="flex min-h-14 motion-safe:animate-pulse items-center gap-3 px-4"
        >
          <span className="size-6 rounded-full bg-line" />
          <span className={`h-4 rounded bg-line ${width}`} />
        </div>
      ))}
    </div>
  );
}
