// Where the names of kinds stand on the map: in the thick of their images. The mean of a kind that lies in two islands would
// be in the sea between them.
import type { Colouring, LegendRow } from './colouring.js';

export interface NamePlace {
  readonly row: LegendRow;
  /** In the unit square. */
  readonly x: number;
  readonly y: number;
}

/** The map is looked at in so many cells a side; the thick of a kind is three of them wide. */
const CELLS = 24;

/** points (n, 2) in the unit square, values (n) → a place for each row whose name is to stand on the map */
export function middlesOf(points: Float32Array, { values, rows }: Colouring): readonly NamePlace[] {
  const named = rows.filter(({ isOnMap }) => isOnMap);
  const places = new Map(named.map(({ value }, at) => [value, at]));
  const side = CELLS;
  const counts = new Uint32Array(named.length * side * side);
  const cellOf = (image: number) => {
    const column = Math.min(Math.floor(points[2 * image] * side), side - 1);
    return Math.min(Math.floor(points[2 * image + 1] * side), side - 1) * side + column;
  };
  for (let image = 0; image < values.length; image++) {
    const at = places.get(values[image]);
    if (at !== undefined) counts[at * side * side + cellOf(image)]++;
  }
  const thickest = named.map((_, at) => {
    const cells = counts.subarray(at * side * side, (at + 1) * side * side);
    let best = 0;
    for (let cell = 1; cell < cells.length; cell++) {
      if (around(cells, side, cell) > around(cells, side, best)) best = cell;
    }
    return best;
  });
  const sums = named.map(() => ({ x: 0, y: 0, count: 0 }));
  for (let image = 0; image < values.length; image++) {
    const at = places.get(values[image]);
    if (at === undefined) continue;
    const [cell, best] = [cellOf(image), thickest[at]];
    if (
      Math.abs((cell % side) - (best % side)) > 1 ||
      Math.abs(Math.floor(cell / side) - Math.floor(best / side)) > 1
    )
      continue;
    sums[at].x += points[2 * image];
    sums[at].y += points[2 * image + 1];
    sums[at].count++;
  }
  return named.map((row, at) => ({ row, x: sums[at].x / sums[at].count, y: sums[at].y / sums[at].count }));
}

/** Images in a cell and the eight around it. */
function around(cells: Uint32Array, side: number, cell: number): number {
  const [row, column] = [Math.floor(cell / side), cell % side];
  let sum = 0;
  for (let down = Math.max(row - 1, 0); down <= Math.min(row + 1, side - 1); down++) {
    for (let right = Math.max(column - 1, 0); right <= Math.min(column + 1, side - 1); right++) {
      sum += cells[down * side + right];
    }
  }
  return sum;
}
