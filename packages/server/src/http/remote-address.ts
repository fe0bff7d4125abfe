import { BlockList, isIPv4, isIPv6 } from "node:net";
import { ConfigurationError } from "@counterfoil/core";

/** The proxies whose word about a client's address is believed. */
export interface TrustedProxies {
  /** @param address in the form of {@link canonicalAddress} */
  has(address: string): boolean;
}

/** What holds unless it was configured: the peer of the connection is the client. */
export const NO_PROXIES: TrustedProxies = { has: () => false };

/**
 * @param text networks separated by commas, such as `10.0.0.0/8,::1/128`; a single address needs no length
 * @param name the setting, for the message
 * @throws ConfigurationError that names the setting and the accepted form
 */
export function parseTrustedProxies(text: string, name = "COUNTERFOIL_TRUST_PROXY"): TrustedProxies {
  const networks = new BlockList();
  for (const part of text.split(",")) {
    const network = parseNetwork(part.trim());
    if (network === null) {
      throw new ConfigurationError(
        `${name} must be the addresses of your proxies in CIDR form, separated by commas, such as ` +
          "10.0.0.0/8,::1/128. A length of 0 is refused: it would believe everybody.",
      );
    }
    networks.addSubnet(network.address, network.length, family(network.address));
  }
  return { has: (address) => networks.check(address, family(address)) };
}

/**
 * The address to log and to limit by: the rightmost one that no trusted proxy has. Each proxy appends who it was
 * called by, so everything left of that one is the client's own invention (ASVS V4.1.3). Where the header is not what
 * a proxy writes, the peer.
 *
 * @param peer the other end of the connection; `null` where there is none to tell (a Unix socket)
 * @param forwardedFor the X-Forwarded-For header; several arrive joined by commas, in their order
 * @returns in one spelling (RFC 5952), IPv4-mapped addresses as IPv4; `null` if the peer is not known
 */
export function clientAddress(
  peer: string | null,
  forwardedFor: string | null,
  trusted: TrustedProxies,
): string | null {
  const nearest = peer === null ? null : canonicalAddress(peer);
  if (nearest === null || forwardedFor === null || !trusted.has(nearest)) return nearest;
  let client = nearest;
  for (const hop of forwardedFor.split(",").toReversed()) {
    const address = canonicalAddress(withoutPort(hop.trim()));
    if (address === null) return nearest;
    client = address;
    if (!trusted.has(address)) break;
  }
  return client;
}

/**
 * The key to count attempts by: an IPv4 address, or the /64 of an IPv6 one, since a single subscriber has all 2^64
 * addresses of it and could take a new one for each attempt. `null` where no address is known.
 */
export function addressBucket(address: string | null): string | null {
  const canonical = address === null ? null : canonicalAddress(address);
  if (canonical === null) return null;
  if (!canonical.includes(":")) return canonical;
  return `${groups(canonical).slice(0, 4).join(":")}::/64`;
}

/** The one spelling of an IP address: RFC 5952, lower case, no zone, IPv4-mapped as IPv4; `null` if it is none. */
export function canonicalAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  // A zone (`fe80::1%eth0`) names an interface of this machine, and no other one knows it (RFC 4007 §6).
  const address = text.split("%", 1)[0]!;
  if (!isIPv6(address)) return null;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  return mappedIPv4(canonical) ?? canonical;
}

function parseNetwork(text: string): { readonly address: string; readonly length: number } | null {
  const [base, length, ...more] = text.split("/");
  if (base === undefined || more.length > 0 || base.includes("%")) return null;
  const address = canonicalAddress(base);
  if (address === null) return null;
  const bits = isIPv4(address) ? 32 : 128;
  if (length === undefined) return { address, length: bits };
  if (!/^\d{1,3}$/.test(length)) return null;
  // `::ffff:10.0.0.0/104` is 10.0.0.0/8.
  const prefix = Number(length) - (isIPv4(address) && !isIPv4(base) ? 96 : 0);
  return prefix >= 1 && prefix <= bits ? { address, length: prefix } : null;
}

/** Some proxies append the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop;
}

function mappedIPv4(canonical: string): string | null {
  if (!canonical.startsWith("::ffff:")) return null;
  const [high, low, ...more] = canonical.slice("::ffff:".length).split(":");
  if (high === undefined || low === undefined || more.length > 0) return null;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((word) => [word >> 8, word & 255]).join(".");
}

/** All eight groups of a canonical IPv6 address. */
function groups(canonical: string): string[] {
  const [head = "", tail] = canonical.split("::");
  const left = head === "" ? [] : head.split(":");
  if (tail === undefined) return left;
  const right = tail === "" ? [] : tail.split(":");
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0"), ...right];
}

function family(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}
