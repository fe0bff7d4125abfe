import { lazy } from "react";
import type { ComponentType } from "react";

/** One part of the Lab. */
export interface Panel {
  /** Behind the `#` of its address. */
  readonly id: string;
  readonly title: string;
  readonly Content: ComponentType;
}

/** In the order in which they are shown; each is loaded when it is looked at. */
export const PANELS: readonly Panel[] = [
  {
    id: "devices",
    title: "Two devices and an API",
    Content: lazy(async () => ({ default: (await import("./devices/devices-panel.tsx")).DevicesPanel })),
  },
  {
    id: "flows",
    title: "Session flow and token flow, step by step",
    Content: lazy(async () => ({ default: (await import("./flows/flows-panel.tsx")).FlowsPanel })),
  },
  {
    id: "token",
    title: "A token, opened",
    Content: lazy(async () => ({ default: (await import("./token/token-panel.tsx")).TokenPanel })),
  },
  {
    id: "attacks",
    title: "Attacks",
    Content: lazy(async () => ({ default: (await import("./attacks/attacks-panel.tsx")).AttacksPanel })),
  },
  {
    id: "compare",
    title: "Session or JWT?",
    Content: lazy(async () => ({ default: (await import("./compare/compare-panel.tsx")).ComparePanel })),
  },
];
