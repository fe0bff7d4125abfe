/** Runs something again and again, and keeps no process alive for it. @returns ends it */
export function every(milliseconds: number, run: () => void): () => void {
  const timer: unknown = setInterval(run, milliseconds);
  // Only Node, Deno and Bun have a process to keep alive; elsewhere a timer is a number.
  (timer as { unref?(): void }).unref?.();
  return () => clearInterval(timer as ReturnType<typeof setInterval>);
}
