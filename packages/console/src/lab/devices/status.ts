import { askLab } from "../exchange/exchange.ts";

/** `GET /lab/status`. */
export interface LabStatus {
  readonly api: {
    readonly state: "cold" | "fresh" | "stale";
    readonly staleness_ms: number | null;
    readonly revocations: number;
    readonly cut: boolean;
    /** How often the API has asked the server for anything. */
    readonly requests: number;
  };
  readonly bound_ms: number;
  readonly last_revocation: {
    readonly type: string;
    readonly of: string;
    readonly latency_ms: number | null;
    readonly number: number;
  } | null;
  readonly last_restart: { readonly number: number; readonly away_ms: number | null } | null;
}

/** `null` while the server is out of reach. */
export async function readStatus(): Promise<LabStatus | null> {
  const asked = await askLab("GET", "status");
  return asked.ok ? (asked.value as LabStatus) : null;
}

/** @returns whether it was done */
export async function act(name: "cut" | "heal" | "restart"): Promise<boolean> {
  return (await askLab("POST", `actions/${name}`, {})).ok;
}
