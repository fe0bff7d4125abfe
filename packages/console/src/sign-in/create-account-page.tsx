/** Registers a user, where registration is open. */
export function CreateAccountPage() {
  return <h1>Create an account</h1>;
}
