import { createClient } from "@counterfoil/client";

const client = createClient({ url: "/auth" });
const welcome = document.querySelector<HTMLElement>("#welcome")!;
const form = document.querySelector("form")!;

client.session.subscribe((state) => {
  if (state.status === "loading") return; // what the server has rendered stands
  welcome.hidden = state.status !== "signed_in";
  form.hidden = state.status === "signed_in";
  document.querySelector("#name")!.textContent = state.status === "signed_in" ? state.user.username : "";
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn();
});

async function signIn(): Promise<void> {
  const value = (name: string) => (form.elements.namedItem(name) as HTMLInputElement).value;
  const outcome = await client.login({ username: value("username"), password: value("password") });
  document.querySelector("#problem")!.textContent = outcome.ok ? "" : outcome.error;
  if (outcome.ok) form.reset();
}

document.querySelector("#sign-out")!.addEventListener("click", () => void client.logout());
