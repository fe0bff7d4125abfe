/** `User-Agent`, cut: enough to recognise a device by, too little to fill a disk with. */
export function cutUserAgent(userAgent: string | null): string | null {
  return userAgent?.slice(0, 256) ?? null;
}
