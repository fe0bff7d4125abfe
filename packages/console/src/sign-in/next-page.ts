const NEXT: ReadonlySet<string> = new Set(["", "account", "administration"]);

/**
 * The page to go on with after the sign-in: what stands behind the `#` of its address, if it is one of ours. Nobody's link
 * leads from here to anywhere else.
 */
export function nextPage(hash: string = location.hash): string {
  const name = hash.slice(1);
  return hash !== "" && NEXT.has(name) ? `./${name}` : "./account";
}

/** The sign-in that comes back to a page. */
export function signInLink(pageName: string): string {
  return NEXT.has(pageName) ? `./sign-in#${pageName}` : "./sign-in";
}
