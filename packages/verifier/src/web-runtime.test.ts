import { vi } from "vitest";

// The main entry checks signatures by promises. Whatever is promised of the verifier for Node holds for it, too.
vi.mock(import("../test/platform.ts"), async () => await import("./index.ts"));

await import("./feed/connection.test.ts");
await import("./feed/follower.test.ts");
await import("./key/jwk-set-source.test.ts");
await import("./verifier/verifier.test.ts");
