import { isIP } from "node:net";
import { ConfigurationError } from "@counterfoil/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressBucket, canonicalAddress, clientAddress, NO_PROXIES, parseTrustedProxies } from "./remote-address.ts";

const SEED = 20_261_123;
const PROXIES = parseTrustedProxies("10.0.0.0/8, 192.0.2.7,::1/128,2001:db8:aaaa::/48");

describe("canonicalAddress", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["::", "::"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:0201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:10.0.0.1", "10.0.0.1"],
    ["::ffff:0:1", "0.0.0.1"],
    ["::ffff:0:0:1", "::ffff:0:0:1"],
    ["fe80::1%eth0", "fe80::1"],
  ])("%s is spelled %s", (text, expected) => {
    expect(canonicalAddress(text)).toBe(expected);
  });

  test.each([
    "",
    "localhost",
    "192.0.2",
    "192.0.2.256",
    "192.0.02.1",
    "0x7f.1",
    "2130706433",
    "192.0.2.1 ",
    "::1::",
    "[::1]",
    "1.2.3.4%x",
    "%",
    "unknown",
    "::ffff:1.2.3",
  ])("%j is no address", (text) => {
    expect(canonicalAddress(text)).toBeNull();
  });

  test("one address has one spelling, whatever it came in", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const once = canonicalAddress(text);
        expect(once).not.toBeNull();
        expect(isIP(once!)).not.toBe(0);
        expect(canonicalAddress(once!)).toBe(once);
        expect(canonicalAddress(text.toUpperCase())).toBe(once);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});

describe("clientAddress", () => {
  test("R144 without trusted proxies the header is not believed", () => {
    expect(clientAddress("198.51.100.9", "203.0.113.5", NO_PROXIES)).toBe("198.51.100.9");
  });

  test("R144 from a peer that is no trusted proxy the header is not believed", () => {
    expect(clientAddress("198.51.100.9", "203.0.113.5", PROXIES)).toBe("198.51.100.9");
    expect(clientAddress("11.0.0.1", "203.0.113.5", PROXIES)).toBe("11.0.0.1");
    expect(clientAddress("2001:db8:aaab::1", "203.0.113.5", PROXIES)).toBe("2001:db8:aaab::1");
  });

  test.each([
    ["10.1.2.3", "203.0.113.5", "203.0.113.5"],
    ["10.1.2.3", null, "10.1.2.3"],
    ["::ffff:10.1.2.3", "203.0.113.5", "203.0.113.5"],
    ["::1", "2001:DB8::5", "2001:db8::5"],
    ["192.0.2.7", "::ffff:203.0.113.5", "203.0.113.5"],
    ["2001:db8:aaaa:1::1", "203.0.113.5", "203.0.113.5"],
    // What the client invented is left of what the proxies wrote.
    ["10.1.2.3", "1.1.1.1, 203.0.113.5", "203.0.113.5"],
    ["10.1.2.3", "10.9.9.9, 203.0.113.5", "203.0.113.5"],
    ["10.1.2.3", "garbage, , 203.0.113.5", "203.0.113.5"],
    // A chain of proxies.
    ["10.1.2.3", "1.1.1.1, 203.0.113.5, 192.0.2.7,10.0.0.2", "203.0.113.5"],
    // A client inside the trusted network.
    ["10.1.2.3", "10.0.0.9, 10.0.0.2", "10.0.0.9"],
    ["10.1.2.3", "203.0.113.5:4711", "203.0.113.5"],
    ["10.1.2.3", "[2001:db8::5]:4711", "2001:db8::5"],
    ["10.1.2.3", "[2001:db8::5]", "2001:db8::5"],
  ])("R144 peer %s with %s is %s", (peer, forwardedFor, expected) => {
    expect(clientAddress(peer, forwardedFor, PROXIES)).toBe(expected);
  });

  test.each([
    "",
    "unknown",
    "_hidden",
    "203.0.113.5,",
    "203.0.113.5, unknown",
    "203.0.113.5, unknown, 10.0.0.2",
    "1.2.3.4:port",
    "for=1.2.3.4",
    "203.0.113.5\u0000",
  ])("R144 where a proxy would not have written %j, the peer is all that is known", (forwardedFor) => {
    expect(clientAddress("10.1.2.3", forwardedFor, PROXIES)).toBe("10.1.2.3");
  });

  test("a connection without an address has none, whatever the header says", () => {
    expect(clientAddress(null, "203.0.113.5", PROXIES)).toBeNull();
    expect(clientAddress("/tmp/socket", "203.0.113.5", PROXIES)).toBeNull();
  });

  test("R144 nothing that a client puts in front changes what is believed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.ipV4(), (invented, real) => {
        fc.pre(!PROXIES.has(real));
        expect(clientAddress("10.1.2.3", `${invented}, ${real}`, PROXIES)).toBe(real);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});

describe("parseTrustedProxies", () => {
  test("a network has its addresses and no others", () => {
    for (const address of ["10.0.0.0", "10.255.255.255", "192.0.2.7", "::1", "2001:db8:aaaa:ffff::1"]) {
      expect(PROXIES.has(address)).toBe(true);
    }
    for (const address of ["9.255.255.255", "11.0.0.0", "192.0.2.8", "::2", "2001:db8:aaab::", "::"]) {
      expect(PROXIES.has(address)).toBe(false);
    }
  });

  test("IPv4-mapped networks and those with bits behind the length mean what they say", () => {
    const proxies = parseTrustedProxies("::ffff:10.0.0.0/104,172.16.9.9/12");
    expect(proxies.has("10.255.0.1")).toBe(true);
    expect(proxies.has("172.31.0.1")).toBe(true);
    expect(proxies.has("172.32.0.1")).toBe(false);
  });

  test.each([
    "",
    ",",
    "10.0.0.0/8,",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/1e1",
    "10/8",
    "::1/129",
    "proxy.internal",
    "*",
    "true",
    "0.0.0.0/0",
    "::/0",
    "::ffff:0:0/96",
    "fe80::1%eth0/64",
  ])("R144 %j stops the start with the setting and the accepted form", (text) => {
    expect(() => parseTrustedProxies(text)).toThrow(ConfigurationError);
    expect(() => parseTrustedProxies(text)).toThrow(/COUNTERFOIL_TRUST_PROXY.*10\.0\.0\.0\/8,::1\/128/);
    expect(() => parseTrustedProxies(text, "--trust-proxy")).toThrow(/^--trust-proxy /);
  });
});

describe("addressBucket", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8::6", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["unheard-of", null],
    [null, null],
  ])("R113 %s counts as %s", (address, expected) => {
    expect(addressBucket(address)).toBe(expected);
  });

  test("R113 two IPv6 addresses share a bucket exactly if they share their first 64 bits", () => {
    const group = fc.constantFrom("0", "1", "ffff");
    const address = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(address, address, (left, right) => {
        fc.pre(left.slice(0, 5).some((each) => each !== "0") && right.slice(0, 5).some((each) => each !== "0"));
        const same = left.slice(0, 4).join(":") === right.slice(0, 4).join(":");
        expect(addressBucket(left.join(":")) === addressBucket(right.join(":"))).toBe(same);
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });
});
