/** The path that the server is mounted under, with a slash at its end: the pages are right below it. */
export const BASE_PATH = new URL(".", location.href).pathname;

/** A page's name: what follows the path of the server. */
export const PAGE_NAME = location.pathname.slice(BASE_PATH.length);
