import { type ReactNode, type Ref, useId } from 'react';

interface SectionProps {
  heading: string;
  intro: ReactNode;
  /** Takes the focus when what had it is gone. */
  headingRef?: Ref<HTMLHeadingElement>;
  children: ReactNode;
}

/** A part of the account page, found by its heading. */
export function Section({ heading, intro, headingRef, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="mt-12">
      <h2
        id={id}
        ref={headingRef}
        tabIndex={-1}
        className="text-xl font-semibold tracking-tight outline-none"
      >
        {heading}
      </h2>
      <p className="mt-1 text-muted">{intro}</p>
      {children}
    </section>
  );
}
