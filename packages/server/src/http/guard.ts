/**
 * Whether a browser's page sent the request. `Sec-Fetch-Site` and not `Sec-Fetch-Mode`, which Node's own fetch sends.
 * It saves a developer from a mistake and is no boundary: anything but a browser can write what it likes.
 */
export function isBrowser(headers: Pick<Headers, "has">): boolean {
  return headers.has("sec-fetch-site");
}
