/**
 * The pages to go on with, by what stands for each behind the `#` of the sign-in’s address. Home has a name of its own: of
 * an address that ends in `#`, `location.hash` is as empty as of one without.
 */
const NEXT: ReadonlyMap<string, string> = new Map([
  ["home", ""],
  ["account", "account"],
  ["administration", "administration"],
]);

/**
 * The page to go on with after the sign-in: what stands behind the `#` of its address, if it is one of ours. Nobody's link
 * leads from here to anywhere else.
 */
export function nextPage(hash: string = location.hash): string {
  return `./${NEXT.get(hash.slice(1)) ?? "account"}`;
}

/** The sign-in that comes back to a page. */
export function signInLink(pageName: string): string {
  const [name] = [...NEXT].find(([, page]) => page === pageName) ?? [];
  return name === undefined ? "./sign-in" : `./sign-in#${name}`;
}
