/** What is read of a request: a `Request` will do, and so will less. The body is not looked at. */
export interface RequestHead {
  readonly method: string;
  /** The address or the path; a token in its query is refused (RFC 6750 §2.3, ASVS V14.2.1). */
  readonly url?: string;
  readonly headers: Pick<Headers, "get" | "has">;
}
