/** A name that somebody else chose: text, whatever is in it, in a direction of its own. */
export function Name({ children }: { readonly children: string }) {
  return <bdi className="given-name">{children}</bdi>;
}
