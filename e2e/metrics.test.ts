import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { freePort } from "./support/port.ts";
import { startServer } from "./support/server.ts";

const scrape = async (port: number, path = "/metrics", init?: RequestInit) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
};

const value = (text: string, line: string) => {
  const found = text.split("\n").find((each) => each.startsWith(`${line} `));
  return found === undefined ? null : Number(found.slice(line.length + 1));
};

test("R156 metrics are on a port of their own, tell what happened, and hold nothing that was sent", async () => {
  await using directory = await temporaryDirectory();
  const metricsPort = await freePort();
  await using server = await startServer({
    data: directory.path,
    flags: ["--metrics-port", String(metricsPort)],
  });
  for (let index = 0; index < 3; index++) {
    const body = { username: `SENTINEL-${index}`, password: "SENTINEL password" };
    expect((await call(server, "POST", "/login", { body })).status).toBe(401);
  }
  expect((await call(server, "GET", "/SENTINEL-path")).status).toBe(404);
  expect((await call(server, "POST", "/refresh", { token: "cfr_SENTINEL" })).status).toBe(401);
  expect((await call(server, "GET", "/metrics")).status).toBe(404);

  const { status, type, text } = await scrape(metricsPort);
  expect([status, type]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4/)]);
  expect(value(text, 'counterfoil_http_requests_total{method="POST",route="/login",status="401"}')).toBe(3);
  expect(value(text, 'counterfoil_http_requests_total{method="*",route="*",status="404"}')).toBe(2);
  expect(value(text, 'counterfoil_refusals_total{reason="unknown_user"}')).toBe(3);
  expect(value(text, 'counterfoil_http_request_duration_seconds_count{method="POST",route="/login"}')).toBe(3);
  expect(value(text, "counterfoil_log_staleness_seconds")).toBeLessThan(1);
  expect(value(text, "counterfoil_password_checks")).toBe(0);
  expect(value(text, "process_resident_memory_bytes")).toBeGreaterThan(0);
  expect(text).not.toContain("SENTINEL");

  expect((await scrape(metricsPort, "/")).status).toBe(404);
  expect((await scrape(metricsPort, "/healthz")).status).toBe(404);
  expect((await scrape(metricsPort, "/metrics", { method: "POST", body: "x" })).status).toBe(405);
  expect((await server.stop()).code).toBe(0);
  await expect(scrape(metricsPort)).rejects.toThrow("fetch failed");
});

test("R156 however many paths and methods are asked for, the metrics have no more lines", async () => {
  await using directory = await temporaryDirectory();
  const metricsPort = await freePort();
  await using server = await startServer({ data: directory.path, flags: ["--metrics-port", String(metricsPort)] });
  const ask = async (path: string, method: string) => void (await call(server, method, path));
  const ours = async () =>
    (await scrape(metricsPort)).text.split("\n").filter((line) => line.startsWith("counterfoil_"));
  await ask("/x", "GET");
  await ask("/login", "PUT");
  const before = (await ours()).length;
  for (let index = 0; index < 200; index++) await ask(`/x${index}`, index % 2 === 0 ? "GET" : "DELETE");
  for (const method of ["PUT", "PATCH", "PROPFIND", "MKCOL"]) await ask("/login", method);
  // One status more at the most: 405 beside 404.
  expect((await ours()).length).toBeLessThanOrEqual(before + 1);
});
