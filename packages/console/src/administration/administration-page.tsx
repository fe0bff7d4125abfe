/** Users, sessions, keys, events and verifiers, for administrators. */
export function AdministrationPage() {
  return <h1>Administration</h1>;
}
