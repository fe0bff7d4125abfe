import { Suspense } from "react";
import { PageBoundary } from "../page/page-boundary.tsx";
import { usePlace } from "../page/use-place.ts";
import { PANELS } from "./panels.ts";
import "./lab.css";

/** The lesson, live: each part works on the running server and the sample API. */
export function LabPage() {
  const hash = usePlace();
  const shown = PANELS.find(({ id }) => hash === `#${id}`) ?? PANELS[0]!;
  return (
    <div className="lab">
      <h1>The Lab</h1>
      <p className="intro">
        Sessions and tokens, at work. What you see here are real requests to this server and to an API beside it, their
        real answers, and the time they took.
      </p>
      <nav className="panels" aria-label="Parts of the Lab">
        {PANELS.map(({ id, title }) => (
          <a key={id} href={`#${id}`} aria-current={id === shown.id ? "true" : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <section aria-label={shown.title} key={shown.id}>
        <PageBoundary>
          <Suspense fallback={<p className="waiting">Loading …</p>}>
            <shown.Content />
          </Suspense>
        </PageBoundary>
      </section>
    </div>
  );
}
