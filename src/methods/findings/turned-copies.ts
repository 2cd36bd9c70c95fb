// Which pictures are another one mirrored, turned by a quarter or a half, or both? Candidates are told by what does not change then:
// the grey values of each eight places that these moves bring to each other, in ascending order.
import { type Edge, lastingClusters } from '../../cluster/copies/lasting-clusters.js';
import { type Matrix, matrix } from '../../core/matrix.js';
import { nearestNeighbours } from '../../graph/neighbours/nearest-neighbours.js';
import {
  BLOCKS,
  COARSE_SIDE,
  coarseDistance,
  coarseRows,
  isBlank,
  LIKENESS_SIDE,
  type Likenesses,
  MOST_STRETCHED,
  stretchedBy,
} from './likeness.js';
import { createPictureDifference, EVERYWHERE } from './picture-difference.js';

/** Measured in bench/near-copies.mjs (docs/log.md): crops of a sky or of a lawn have the same light, turned, at .1. */
const LIMITS = { within: 0.05, gap: 1.5, rounding: 0.02 };
/** Unturned they are no copies: a ring is its own mirror image. */
const LEAST_UNTURNED = 0.3;
const SEARCHED = 6;

interface Move {
  /** Do rows become columns? */
  readonly isTurned: boolean;
  /** Where each pixel comes from, by the side of the square that is moved. */
  readonly from: ReadonlyMap<number, Int32Array>;
}

const SIDES = [BLOCKS, COARSE_SIDE, LIKENESS_SIDE];

const MOVES: readonly Move[] = [false, true].flatMap((isTurned) =>
  [false, true].flatMap((upsideDown) =>
    [false, true].map((mirrored): Move => {
      const sources = (side: number) =>
        Int32Array.from({ length: side * side }, (_, at) => {
          const [down, right] = [Math.floor(at / side), at % side];
          const row = upsideDown ? side - 1 - down : down;
          const column = mirrored ? side - 1 - right : right;
          return isTurned ? column * side + row : row * side + column;
        });
      return { isTurned, from: new Map(SIDES.map((side) => [side, sources(side)])) };
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
    // Two sheets with a speck each tell nothing of one another.
    if (isBlank(looks, a)) continue;
    for (const b of indices.subarray(a * k, (a + 1) * k)) {
      if (isBlank(looks, b) || coarseDistance(looks, a, b) < LEAST_UNTURNED) continue;
      const lengths = MOVES.map((move) => {
        const aspect = move.isTurned ? 1 / aspects[b] : aspects[b];
        if (stretchedBy(aspects[a], aspect) > MOST_STRETCHED) return Number.POSITIVE_INFINITY;
        const length = distanceMoved(looks, a, b, move);
        return length < most && isSame(likenesses, a, b, move) ? length : Number.POSITIVE_INFINITY;
      });
      const length = Math.min(...lengths);
      if (length < most) edges.push({ a, b, length });
    }
  }
  return lastingClusters(looks.rows, edges, LIMITS);
}

/** Block by block and in its colours, is `b` moved what `a` is? A flag may be as dark as one of other colours. */
function isSame({ grey, colours, aspects }: Likenesses, a: number, b: number, { from }: Move): boolean {
  const both = (values: Float32Array, planes: number, side: number) => {
    const pixels = side * side;
    const pair = new Float32Array(2 * planes * pixels);
    pair.set(values.subarray(a * planes * pixels, (a + 1) * planes * pixels));
    for (let plane = 0; plane < planes; plane++) {
      const first = (b * planes + plane) * pixels;
      from.get(side)!.forEach((source, at) => {
        pair[(planes + plane) * pixels + at] = values[first + source];
      });
    }
    return pair;
  };
  const pair = {
    grey: both(grey, 1, LIKENESS_SIDE),
    colours: both(colours, 3, BLOCKS),
    aspects: aspects.subarray(0, 2),
  };
  return Number.isFinite(createPictureDifference(pair)(0, 1, EVERYWHERE));
}

/** → (n, 256): each likeness's values, those of places that moves bring to each other in ascending order. */
function inOrder({ data, rows, columns }: Matrix): Matrix {
  const orbits = new Set(
    Array.from({ length: columns }, (_, at) =>
      [...new Set(MOVES.map(({ from }) => from.get(COARSE_SIDE)![at]))].sort((a, b) => a - b).join(),
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
function distanceMoved({ data, columns }: Matrix, a: number, b: number, { from }: Move): number {
  const sources = from.get(COARSE_SIDE)!;
  let sum = 0;
  for (let at = 0; at < columns; at++) {
    const difference = data[a * columns + at] - data[b * columns + sources[at]];
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}
