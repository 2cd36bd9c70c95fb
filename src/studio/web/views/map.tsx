// The view that is called map.

export function MapView() {
  return <h1>Map</h1>;
}
