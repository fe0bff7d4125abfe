import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isPostgresAddress, readAddress } from "./address.ts";

const PASSWORD = "hunter2";
const at = (rest: string) => `postgres://app:${PASSWORD}@${rest}`;

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-address-"));
  file = join(folder, "file.pem");
  writeFileSync(file, "PEM");
});
afterAll(() => rmSync(folder, { recursive: true }));

it("what is left out of an address has a value that is safe", () => {
  expect(readAddress(at("db.example/ledger"))).toEqual({
    connection: {
      host: "db.example",
      port: 5432,
      database: "ledger",
      user: "app",
      password: PASSWORD,
      ssl: { rejectUnauthorized: true, minVersion: "TLSv1.2" },
    },
    schema: "counterfoil",
    poolSize: 10,
  });
});

it("what is special in a name or a password is percent-encoded, and a password may be missing", () => {
  const { connection } = readAddress("postgresql://a%40b:p%25%2F%3F%23%40@db.example:6000/my%20ledger");
  expect(connection).toMatchObject({ user: "a@b", password: "p%/?#@", database: "my ledger", port: 6000 });
  expect(readAddress("postgres://app@db.example/ledger").connection.password).toBeUndefined();
});

it.each(["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "%2Fvar%2Frun%2Fpostgresql"])(
  "on this machine (%s) there is no TLS unless it is asked for",
  (host) => {
    expect(readAddress(at(`${host}/ledger`)).connection.ssl).toBe(false);
    expect(readAddress(at(`${host}/ledger?sslmode=verify-full`)).connection.ssl).toMatchObject({
      rejectUnauthorized: true,
    });
  },
);

it.each(["db.example", "10.0.0.7", "[fd00::7]", "localhost.example", "127.example", "128.0.0.1"])(
  "beyond this machine (%s) TLS is given up by name alone",
  (host) => {
    expect(readAddress(at(`${host}/ledger`)).connection.ssl).toMatchObject({ rejectUnauthorized: true });
    expect(readAddress(at(`${host}/ledger?sslmode=disable`)).connection.ssl).toBe(false);
  },
);

it("a certificate authority and a certificate of one's own are read from their files", () => {
  const { ssl } = readAddress(at(`db.example/ledger?sslrootcert=${file}&sslcert=${file}&sslkey=${file}`)).connection;
  expect(ssl).toEqual({ rejectUnauthorized: true, minVersion: "TLSv1.2", ca: "PEM", cert: "PEM", key: "PEM" });
});

it("a schema and a pool may be another", () => {
  expect(readAddress(at("h/d?schema=auth_2&pool=2"))).toMatchObject({ schema: "auth_2", poolSize: 2 });
});

const WRONG: readonly [string, RegExp][] = [
  ...["allow", "prefer", "require", "verify-ca", "no-verify", PASSWORD].map((mode): [string, RegExp] => [
    at(`h/d?sslmode=${mode}`),
    /sslmode=verify-full .* sslmode=disable/,
  ]),
  ...["Auth", "1a", "a-b", "a.b", "pg_x", 'a"b', "a;drop", "", "a".repeat(64), PASSWORD.toUpperCase()].map(
    (schema): [string, RegExp] => [at(`h/d?schema=${encodeURIComponent(schema)}`), /such as schema=counterfoil/],
  ),
  ...["0", "1", "501", "-1", "ten", "1e2", " 5", ""].map((pool): [string, RegExp] => [
    at(`h/d?pool=${encodeURIComponent(pool)}`),
    /2 to 500 connections/,
  ]),
  [at("h/d?max=5"), /parameter that is none/],
  [at("h/d?pool=5&pool=6"), /one twice/],
  [at("h/d#x"), /parameter that is none/],
  [at("h"), /must name a user and a database/],
  [at("h/"), /must name a user and a database/],
  ["postgres://h/d", /must name a user and a database/],
  [at("h:port/d"), /percent-encoded/],
  [at("h:70000/d"), /percent-encoded/],
  ["postgres:app@h/d", /percent-encoded/],
  [`postgres://app:${PASSWORD}%@h/d`, /%25/],
  [`postgres://app:${PASSWORD}%zz@h/d`, /%25/],
  [at("h/%zz"), /%25/],
  // A password that nobody has encoded, cut wherever a URL cuts it.
  ["postgres://app:5432/hunter2@h/d", /must name a user and a database/],
  ["postgres://app:5432?hunter2@h/d", /must name a user and a database/],
  ["postgres://app:5432#hunter2@h/d", /must name a user and a database/],
  ["postgres://app:a@b/c?hunter2@h/d", /parameter that is none/],
  ["postgres://app:a@b/c?sslmode=hunter2@h/d", /sslmode=disable/],
  [at("h/d?sslrootcert=/no/such/file"), /sslrootcert a file that cannot be read/],
  [at("h/d?sslmode=disable&sslrootcert=/no/such/file"), /no TLS is used/],
  [at("localhost/d?sslcert=/no/such/file"), /no TLS is used/],
  [at(`h/d?sslcert=/dev/null`), /both of sslcert and sslkey/],
];

it.each(WRONG)("%s is refused with what would be right, and no password is repeated", (address, sentence) => {
  let refused: unknown;
  try {
    readAddress(address);
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(TypeError);
  expect(String(refused)).toMatch(sentence);
  expect(String(refused)).not.toMatch(/hunter2/i);
});

it("an address is PostgreSQL's by its scheme, right or wrong", () => {
  const addresses = ["postgres://u@h/d", "POSTGRESQL://u@h/d", "postgres:", "mysql://u@h/d", "sqlite:postgres://x"];
  expect(addresses.map(isPostgresAddress)).toEqual([true, true, true, false, false]);
});
