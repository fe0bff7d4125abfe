/** A command-line program that signs in once, calls an API as its user, and signs out. */
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { createBearerClient } from "@counterfoil/client/bearer";
import { fileStorage } from "@counterfoil/client/node";

const url = process.env["COUNTERFOIL_URL"] ?? "http://localhost:4000";
const api = process.env["ORDERS_API"] ?? "http://localhost:4001";
const storage = fileStorage(join(homedir(), ".config", "counterfoil-orders", "session"));
const client = createBearerClient({ url, storage, apiOrigins: [api] });

async function login(): Promise<void> {
  const { username, password } = await askForCredentials();
  const signedIn = await client.login({ username, password, deviceName: "the command line" });
  if (!signedIn.ok) throw new Error(signedIn.error);
}

async function orders(): Promise<void> {
  const { status } = await client.ready;
  if (status === "signed_out") await login();
  const answer = await client.fetch(`${api}/orders`);
  // The session was ended elsewhere, or by time.
  if (answer.status === 401) throw new Error("You are signed out: run this again to sign in.");
  console.log(await answer.text());
}

async function logout(): Promise<void> {
  const told = await client.logout();
  console.log(told.ok ? "Signed out." : "Signed out here; the server will be told when it is back.");
}

/** What is typed as a password is not shown. */
async function askForCredentials() {
  let isHidden = false;
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => (isHidden ? done() : void process.stderr.write(chunk, done)),
  });
  const lines = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY });
  const typed = lines[Symbol.asyncIterator]();
  const ask = async (question: string) => {
    process.stderr.write(question);
    const { value, done } = await typed.next();
    // Ctrl-C, Ctrl-D, or the end of a file.
    if (done === true) throw new Error("\nNobody was signed in.");
    return value;
  };
  const username = await ask("User name: ");
  isHidden = true;
  const password = await ask("Password: ");
  lines.close();
  process.stderr.write("\n");
  return { username, password };
}

const commands: Readonly<Record<string, () => Promise<void>>> = { login, orders, logout };
const command = commands[process.argv[2] ?? "orders"];
try {
  if (command === undefined) throw new Error(`The commands are ${Object.keys(commands).join(", ")}.`);
  await command();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  // Nobody waits for what is still asked beside.
  client.close();
}
