import type { ReactNode } from "react";

export interface QuestionProps {
  /** As an interviewer asks it. */
  readonly question: string;
  /** Two sentences. */
  readonly children: ReactNode;
}

/** What a panel answers, at its end. */
export function Question({ question, children }: QuestionProps) {
  return (
    <section className="card question" aria-label={`In an interview: ${question}`}>
      <h2>In an interview</h2>
      <details>
        <summary>“{question}”</summary>
        <p>{children}</p>
      </details>
    </section>
  );
}
