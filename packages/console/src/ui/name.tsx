/** What somebody has called something: text and nothing else, and whichever way it is written, it turns nothing around it. */
export function Name({ children }: { readonly children: string }) {
  return <bdi className="given">{children}</bdi>;
}
