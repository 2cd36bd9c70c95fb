// The view that is called live.

export function LiveView() {
  return <h1>Live</h1>;
}
