// Images in memory of four kinds that anybody tells apart: discs, rings, upright bars and lying bars, each of another size and place.
import { createRandom } from '#kindred/core/random.js';
import type { Images } from '#kindred/data/source.js';

const SIDE = 28;
type IsInk = (x: number, y: number, size: number) => boolean;
const KINDS: readonly IsInk[] = [
  (x, y, size) => Math.hypot(x, y) < size,
  (x, y, size) => Math.abs(Math.hypot(x, y) - size) < 1.6,
  (x, y, size) => Math.abs(x) < 2 && Math.abs(y) < size + 2,
  (x, y, size) => Math.abs(y) < 2 && Math.abs(x) < size + 2,
];
export const PLANTED_KINDS = KINDS.length;

/** Image i is of kind i mod 4. */
export function plantedImages(count: number, seed = 0): Images {
  const random = createRandom(seed, 'planted images');
  const between = (least: number, most: number) => least + (most - least) * random.uniform();
  const data = new Uint8Array(count * SIDE * SIDE);
  for (let image = 0; image < count; image++) {
    const [x, y, size] = [between(12, 16), between(12, 16), between(6.5, 8.5)];
    const ink = between(180, 255);
    for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
      const isInk = KINDS[image % KINDS.length]((pixel % SIDE) - x, Math.floor(pixel / SIDE) - y, size);
      data[image * SIDE * SIDE + pixel] = (isInk ? ink : 0) + between(0, 20);
    }
  }
  const ids = Array.from({ length: count }, (_, image) => `${image}`);
  return { data, count, height: SIDE, width: SIDE, channels: 1, ids };
}

/** The images whose kind is not that of most of their planted kind; every planted kind must have one of its own. */
export function misplaced(assignment: ArrayLike<number>, planted: (image: number) => number): number[] {
  const counts = new Map<number, Map<number, number>>();
  for (let image = 0; image < assignment.length; image++) {
    const found = counts.get(planted(image)) ?? new Map<number, number>();
    counts.set(planted(image), found.set(assignment[image], (found.get(assignment[image]) ?? 0) + 1));
  }
  const mostOf = new Map(
    [...counts].map(([kind, found]) => [kind, [...found].sort(([, a], [, b]) => b - a)[0][0]]),
  );
  if (new Set(mostOf.values()).size < mostOf.size) throw new Error('two planted kinds were found as one');
  return Array.from({ length: assignment.length }, (_, image) => image).filter(
    (image) => assignment[image] !== mostOf.get(planted(image)),
  );
}
