// Vectors around a few centres, as an encoder's lie around kinds.
import type { Matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { sharedFloats } from '#kindred/core/shared-memory.js';

/** n rows around k centres, with noise of deviation `spread` in every column; the planted kind of row i is i % k. */
export function clouds(n: number, k: number, spread: number, columns = 24) {
  const random = createRandom(4, `clouds ${n} ${k}`);
  const centres = Array.from({ length: k }, () => Array.from({ length: columns }, () => random.normal()));
  const kinds = Int32Array.from({ length: n }, (_, row) => row % k);
  const data = sharedFloats(n * columns);
  data.forEach((_, at) => {
    data[at] = centres[kinds[Math.floor(at / columns)]][at % columns] + spread * random.normal();
  });
  return { vectors: { data, rows: n, columns } satisfies Matrix, kinds };
}

/** Share of the places where both have the same value. */
export function shareEqual(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).filter((value, at) => value === b[at]).length / a.length;
}
