import { lazy, Suspense } from "react";
import { PageBoundary } from "../page/page-boundary.tsx";
import { sectionAt, SECTIONS } from "./page/place.ts";
import type { SectionName } from "./page/place.ts";
import { usePlace } from "../page/use-place.ts";
import "./administration.css";

const PARTS: Readonly<Record<SectionName, ReturnType<typeof lazy>>> = {
  overview: lazy(async () => ({ default: (await import("./overview/overview-section.tsx")).OverviewSection })),
  users: lazy(async () => ({ default: (await import("./users/users-section.tsx")).UsersSection })),
  sessions: lazy(async () => ({ default: (await import("./sessions/sessions-section.tsx")).SessionsSection })),
  keys: lazy(async () => ({ default: (await import("./keys/keys-section.tsx")).KeysSection })),
  events: lazy(async () => ({ default: (await import("./events/events-section.tsx")).EventsSection })),
  verifiers: lazy(async () => ({ default: (await import("./verifiers/verifiers-section.tsx")).VerifiersSection })),
};

/** Users, sessions, keys, events and verifiers, for administrators: a section at a time, by the address behind the `#`. */
export function AdministrationPage() {
  const { name } = sectionAt(usePlace());
  const Part = PARTS[name];
  return (
    <div className="administration">
      <h1>Administration</h1>
      <nav className="sections" aria-label="Sections">
        {Object.entries(SECTIONS).map(([section, label]) => (
          <a key={section} href={`#${section}`} aria-current={section === name ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <PageBoundary key={name}>
        <Suspense fallback={<p className="waiting">Loading …</p>}>
          <Part />
        </Suspense>
      </PageBoundary>
    </div>
  );
}
