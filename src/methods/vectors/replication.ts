// How far what images are compared by agrees with itself: neighbours by one half of its components, found again by the other half. Where
// the components measure what the images differ in, both halves know who is near whom; where they measure noise, neither does.
import { type Matrix, matrix } from '../../core/matrix.js';
import type { Replications } from '../../data/framing/told-by.js';
import type { Images } from '../../data/source.js';
import { encoderView } from '../../features/encoder-view.js';
import { imageFeatures } from '../../features/features.js';
import { nearestNeighbours } from '../../graph/neighbours/nearest-neighbours.js';
import type { MethodContext } from '../found-kinds.js';

const NEIGHBOURS = 10;
/** Components that are halved, the leading ones: more of them agree more. */
const COMPONENTS = 64;

interface Work extends MethodContext {
  readonly threads: number;
}

/** Of images by kin's own features, and of the vectors (n, d) that an encoder gave of the same pictures. */
export async function replications(images: Images, vectors: Matrix, work: Work): Promise<Replications> {
  const quiet = { ...work, report: () => {} };
  const own = await imageFeatures(images, quiet);
  const shape = await replication(
    own.views.map(({ features }) => features),
    quiet,
  );
  const { views } = await encoderView(vectors, quiet);
  return { shape, content: await replication(views, quiet) };
}

/**
 * Share, 0 … 1, of the ten nearest rows by every second leading component that are among the ten nearest by the others; the mean
 * over `views`, (n, d) each. Throws an InterruptedError when the signal aborts.
 */
export async function replication(
  views: readonly Matrix[],
  work: Pick<Work, 'threads' | 'signal'>,
): Promise<number> {
  let agreement = 0;
  for (const view of views) {
    const [even, odd] = [
      await nearestNeighbours(everySecond(view, 0), { k: NEIGHBOURS, ...work }),
      await nearestNeighbours(everySecond(view, 1), { k: NEIGHBOURS, ...work }),
    ];
    agreement += shared(even.indices, odd.indices, even.k) / views.length;
  }
  return agreement;
}

/** view (n, d) → (n, ⌊d / 2⌋), of its leading components those at `first`, `first` + 2, … */
function everySecond({ data, rows, columns }: Matrix, first: 0 | 1): Matrix {
  const half = matrix(rows, Math.floor(Math.min(columns, COMPONENTS) / 2));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < half.columns; column++) {
      half.data[row * half.columns + column] = data[row * columns + first + 2 * column];
    }
  }
  return half;
}

/** indices (n · k) twice → the share of each row's that are in the other's row, on average. */
function shared(some: ArrayLike<number>, others: ArrayLike<number>, k: number): number {
  let found = 0;
  for (let start = 0; start < some.length; start += k) {
    const near = new Set(Array.prototype.slice.call(others, start, start + k));
    for (let at = start; at < start + k; at++) if (near.has(some[at])) found++;
  }
  return some.length === 0 ? 0 : found / some.length;
}
