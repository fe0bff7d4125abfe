/** One of the user's sessions, as the server lists it: `GET /sessions`. Instants are seconds since the epoch. */
export interface ListedSession {
  readonly sid: string;
  /** Whether it is this page's. */
  readonly current: boolean;
  readonly transport: "cookie" | "bearer";
  readonly remember: boolean;
  /** What it is called by, for people. */
  readonly device: string | null;
  readonly user_agent: string | null;
  readonly created_at: number;
  /** To the hour. */
  readonly last_active_at: number;
  readonly auth_time: number;
  readonly expires_at: number;
  readonly amr: readonly string[];
}
