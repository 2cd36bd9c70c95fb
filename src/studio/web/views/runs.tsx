// The view that is called runs.

export function RunsView() {
  return <h1>Runs</h1>;
}
