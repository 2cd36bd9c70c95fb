// Which pictures are another one mirrored, turned by a quarter or a half, or both? Candidates are told by what does not change then:
// the grey values of each eight places that these moves bring to each other, in ascending order.
import { type Edge, lastingClusters } from '../cluster/lasting-clusters.js';
import { type Matrix, matrix } from '../core/matrix.js';
import { nearestNeighbours } from '../graph/nearest-neighbours.js';
import {
  COARSE_PIXELS,
  COARSE_SIDE,
  coarseDistance,
  coarseRows,
  type Likenesses,
  MOST_STRETCHED,
  stretchedBy,
} from './likeness.js';

/** Measured in bench/near-copies.mjs (docs/log.md): crops of a sky or of a lawn have the same light, turned, at .1. */
const LIMITS = { within: 0.05, gap: 1.5, rounding: 0.02 };
/** Unturned they are no copies: a ring is its own mirror image. */
const LEAST_UNTURNED = 0.3;
const SEARCHED = 6;

/** Where each pixel of a likeness comes from when it is moved. */
interface Move {
  readonly from: Int32Array;
  /** Do rows become columns? */
  readonly isTurned: boolean;
}

const MOVES: readonly Move[] = [false, true].flatMap((isTurned) =>
  [false, true].flatMap((upsideDown) =>
    [false, true].map((mirrored): Move => {
      const last = COARSE_SIDE - 1;
      const from = Int32Array.from({ length: COARSE_PIXELS }, (_, at) => {
        const row = upsideDown ? last - Math.floor(at / COARSE_SIDE) : Math.floor(at / COARSE_SIDE);
        const column = mirrored ? last - (at % COARSE_SIDE) : at % COARSE_SIDE;
        return isTurned ? column * COARSE_SIDE + row : row * COARSE_SIDE + column;
      });
      return { from, isTurned };
    }),
  ),
);

/** Groups of at least two of the n pictures. Throws an InterruptedError when the signal aborts. */
export async function turnedCopies(
  likenesses: Likenesses,
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
): Promise<(readonly number[])[]> {
  const { aspects } = likenesses;
  const looks = coarseRows(likenesses);
  const { k, indices } = await nearestNeighbours(inOrder(looks), { k: SEARCHED, threads, signal });
  const edges: Edge[] = [];
  const most = LIMITS.within * LIMITS.gap;
  for (let a = 0; a < looks.rows; a++) {
    for (const b of indices.subarray(a * k, (a + 1) * k)) {
      if (coarseDistance(looks, a, b) < LEAST_UNTURNED) continue;
      const length = Math.min(
        ...MOVES.map(({ from, isTurned }) =>
          stretchedBy(aspects[a], isTurned ? 1 / aspects[b] : aspects[b]) > MOST_STRETCHED
            ? Number.POSITIVE_INFINITY
            : distanceMoved(looks, a, b, from),
        ),
      );
      if (length < most) edges.push({ a, b, length });
    }
  }
  return lastingClusters(looks.rows, edges, LIMITS);
}

/** → (n, 256): each likeness's values, those of places that moves bring to each other in ascending order. */
function inOrder({ data, rows, columns }: Matrix): Matrix {
  const orbits = new Set(
    Array.from({ length: columns }, (_, at) =>
      [...new Set(MOVES.map(({ from }) => from[at]))].sort((a, b) => a - b).join(),
    ),
  );
  const places = [...orbits].map((orbit) => orbit.split(',').map(Number));
  const ordered = matrix(rows, columns);
  for (let row = 0; row < rows; row++) {
    let to = row * columns;
    for (const orbit of places) {
      const values = Float32Array.from(orbit, (at) => data[row * columns + at]).sort();
      ordered.data.set(values, to);
      to += values.length;
    }
  }
  return ordered;
}

/** Of `a`, and `b` moved. */
function distanceMoved({ data, columns }: Matrix, a: number, b: number, from: Int32Array): number {
  let sum = 0;
  for (let at = 0; at < columns; at++) {
    const difference = data[a * columns + at] - data[b * columns + from[at]];
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}
