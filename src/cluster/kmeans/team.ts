// The main thread's side of k-means: starts the workers, holds what they share, and moves the centres.
//
// Every sum over rows is a worker's own float64 partial sum, and partial sums are added in the order of the
// workers: the same seed and thread count give the same bytes.
import { itemsWhere } from '../../core/groups.js';
import { type Matrix, normaliseRow, squaredDistance, squaredNorm } from '../../core/matrix.js';
import type { Work } from '../../core/progress.js';
import { inSharedMemory, sharedFloats } from '../../core/shared-memory.js';
import { openWorkerTeam } from '../../core/workers.js';
import type { Dialogue } from './fitting.js';
import {
  type Answer,
  NOTHING,
  type Question,
  type Request,
  type Share,
  type SharedState,
} from './protocol.js';

export type Distance = 'euclidean' | 'cosine';

export interface TeamOptions extends Omit<Work, 'report'> {
  readonly k: number;
  readonly distance: Distance;
}

export interface Team {
  readonly rows: number;
  readonly columns: number;
  readonly k: number;
  readonly shared: SharedState;
  /** Asks all workers; their answers are added up. */
  ask(request: Request): Promise<Answer>;
  /** Before each restart. */
  reset(): Promise<void>;
  answer<T>(dialogue: Dialogue<T>): Promise<T>;
  /** Adds the workers' sums and counts; they stay valid until the next call. */
  collectSums(): ClusterSums;
  /** Sets centre `cluster` to `values` (d), scaled to length 1 for cosine, and notes how far it moved. */
  moveCentre(cluster: number, values: ArrayLike<number>): void;
  /** Sets centre `cluster` to row `row` of x. */
  moveCentreToRow(cluster: number, row: number): void;
  /** centres (k, d) in the caller's coordinates. */
  readCentres(): Float32Array<ArrayBuffer>;
  /** Takes centres (k, d) in the caller's coordinates. */
  writeCentres(centres: Float32Array): void;
  close(): Promise<void>;
}

/** sums (k, d) and counts (k) of the rows in each cluster. */
export interface ClusterSums {
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}

/** Precision only: a sample's mean is as good as the mean, and costs next to nothing. */
const SHIFT_SAMPLE_ROWS = 1024;
/** Below this a worker costs more to ask than its rows cost to assign. */
const LEAST_ROWS_PER_WORKER = 256;

export function openTeam(x: Matrix, { k, distance, threads, signal }: TeamOptions): Team {
  const { rows, columns } = x;
  const size = Math.max(1, Math.min(threads, Math.ceil(rows / LEAST_ROWS_PER_WORKER)));
  const shared: SharedState = {
    centres: sharedFloats(k * columns),
    drift: sharedFloats(k),
    assignment: new Int32Array(new SharedArrayBuffer(rows * 4)),
    cost: sharedFloats(rows),
  };
  const cosine = distance === 'cosine';
  const shift = cosine ? new Float32Array(columns) : sampleMean(x);
  const data = inSharedMemory(x.data);
  const shares = Array.from({ length: size }, (_, index): Share => {
    const from = Math.floor((rows * index) / size);
    const to = Math.floor((rows * (index + 1)) / size);
    const sums = new Float64Array(new SharedArrayBuffer(k * columns * 8));
    const counts = new Int32Array(new SharedArrayBuffer(k * 4));
    return { x: data, columns, k, from, to, normalise: cosine, shift, shared, sums, counts };
  });
  const workers = openWorkerTeam<Request, Answer>(new URL('./worker.js', import.meta.url), shares, {
    signal,
    runsSessions: true,
  });

  const total: ClusterSums = { sums: new Float64Array(k * columns), counts: new Int32Array(k) };
  const before = new Float32Array(columns);
  const { centres, drift } = shared;

  function moveCentre(cluster: number, values: ArrayLike<number>): void {
    const first = cluster * columns;
    before.set(centres.subarray(first, first + columns));
    centres.set(values, first);
    // Vectors that cancel out have no direction: the centre stays.
    if (cosine && normaliseRow(centres, columns, cluster) === 0) centres.set(before, first);
    drift[cluster] = Math.sqrt(squaredDistance(centres, cluster, before, 0, columns));
  }

  const ask = async (request: Request): Promise<Answer> => addedUp(await workers.askAll(request));
  let squaredNorms = 0;

  function collectSums(): ClusterSums {
    total.sums.fill(0);
    total.counts.fill(0);
    for (const { sums, counts } of shares) {
      for (let at = 0; at < sums.length; at++) total.sums[at] += sums[at];
      for (let at = 0; at < counts.length; at++) total.counts[at] += counts[at];
    }
    return total;
  }

  function answer(question: Question): Answer | Promise<Answer> {
    if (question.kind === 'assign') return assign();
    if (question.kind !== 'moveCentres') return ask(question);
    moveCentresToMeans();
    return NOTHING;
  }

  async function assign(): Promise<Answer> {
    const { changed } = await ask({ kind: 'assign' });
    const refilled = await fillEmptyClusters();
    // The sums were collected to look for empty clusters: only a refill changes them.
    const sums = refilled === 0 ? total : collectSums();
    const inertia = squaredNorms + costFromSums({ shared, columns, k }, sums);
    return { ...NOTHING, changed: changed + refilled, refilled, inertia };
  }

  /**
   * Gives each empty cluster the row that lies farthest from its own centre, as scikit-learn does. Where there
   * are fewer distinct rows than centres some clusters stay empty. Returns the number of rows moved.
   */
  async function fillEmptyClusters(): Promise<number> {
    const clusters = itemsWhere(collectSums().counts, (count) => count === 0);
    if (clusters.length === 0) return 0;
    const { farthest } = await ask({ kind: 'farthest', count: clusters.length });
    const rows = farthest
      .toSorted((a, b) => b.squaredDistance - a.squaredDistance || a.row - b.row)
      .slice(0, clusters.length)
      .map(({ row }) => row);
    await ask({ kind: 'relocate', rows, clusters: Array.from(clusters) });
    return rows.length;
  }

  /** Each centre becomes the mean of its rows; a centre without rows stays where it is. */
  function moveCentresToMeans(): void {
    for (let cluster = 0; cluster < k; cluster++) {
      const [first, end] = [cluster * columns, (cluster + 1) * columns];
      const count = total.counts[cluster];
      const mean = total.sums.subarray(first, end).map((sum) => sum / count);
      moveCentre(cluster, count > 0 ? mean : centres.slice(first, end));
    }
  }

  return {
    rows,
    columns,
    k,
    shared,
    ask,
    async reset() {
      ({ squaredNorms } = await ask({ kind: 'reset' }));
    },
    async answer(dialogue) {
      let step = dialogue.next();
      while (!step.done) step = dialogue.next(await answer(step.value));
      return step.value;
    },
    collectSums,
    moveCentre,
    moveCentreToRow(cluster, row) {
      const values = data.subarray(row * columns, (row + 1) * columns);
      moveCentre(
        cluster,
        values.map((value, column) => value - shift[column]),
      );
    },
    readCentres: () => Float32Array.from(centres, (value, at) => value + shift[at % columns]),
    writeCentres(values) {
      for (let at = 0; at < values.length; at++) centres[at] = values[at] - shift[at % columns];
      if (cosine) for (let cluster = 0; cluster < k; cluster++) normaliseRow(centres, columns, cluster);
    },
    close: () => workers.close(),
  };
}

/** Σ ‖x − c‖² less the constant Σ ‖x‖², from the sums alone: −2 Σ s·c + Σ n‖c‖². */
export function costFromSums(
  { shared, columns, k }: Pick<Team, 'shared' | 'columns' | 'k'>,
  { sums, counts }: ClusterSums,
): number {
  let cost = 0;
  for (let at = 0; at < sums.length; at++) cost -= 2 * sums[at] * shared.centres[at];
  for (let cluster = 0; cluster < k; cluster++) {
    cost += counts[cluster] * squaredNorm(shared.centres, columns, cluster);
  }
  return cost;
}

function addedUp(answers: readonly Answer[]): Answer {
  return answers.reduce((sum, each) => ({
    potentials: sum.potentials.map((potential, place) => potential + each.potentials[place]),
    changed: sum.changed + each.changed,
    refilled: sum.refilled + each.refilled,
    inertia: sum.inertia + each.inertia,
    squaredNorms: sum.squaredNorms + each.squaredNorms,
    farthest: [...sum.farthest, ...each.farthest],
  }));
}

/** x (n, d) → mean (d) of evenly spaced rows. */
function sampleMean({ data, rows, columns }: Matrix): Float32Array {
  const mean = new Float64Array(columns);
  const sample = Math.min(rows, SHIFT_SAMPLE_ROWS);
  for (let place = 0; place < sample; place++) {
    const first = Math.floor((place * rows) / sample) * columns;
    for (let column = 0; column < columns; column++) mean[column] += data[first + column] / sample;
  }
  return Float32Array.from(mean);
}
