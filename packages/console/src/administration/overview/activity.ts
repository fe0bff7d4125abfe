/** What `GET /admin/activity` answers. */
export interface Activity {
  readonly minutes: readonly Minute[];
  readonly complete: boolean;
  readonly measured_since: number;
}

export interface Minute {
  readonly at: number;
  readonly sign_ins: number;
  readonly refusals: number;
  readonly refreshes: number;
  readonly revocations: number;
  readonly revocation_ms_mean: number | null;
  readonly revocation_ms_max: number | null;
}

/** What a chart draws of a minute; `null`: nothing was measured. */
export interface Point {
  readonly at: number;
  readonly value: number | null;
}
