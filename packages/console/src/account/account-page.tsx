/** The user's own sign-ins. */
export function AccountPage() {
  return <h1>Account</h1>;
}
