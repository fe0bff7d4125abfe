/** `AdminSession` of the reference. */
export interface Session {
  readonly sid: string;
  readonly current: boolean;
  readonly transport: "cookie" | "bearer";
  readonly remember: boolean;
  readonly device: string | null;
  readonly user_agent: string | null;
  readonly created_at: number;
  readonly last_active_at: number;
  readonly expires_at: number;
  readonly sub: string;
  readonly username: string | null;
}

export interface SessionPage {
  readonly sessions: readonly Session[];
  readonly next_cursor: string | null;
}
