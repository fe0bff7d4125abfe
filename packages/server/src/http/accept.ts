/** Whether an answer of this media type is asked for by its own name: a wildcard that takes it in is not that. */
export function accepts(request: { readonly headers: Pick<Headers, "get"> }, mediaType: string): boolean {
  const accepted = (request.headers.get("accept") ?? "").split(",");
  return accepted.some((each) => each.split(";", 1)[0]?.trim().toLowerCase() === mediaType);
}
