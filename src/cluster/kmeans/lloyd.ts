// K-means in the calling thread, for as many rows as one thread settles before a team of workers has started
// (0.2 s). The piles of `kmeans.ts` are images; these are the few eigenvectors of a graph.
//
// Rows beyond `sampleRows` wait: the restarts share one random sample, and only the best of them is carried on
// over all rows. Greedy k-means++ seeds (cluster/kmeans/seeding.ts cites it) start each restart.
import { type Matrix, matrix, squaredDistance } from '../../core/matrix.js';
import type { Random } from '../../core/random.js';

export interface LloydOptions {
  readonly k: number;
  readonly restarts: number;
  /** Rows that the restarts see. */
  readonly sampleRows: number;
  /** Most passes of a restart. */
  readonly maxIterations: number;
  /** Most passes over all rows, where there are more than the restarts see. */
  readonly finishingIterations: number;
  /** A fit ends when a pass lowers the inertia by no more than this share of it. */
  readonly tolerance: number;
}

export interface Pieces {
  /** (n): the nearest centre of each row. */
  readonly assignment: Int32Array;
  readonly inertia: number;
}

/** Clusters the rows of x (n, d). A cluster may stay empty where fewer than k rows are distinct. */
export function lloyd(x: Matrix, options: LloydOptions, random: Random): Pieces {
  const sample = x.rows > options.sampleRows ? sampleOf(x, options.sampleRows, random) : x;
  let best: Fit | undefined;
  for (let restart = 0; restart < options.restarts; restart++) {
    const fit = settle(sample, seed(sample, options.k, random), options);
    if (best === undefined || fit.inertia < best.inertia) best = fit;
  }
  if (best === undefined) throw new RangeError(`lloyd: restarts is ${options.restarts}, must be 1 or more`);
  return sample === x
    ? best
    : settle(x, best.centres, { ...options, maxIterations: options.finishingIterations });
}

interface Fit extends Pieces {
  /** (k, d) */
  readonly centres: Float64Array;
}

function sampleOf({ data, rows, columns }: Matrix, count: number, random: Random): Matrix {
  const sample = matrix(count, columns);
  const chosen = random.permutation(rows).subarray(0, count).sort();
  chosen.forEach((row, place) => {
    sample.data.set(data.subarray(row * columns, (row + 1) * columns), place * columns);
  });
  return sample;
}

/** x (n, d) → centres (k, d), rows of x. */
function seed({ data, rows, columns }: Matrix, k: number, random: Random): Float64Array {
  const trials = 2 + Math.floor(Math.log(k));
  const centres = new Float64Array(k * columns);
  let closest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  for (let cluster = 0; cluster < k; cluster++) {
    const candidates = cluster === 0 ? [random.integer(rows)] : draw(closest, trials, random);
    let [best, bestSum, bestDistances] = [candidates[0], Number.POSITIVE_INFINITY, closest];
    for (const candidate of candidates) {
      const distances = new Float64Array(rows);
      let sum = 0;
      for (let row = 0; row < rows; row++) {
        const distance = Math.min(closest[row], squaredDistance(data, row, data, candidate, columns));
        distances[row] = distance;
        sum += distance;
      }
      if (sum < bestSum) [best, bestSum, bestDistances] = [candidate, sum, distances];
    }
    centres.set(data.subarray(best * columns, (best + 1) * columns), cluster * columns);
    closest = bestDistances;
  }
  return centres;
}

/** `count` rows, each drawn with probability proportional to its weight; any row where all weights are 0. */
function draw(weights: Float64Array, count: number, random: Random): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    if (total === 0) return random.integer(weights.length);
    let left = random.uniform() * total;
    let row = 0;
    while (row < weights.length - 1 && left >= weights[row]) left -= weights[row++];
    return row;
  });
}

/** Lloyd's passes from `start` (k, d), which is left as it was. */
function settle(x: Matrix, start: Float64Array, { k, maxIterations, tolerance }: LloydOptions): Fit {
  const { data, rows, columns } = x;
  let centres = start;
  const assignment = new Int32Array(rows);
  const costs = new Float64Array(rows);
  let previous = Number.POSITIVE_INFINITY;
  for (let pass = 0; ; pass++) {
    const inertia = assignRows(x, centres, k, assignment, costs);
    if (pass === maxIterations || inertia >= (1 - tolerance) * previous)
      return { centres, assignment, inertia };
    previous = inertia;
    const sums = new Float64Array(k * columns);
    const counts = new Int32Array(k);
    for (let row = 0, at = 0; row < rows; row++) {
      const base = assignment[row] * columns;
      counts[assignment[row]]++;
      for (let column = 0; column < columns; column++, at++) sums[base + column] += data[at];
    }
    for (let cluster = 0; cluster < k; cluster++) {
      const base = cluster * columns;
      if (counts[cluster] === 0) {
        // An empty cluster takes the row that lies farthest from its centre; the next finds another.
        const farthest = costs.indexOf(costs.reduce((most, cost) => Math.max(most, cost), 0));
        costs[farthest] = 0;
        for (let column = 0; column < columns; column++)
          sums[base + column] = data[farthest * columns + column];
      } else {
        for (let column = 0; column < columns; column++) sums[base + column] /= counts[cluster];
      }
    }
    centres = sums;
  }
}

/** Fills assignment (n) and squared distances (n); returns their sum. */
function assignRows(
  { data, rows, columns }: Matrix,
  centres: Float64Array,
  k: number,
  assignment: Int32Array,
  costs: Float64Array,
): number {
  // ‖x − c‖² = ‖x‖² − 2 (x·c − ‖c‖²/2); four centres at a time, so that each x is loaded for four products
  const bias = Float64Array.from({ length: k }, (_, cluster) => {
    let norm = 0;
    for (let at = cluster * columns; at < (cluster + 1) * columns; at++) norm += centres[at] ** 2;
    return norm / 2;
  });
  const whole = k - (k % 4);
  let inertia = 0;
  for (let row = 0; row < rows; row++) {
    const base = row * columns;
    let [best, bestScore] = [0, Number.NEGATIVE_INFINITY];
    for (let cluster = 0; cluster < whole; cluster += 4) {
      let [a, b, c, d] = [-bias[cluster], -bias[cluster + 1], -bias[cluster + 2], -bias[cluster + 3]];
      let at = cluster * columns;
      for (let column = 0; column < columns; column++, at++) {
        const value = data[base + column];
        a += value * centres[at];
        b += value * centres[at + columns];
        c += value * centres[at + 2 * columns];
        d += value * centres[at + 3 * columns];
      }
      if (a > bestScore) [best, bestScore] = [cluster, a];
      if (b > bestScore) [best, bestScore] = [cluster + 1, b];
      if (c > bestScore) [best, bestScore] = [cluster + 2, c];
      if (d > bestScore) [best, bestScore] = [cluster + 3, d];
    }
    for (let cluster = whole; cluster < k; cluster++) {
      let score = -bias[cluster];
      for (let column = 0, at = cluster * columns; column < columns; column++, at++) {
        score += data[base + column] * centres[at];
      }
      if (score > bestScore) [best, bestScore] = [cluster, score];
    }
    let norm = 0;
    for (let at = base; at < base + columns; at++) norm += data[at] * data[at];
    assignment[row] = best;
    costs[row] = Math.max(0, norm - 2 * bestScore);
    inertia += costs[row];
  }
  return inertia;
}
