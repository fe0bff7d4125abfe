import type { ServerResponse } from "node:http";
import { SECURITY_HEADERS } from "../../http/security-headers.ts";

/** Where the page is. Under `127.0.0.1` it is of another site than `localhost`, as a browser sees it. */
export const OTHER_SITE = "/other-site";

/**
 * A page of another site, which tries what such a page can: to have the visitor's browser send requests to the server.
 * The Lab shows it in a frame. It asks one server, tries what ends sessions and what reads a name, and tells the server's
 * own pages alone how it went; whoever else frames it is refused by the browser.
 */
export function otherSite(issuer: string, response: ServerResponse): void {
  const { origin } = new URL(issuer);
  const policy = [
    "default-src 'none'",
    "script-src 'nonce-other-site'",
    `connect-src ${origin}`,
    `frame-src ${origin}`,
    `form-action ${origin}`,
    `frame-ancestors ${origin}`,
    "base-uri 'none'",
  ];
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy.join("; "),
  });
  response.end(page(issuer, origin));
}

/** Nothing of the request is in it: the nonce may be a fixed one. */
function page(issuer: string, origin: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A page of another site</title>
<p>This is a page of another site.</p>
<script nonce="other-site">
const issuer = ${inScript(issuer)};
const parentOrigin = ${inScript(origin)};
${SCRIPT}
</script>
</html>
`;
}

function inScript(text: string): string {
  return JSON.stringify(text).replaceAll("<", String.raw`\u003c`);
}

/** `?form=…&simple=…&json=…&read=…`: what to try, each under the name by which the Lab finds the request. */
const SCRIPT = `
const wishes = new URLSearchParams(location.search);
const addressOf = (path, name) => issuer + path + "?lab-trace=" + encodeURIComponent(wishes.get(name));

function sendForm() {
  return new Promise((resolve) => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.name = "answer";
    frame.title = "The answer";
    const form = document.body.appendChild(document.createElement("form"));
    form.method = "post";
    form.target = "answer";
    form.action = addressOf("/logout/all", "form");
    frame.onload = () => {
      // The answer may not be framed, so what is loaded is the browser's own page, which cannot be read.
      try {
        if (frame.contentDocument.URL === "about:blank") return;
        resolve("answered");
      } catch {
        resolve("sent");
      }
    };
    form.submit();
    setTimeout(() => resolve("sent"), 3000);
  });
}

const send = (path, name, init) =>
  fetch(addressOf(path, name), { credentials: "include", ...init }).then(
    (response) => (response.type === "opaque" ? "sent" : "answered"),
    () => "blocked",
  );

const ways = {
  form: sendForm,
  simple: () =>
    send("/logout/all", "simple", {
      method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: "{}",
    }),
  json: () =>
    send("/logout/all", "json", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }),
  read: () => send("/me", "read", {}),
};

(async () => {
  const told = {};
  for (const [name, way] of Object.entries(ways)) if (wishes.has(name)) told[name] = await way();
  parent.postMessage(told, parentOrigin);
})();
`;
