interface UpdateOfferProps {
  /** Whether there is a new version; without one nothing is shown. */
  ready: boolean;
  onReload: () => void;
  onLater: () => void;
}

const buttonClass =
  'min-h-11 shrink-0 rounded-lg px-4 outline-offset-[-4px] hover:underline focus-visible:outline-notice-accent';

/**
 * Offers a new version of the page, in a bar that stands in the flow and so covers nothing. It is
 * read out without taking the focus; for that it has to be in place before there is a new version.
 */
export function UpdateOffer({ ready, onReload, onLater }: UpdateOfferProps) {
  return (
    <div className={ready ? 'appear bg-notice text-on-notice' : 'sr-only'}>
      <div className="mx-auto flex max-w-3xl flex-wrap items-center justify-end px-4 py-1 sm:px-6">
        <p role="status" className="min-w-0 grow py-2 pr-3">
          {ready && 'A new version of Ownlist is ready.'}
        </p>
        {ready && (
          <div className="-mr-4 flex">
            <button type="button" onClick={onLater} className={buttonClass}>
              Later
            </button>
            <button
              type="button"
              onClick={onReload}
              className={`${buttonClass} font-semibold text-notice-accent`}
            >
              Reload
            </button>
          </div>
        )}
      </div>
    </div>
  );
}
