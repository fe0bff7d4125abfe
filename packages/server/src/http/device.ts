import type { Session } from "@counterfoil/core";
import Bowser from "bowser";

/** A longer one is cut before anything reads it, so that no text makes the patterns work for long (ASVS V1.2.9). */
const USER_AGENT_LENGTH = 256;
const NAME_LENGTH = 64;

/** A product's name as RFC 9110 §10.1.5 puts it first: what programs that are no browsers are known by. */
const PRODUCT = /^([A-Za-z][\w.-]{0,39})(?:[/ (]|$)/;

/**
 * What a user knows a session's device by: the name that its client gave, or else what its `User-Agent` amounts to, such
 * as "Firefox on Linux", "iPhone · Safari" or "curl". `null` where that says nothing. The sender's word, both of them.
 */
export function deviceOf({ deviceName, userAgent }: Pick<Session, "deviceName" | "userAgent">): string | null {
  return deviceName ?? (userAgent === null ? null : describe(userAgent.slice(0, USER_AGENT_LENGTH)));
}

function describe(userAgent: string): string | null {
  if (!userAgent.startsWith("Mozilla/")) return PRODUCT.exec(userAgent)?.[1] ?? null;
  const { browser, os, platform } = Bowser.parse(userAgent);
  // Macs say no more than their maker; telephones and tablets are known by their model.
  const parts = platform.model ? [platform.model, browser.name] : [browser.name, os.name];
  const known = parts.filter((part): part is string => Boolean(part));
  const text = known.join(platform.model ? " · " : " on ").slice(0, NAME_LENGTH);
  return text === "" ? null : text;
}
