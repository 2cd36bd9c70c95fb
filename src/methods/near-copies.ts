// Which pictures are nearly the same: recompressed, resized, brightened, with something written in a corner? Told by small grey
// likenesses of the whole pictures, for what is framed may be cut to its content, and a caption changes the cut.
import { type Edge, lastingClusters } from '../cluster/copies.js';
import { squaredDistance } from '../cluster/rows.js';
import { type Matrix, matrix } from '../core/matrix.js';
import { nearestNeighbours } from '../graph/nearest-neighbours.js';

/** Pixels of a likeness a side: more would hold the noise of compression. */
export const LIKENESS_SIDE = 16;
const PIXELS = LIKENESS_SIDE * LIKENESS_SIDE;

/** Of n pictures. */
export interface Likenesses {
  /** (n, 16, 16), grey, 0 … 255; not rounded, for that would move a faint picture as far as a compression does. */
  readonly values: Float32Array;
  /** (n): width over height of the whole pictures. */
  readonly aspects: Float64Array;
}

/** √(2 − 2 r) of two likenesses with correlation r: measured in bench/near-copies.mjs (docs/log.md). */
const LIMITS = { within: 0.15, gap: 1.5, rounding: 0.02 };
/** Of pictures that differ in shape by more than this, one is no copy of the other. */
const MOST_STRETCHED = 1.1;
/** Those that look most alike, of which several may be no copies. */
const SEARCHED = 6;
/** Grey values; a likeness that varies by less than this on average is blank. */
const BLANK = 0.5;
/** Something written in a corner covers no more than this of the height and of the width. */
const WRITTEN = { height: 1 / 4, width: 5 / 8 };

/** Groups of at least two of the n pictures. Throws an InterruptedError when the signal aborts. */
export async function nearCopies(
  { values, aspects }: Likenesses,
  options: { readonly threads: number; readonly signal: AbortSignal },
): Promise<(readonly number[])[]> {
  const count = aspects.length;
  const whole = normalised(values, count, () => true);
  const band = (row: number) => Math.min(row, LIKENESS_SIDE - 1 - row) >= LIKENESS_SIDE * WRITTEN.height;
  const searched = [whole, normalised(values, count, band)];
  const looks = [
    whole,
    ...CORNERS.map((corner) => normalised(values, count, (row, column) => !corner(row, column))),
  ];
  const most = LIMITS.within * LIMITS.gap;
  const edges: Edge[] = [];
  const seen = new Set<number>();
  const neighbours = [];
  for (const look of searched) neighbours.push(await nearestNeighbours(look, { k: SEARCHED, ...options }));
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

function stretchedBy(a: number, b: number): number {
  return a > b ? a / b : b / a;
}

type Place = (row: number, column: number) => boolean;

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

/** → (n, 256): what is seen of each likeness, of mean 0 and length 1; zeros where it is blank, and where it is not seen. */
function normalised(values: Float32Array, count: number, isSeen: Place): Matrix {
  const rows = matrix(count, PIXELS);
  const places = Array.from({ length: PIXELS }, (_, at) => at).filter((at) =>
    isSeen(Math.floor(at / LIKENESS_SIDE), at % LIKENESS_SIDE),
  );
  for (let image = 0; image < count; image++) {
    const from = image * PIXELS;
    let [sum, squares] = [0, 0];
    for (const at of places) {
      const value = values[from + at];
      sum += value;
      squares += value * value;
    }
    const mean = sum / places.length;
    const spread = Math.sqrt(Math.max(0, squares - sum * mean));
    if (spread < BLANK * Math.sqrt(places.length)) continue;
    for (const at of places) rows.data[from + at] = (values[from + at] - mean) / spread;
  }
  return rows;
}

/** √(2 − 2 r); two blank ones are no copies. */
function distanceIn({ data }: Matrix, a: number, b: number): number {
  const squared = squaredDistance(data, a, data, b, PIXELS);
  return squared === 0 && isBlank(data, a) ? Math.SQRT2 : Math.sqrt(squared);
}

function isBlank(data: Float32Array, image: number): boolean {
  return data.subarray(image * PIXELS, (image + 1) * PIXELS).every((value) => value === 0);
}
