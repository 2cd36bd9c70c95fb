// The main thread's side of k-means: starts the workers, holds what they share, and moves the centres.
//
// Every sum over rows is a worker's own float64 partial sum, and partial sums are added in the order of the
// workers: the same seed and thread count give the same bytes.
import { type Matrix, normaliseRow, squaredDistance, squaredNorm } from '../../core/matrix.js';
import { inSharedMemory, sharedFloats } from '../../core/shared-memory.js';
import { openWorkerTeam } from '../../core/workers.js';
import type { Answer, FarRow, Request, Share, SharedState } from './protocol.js';

export type Distance = 'euclidean' | 'cosine';

export interface TeamOptions {
  readonly k: number;
  readonly distance: Distance;
  readonly threads: number;
  readonly signal?: AbortSignal;
}

export interface Team {
  readonly rows: number;
  readonly columns: number;
  readonly k: number;
  readonly shared: SharedState;
  ask(request: Request): Promise<Answer[]>;
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

/** What a restart leaves besides the team's centres. */
export interface Fit {
  readonly iterations: number;
  readonly converged: boolean;
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

  return {
    rows,
    columns,
    k,
    shared,
    ask: (request) => workers.askAll(request),
    collectSums() {
      total.sums.fill(0);
      total.counts.fill(0);
      for (const { sums, counts } of shares) {
        for (let at = 0; at < sums.length; at++) total.sums[at] += sums[at];
        for (let at = 0; at < counts.length; at++) total.counts[at] += counts[at];
      }
      return total;
    },
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
export function costFromSums({ shared, columns, k }: Team, { sums, counts }: ClusterSums): number {
  let cost = 0;
  for (let at = 0; at < sums.length; at++) cost -= 2 * sums[at] * shared.centres[at];
  for (let cluster = 0; cluster < k; cluster++) {
    cost += counts[cluster] * squaredNorm(shared.centres, columns, cluster);
  }
  return cost;
}

/** The `count` rows farthest from their own centre, farthest first; fewer where rows equal their centre. */
export async function farthestRows(team: Team, count: number): Promise<FarRow[]> {
  const answers = await team.ask({ kind: 'farthest', count });
  return answers
    .flatMap((answer) => answer.farthest ?? [])
    .sort((a, b) => b.squaredDistance - a.squaredDistance || a.row - b.row)
    .slice(0, count);
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
