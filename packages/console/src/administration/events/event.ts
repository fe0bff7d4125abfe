/** `Event` of the reference. */
export interface LoggedEvent {
  readonly id: number;
  readonly at: number;
  readonly type: string;
  readonly what: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly sub: string | null;
  readonly sid: string | null;
  readonly request_id: string | null;
  readonly remote_address: string | null;
  readonly user_agent: string | null;
  readonly actor: string | null;
}

export interface EventPage {
  readonly events: readonly LoggedEvent[];
  readonly next_before: number | null;
}

export interface Filter {
  /** One of the types; empty for all. */
  readonly type: string;
  /** A user's subject, a `ses_…` or a `req_…`; empty for all. */
  readonly about: string;
}

export function filterQuery({ type, about }: Filter): Readonly<Record<string, string>> {
  return { ...(type !== "" && { type }), ...(about !== "" && { [parameterFor(about)]: about }) };
}

function parameterFor(about: string): "sid" | "request_id" | "subject" {
  if (about.startsWith("ses_")) return "sid";
  return about.startsWith("req_") ? "request_id" : "subject";
}
