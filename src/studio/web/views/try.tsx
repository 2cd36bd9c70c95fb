// The view that is called try.

export function TryView() {
  return <h1>Try</h1>;
}
