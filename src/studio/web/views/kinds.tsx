// The view that is called kinds.

export function KindsView() {
  return <h1>Kinds</h1>;
}
