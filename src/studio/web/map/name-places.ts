// Where the names of kinds stand on the map: in the thick of their images. The mean of a kind that lies in two islands would
// be in the sea between them.
import { indexOfLargest } from '../../../core/statistics.js';
import type { Colouring, LegendRow } from './colouring.js';

export interface NamePlace {
  readonly row: LegendRow;
  /** In the unit square. */
  readonly x: number;
  readonly y: number;
}

/** The map is looked at in so many cells a side; the thick of a kind is three of them wide. */
const CELLS = 24;

/** Of each cell: it and the eight around it, as far as they are there. */
const AROUND = Array.from({ length: CELLS * CELLS }, (_, cell) => {
  const near = (at: number) => [at - 1, at, at + 1].filter((side) => side >= 0 && side < CELLS);
  return near(Math.floor(cell / CELLS)).flatMap((row) =>
    near(cell % CELLS).map((column) => row * CELLS + column),
  );
});

/** points (n, 2) in the unit square, values (n) → a place for each row whose name is to stand on the map */
export function middlesOf(points: Float32Array, { values, rows }: Colouring): readonly NamePlace[] {
  const named = rows.filter(({ isOnMap }) => isOnMap);
  const places = new Map(named.map(({ value }, at) => [value, at]));
  const counts = named.map(() => new Uint32Array(CELLS * CELLS));
  const cellOf = (image: number) => {
    const column = Math.min(Math.floor(points[2 * image] * CELLS), CELLS - 1);
    return Math.min(Math.floor(points[2 * image + 1] * CELLS), CELLS - 1) * CELLS + column;
  };
  for (let image = 0; image < values.length; image++) {
    const at = places.get(values[image]);
    if (at !== undefined) counts[at][cellOf(image)]++;
  }
  const thick = counts.map((cells) => {
    const crowd = cells.map((_, cell) => AROUND[cell].reduce((sum, near) => sum + cells[near], 0));
    return new Set(AROUND[indexOfLargest(crowd)]);
  });
  const sums = named.map(() => ({ x: 0, y: 0, count: 0 }));
  for (let image = 0; image < values.length; image++) {
    const at = places.get(values[image]);
    if (at === undefined || !thick[at].has(cellOf(image))) continue;
    sums[at].x += points[2 * image];
    sums[at].y += points[2 * image + 1];
    sums[at].count++;
  }
  return named.map((row, at) => ({ row, x: sums[at].x / sums[at].count, y: sums[at].y / sums[at].count }));
}
