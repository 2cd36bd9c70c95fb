// Which pictures are nearly the same: recompressed, resized, brightened, with something written in a corner? Told by small grey
// likenesses of the whole pictures, for what is framed may be cut to its content, and a caption changes the cut.
import { type Edge, lastingClusters } from '../cluster/lasting-clusters.js';
import { nearestNeighbours } from '../graph/nearest-neighbours.js';
import {
  distanceIn,
  LIKENESS_SIDE,
  type Likenesses,
  MOST_STRETCHED,
  normalised,
  type Place,
  stretchedBy,
} from './likeness.js';

/** Measured in bench/near-copies.mjs (docs/log.md). */
const LIMITS = { within: 0.15, gap: 1.5, rounding: 0.02 };
/** Those that look most alike, of which several may be no copies. */
const SEARCHED = 6;
/** Something written in a corner covers no more than this of the height and of the width. */
const WRITTEN = { height: 1 / 4, width: 5 / 8 };

/** Groups of at least two of the n pictures. Throws an InterruptedError when the signal aborts. */
export async function nearCopies(
  likenesses: Likenesses,
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
): Promise<(readonly number[])[]> {
  const { aspects } = likenesses;
  const count = aspects.length;
  const whole = normalised(likenesses, () => true);
  const band = (row: number) => Math.min(row, LIKENESS_SIDE - 1 - row) >= LIKENESS_SIDE * WRITTEN.height;
  const searched = [whole, normalised(likenesses, band)];
  const looks = [
    whole,
    ...CORNERS.map((corner) => normalised(likenesses, (row, column) => !corner(row, column))),
  ];
  const most = LIMITS.within * LIMITS.gap;
  const edges: Edge[] = [];
  const seen = new Set<number>();
  const neighbours = [];
  for (const look of searched)
    neighbours.push(await nearestNeighbours(look, { k: SEARCHED, threads, signal }));
  for (let a = 0; a < count; a++) {
    seen.clear();
    for (const { k, indices } of neighbours) {
      for (const b of indices.subarray(a * k, (a + 1) * k)) {
        if (seen.has(b) || stretchedBy(aspects[a], aspects[b]) > MOST_STRETCHED) continue;
        seen.add(b);
        const length = Math.min(...looks.map((look) => distanceIn(look, a, b)));
        if (length < most) edges.push({ a, b, length });
      }
    }
  }
  return lastingClusters(count, edges, LIMITS);
}

const isTop: Place = (row) => row < LIKENESS_SIDE * WRITTEN.height;
const isBottom: Place = (row) => LIKENESS_SIDE - 1 - row < LIKENESS_SIDE * WRITTEN.height;
const isLeft: Place = (_, column) => column < LIKENESS_SIDE * WRITTEN.width;
const isRight: Place = (_, column) => LIKENESS_SIDE - 1 - column < LIKENESS_SIDE * WRITTEN.width;
const CORNERS: readonly Place[] = [isTop, isBottom].flatMap((end) =>
  [isLeft, isRight].map(
    (side): Place =>
      (row, column) =>
        end(row, column) && side(row, column),
  ),
);
