/** The lesson, live. */
export function LabPage() {
  return <h1>The Lab</h1>;
}
