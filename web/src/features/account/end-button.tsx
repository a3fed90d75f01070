import { type RefObject, useId, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';

interface EndButtonProps {
  label: string;
  /** The ids of what is ended: its name, and what else tells it from others. */
  named?: { name: string; details: string };
  end: () => Promise<void>;
  /** What a failure leaves open, in front of what it was. */
  failed: string;
  explainFailure: (error: unknown) => string;
  /** Takes the focus from the button, which may be gone once it has done its work. */
  focusNext: RefObject<HTMLElement | null>;
  onEnded: () => Promise<void>;
}

/** Ends sessions when pressed; a failure is said beside it, and it can be pressed again. */
export function EndButton(props: EndButtonProps) {
  const { label, named, focusNext } = props;
  const button = useRef<HTMLButtonElement>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const id = useId();

  async function press() {
    setBusy(true);
    setFailure(undefined);
    try {
      await props.end();
      if (document.activeElement === button.current) focusNext.current?.focus();
      await props.onEnded();
    } catch (error) {
      setFailure(`${props.failed} ${props.explainFailure(error)}`);
    }
    setBusy(false);
  }

  return (
    <>
      <Button
        ref={button}
        id={id}
        busy={busy}
        onClick={() => void press()}
        aria-labelledby={named && `${id} ${named.name}`}
        aria-describedby={named?.details}
      >
        {busy ? 'Signing out…' : label}
      </Button>
      {failure !== undefined && (
        <p role="alert" className="w-full text-sm font-medium text-danger">
          {failure}
        </p>
      )}
    </>
  );
}
