import type { ListedSession, SessionState } from "@counterfoil/client";
import { API, client } from "./client.ts";

const element = (id: string) => document.getElementById(id)!;
const button = (id: string) => element(id) as HTMLButtonElement;
const field = (form: HTMLFormElement, name: string) => form.elements.namedItem(name) as HTMLInputElement;

const signedOut = element("signed-out");
const signedIn = element("signed-in");
const signOut = button("sign-out");
const again = element("again") as HTMLDialogElement;
const againForm = element("again-form") as HTMLFormElement;

client.session.subscribe((state) => {
  element("who").textContent = title(state);
  element("problem").textContent = (state.status === "loading" && state.error?.message) || "";
  signedOut.hidden = state.status !== "signed_out";
  signedIn.hidden = signOut.hidden = state.status !== "signed_in";
  element("answer").hidden = true;
  if (state.status === "signed_in") {
    // A password that was typed does not wait in the page, also where another tab has signed in.
    for (const id of ["sign-in", "register"]) (element(id) as HTMLFormElement).reset();
    void listSessions();
  } else if (again.open) again.close("cancel");
});

function title(state: SessionState): string {
  switch (state.status) {
    case "loading":
      return "One moment …";
    case "signed_in":
      return `Welcome ${state.user.username ?? state.user.sub}`;
    case "signed_out":
      return state.reason === "session_over" ? "Your session is over: please sign in" : "Please sign in";
  }
}

/** Runs what a button or a form asks for, once at a time, and says what came of it. */
async function run(pressed: HTMLButtonElement, job: () => Promise<string>): Promise<void> {
  element("problem").textContent = element("news").textContent = "";
  pressed.disabled = true;
  try {
    element("news").textContent = await job();
  } catch (error) {
    element("problem").textContent = error instanceof Error ? error.message : String(error);
  } finally {
    pressed.disabled = false;
  }
}

/** What a refusal says is a sentence for people. */
function done(outcome: { readonly ok: true } | { readonly ok: false; readonly error: string }): void {
  if (!outcome.ok) throw new Error(outcome.error);
}

const credentials = (form: HTMLFormElement) => ({
  username: field(form, "username").value,
  password: field(form, "password").value,
});

function onSubmit(id: string, job: (form: HTMLFormElement) => Promise<string>): void {
  const form = element(id) as HTMLFormElement;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void run(event.submitter as HTMLButtonElement, () => job(form));
  });
}

onSubmit("sign-in", async (form) => {
  const remember = field(form, "remember").checked;
  done(await client.login({ ...credentials(form), remember }));
  return "";
});

onSubmit("register", async (form) => {
  const wish = credentials(form);
  done(await client.register(wish));
  const outcome = await client.login(wish);
  // Whether a name is free is not told by registering.
  if (!outcome.ok && outcome.code === "invalid_credentials") throw new Error("Choose another name: this one is taken.");
  done(outcome);
  return "You are registered, and signed in.";
});

signOut.addEventListener("click", () => {
  void run(signOut, async () => {
    const outcome = await client.logout();
    return outcome.ok
      ? "You are signed out."
      : "You are signed out here. The server is told as soon as it can be reached.";
  });
});

const ask = button("ask");
ask.addEventListener("click", () => {
  void run(ask, async () => {
    const response = await client.fetch(`${API}/orders`);
    element("answer").textContent = `${response.status} ${await response.text()}`;
    element("answer").hidden = false;
    return "";
  });
});

// Somebody may have signed in elsewhere meanwhile.
addEventListener("focus", () => {
  if (client.session.current.status === "signed_in") void listSessions();
});

async function listSessions(): Promise<void> {
  const listed = await client.sessions();
  if (listed.ok) element("sessions").replaceChildren(...listed.sessions.map(row));
}

function row(session: ListedSession): HTMLLIElement {
  const item = document.createElement("li");
  const since = new Date(session.created_at * 1000).toLocaleString();
  const name = session.device ?? "A device without a name";
  item.append(`${name}, since ${since}${session.current ? " (this one)" : ""}`);
  if (session.current) return item;
  const end = document.createElement("button");
  end.type = "button";
  end.className = "quiet";
  end.textContent = "End";
  end.setAttribute("aria-label", `End the session of ${name} since ${since}`);
  end.addEventListener("click", () => void run(end, () => endSession(session.sid)));
  item.append(end);
  return item;
}

async function endSession(sid: string): Promise<string> {
  let outcome = await client.endSession(sid);
  // Whoever finds a page open must not shut its user out of the other devices: the server asks who is there.
  if (!outcome.ok && outcome.code === "reauthentication_required") {
    if (!(await proveAgain())) return "";
    outcome = await client.endSession(sid);
  }
  done(outcome);
  await listSessions();
  return "That session has ended.";
}

againForm.addEventListener("submit", (event) => {
  if ((event.submitter as HTMLButtonElement).value === "cancel") return;
  event.preventDefault();
  void prove();
});

async function prove(): Promise<void> {
  const outcome = await client.reauthenticate({ password: field(againForm, "password").value });
  element("again-problem").textContent = outcome.ok ? "" : outcome.error;
  if (outcome.ok) again.close("proved");
}

/** Asks for the password until it is right; `false` where the user leaves it. */
function proveAgain(): Promise<boolean> {
  const state = client.session.current;
  againForm.reset();
  field(againForm, "username").value = state.status === "signed_in" ? (state.user.username ?? "") : "";
  again.returnValue = "cancel";
  again.showModal();
  return new Promise((resolve) => {
    again.addEventListener("close", () => resolve(again.returnValue === "proved"), { once: true });
  });
}
