import type { Exchange } from "../exchange/exchange.ts";

/** The flags of the cookie that an answer sets, each with what it is for; also the one that is not there. */
export function CookieFlags({ exchange: { answer } }: { readonly exchange: Exchange }) {
  const [, cookie] = answer?.headers.find(([name]) => name.toLowerCase() === "set-cookie") ?? [];
  if (cookie === undefined) return null;
  const [, ...attributes] = cookie.split(/; */);
  const isSecure = attributes.some((attribute) => attribute.toLowerCase() === "secure");
  return (
    <dl className="members flags">
      {attributes.map((attribute) => (
        <Flag key={attribute} name={attribute} why={FLAGS[attribute.split("=", 1)[0]!.toLowerCase()]} />
      ))}
      {!isSecure && (
        <Flag
          name="no Secure"
          why="Secure: sent only over HTTPS. This demonstration is at http://localhost, so it is left out; anywhere else it is set, and the name is __Host-session_id."
        />
      )}
    </dl>
  );
}

function Flag({ name, why = "" }: { readonly name: string; readonly why?: string | undefined }) {
  return (
    <div>
      <dt>
        <code>{name}</code>
      </dt>
      <dd>{why}</dd>
    </div>
  );
}

const FLAGS: Readonly<Record<string, string>> = {
  httponly: "JS cannot access the cookie: what an injected script cannot read, it cannot steal.",
  secure: "Sent only over HTTPS: nobody on the way reads it.",
  samesite:
    "Prevents CSRF: the browser keeps the cookie off requests that other sites’ pages make, but for a plain link.",
  path: "Sent to every page of this host; the prefix __Host- asks for it.",
  "max-age": "How many seconds the browser keeps it: 0 removes it now.",
  domain: "Sent to the subdomains as well.",
};
