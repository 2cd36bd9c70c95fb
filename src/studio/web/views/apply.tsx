// The view that is called apply.

export function ApplyView() {
  return <h1>Apply</h1>;
}
