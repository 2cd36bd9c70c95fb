// K-means in the calling thread, for as many rows as one thread settles before a team of workers has started
// (0.2 s). The piles of `kmeans.ts` are images; these are the few eigenvectors of a graph, in float64 throughout.
//
// Rows beyond `sampleRows` wait: the restarts share one random sample, and only the best of them is carried on
// over all rows.
import type { Steps } from '../../core/abort.js';
import { type Matrix, matrixRow, squaredDistance, squaredNorm, takeRows } from '../../core/matrix.js';
import type { Random } from '../../core/random.js';
import { indexOfLargest } from '../../core/statistics.js';
import { type Dialogue, fitLloyd, seedCentres } from './fitting.js';
import { type Answer, NOTHING, type Question } from './protocol.js';

/** How much care is taken. */
export interface Care {
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

export interface Clusters {
  /** (n): the nearest centre of each row. */
  readonly assignment: Int32Array;
  readonly inertia: number;
}

/**
 * Clusters the rows of x (n, d): steps for `inTurns` or `atOnce`. A cluster may stay empty where fewer than k rows
 * are distinct.
 */
export function* kMeansInThread(x: Matrix, k: number, care: Care, random: Random): Steps<Clusters> {
  const { restarts, sampleRows, maxIterations, finishingIterations, tolerance } = care;
  const isSampled = x.rows > sampleRows;
  const sample = isSampled ? takeRows(x, random.permutation(x.rows).subarray(0, sampleRows).sort()) : x;
  let best: Fitted | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    const rows = openRows(sample, k);
    yield* answered(rows, seedCentres({ k, closest: rows.closest, ties: 'first drawn' }, random));
    const fitted = yield* settle(rows, maxIterations, tolerance);
    if (best === undefined || fitted.inertia < best.inertia) best = fitted;
  }
  if (best === undefined) throw new RangeError(`kMeansInThread: restarts is ${restarts}, must be 1 or more`);
  if (!isSampled) return best;
  const rows = openRows(x, k);
  rows.centres.set(best.centres);
  return yield* settle(rows, finishingIterations, tolerance);
}

interface Fitted extends Clusters {
  /** (k, d) */
  readonly centres: Float64Array;
}

function* settle(rows: Rows, maxIterations: number, tolerance: number): Steps<Fitted> {
  const fit = yield* answered(rows, fitLloyd({ maxIterations, tolerance, atLast: 'stay' }));
  if (!fit.converged) yield* rows.answer({ kind: 'assign' });
  const { centres, assignment, costs } = rows;
  return { centres, assignment, inertia: sumOf(costs) };
}

function* answered<T>(rows: Rows, dialogue: Dialogue<T>): Steps<T> {
  let step = dialogue.next();
  while (!step.done) step = dialogue.next(yield* rows.answer(step.value));
  return step.value;
}

/** Rows, and centres that move among them. */
interface Rows {
  /** (k, d) */
  readonly centres: Float64Array;
  readonly assignment: Int32Array;
  /** (n): squared distance to the own centre. */
  readonly costs: Float64Array;
  /** (n): squared distance to the nearest seed. */
  readonly closest: Float64Array;
  answer(question: Question): Steps<Answer>;
}

/** Products in one step: a few milliseconds. */
const STEP_PRODUCTS = 2 ** 22;

function openRows(x: Matrix, k: number): Rows {
  const { rows, columns } = x;
  const centres = new Float64Array(k * columns);
  const assignment = new Int32Array(rows).fill(-1);
  const costs = new Float64Array(rows);
  const closest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  const [sums, counts] = [new Float64Array(k * columns), new Int32Array(k)];
  let tried: readonly Candidate[] = [];

  function* answer(question: Question): Steps<Answer> {
    yield;
    switch (question.kind) {
      case 'tryCandidates':
        tried = question.candidates.map((row) => candidateAt(x, row, closest));
        return { ...NOTHING, potentials: tried.map(({ potential }) => potential) };
      case 'adoptCandidate':
        centres.set(matrixRow(x, tried[question.place].row), question.cluster * columns);
        closest.set(tried[question.place].distances);
        return NOTHING;
      case 'assign':
        return yield* assign();
      case 'moveCentres':
        moveCentres();
        return NOTHING;
    }
  }

  function* assign(): Steps<Answer> {
    const stepRows = Math.max(1, Math.floor(STEP_PRODUCTS / (k * columns)));
    const halves = Float64Array.from(counts, (_, cluster) => squaredNorm(centres, columns, cluster) / 2);
    sums.fill(0);
    counts.fill(0);
    let changed = 0;
    for (let first = 0; first < rows; first += stepRows) {
      const end = Math.min(rows, first + stepRows);
      changed += assignRows(x, first, end, centres, halves, assignment, costs);
      addRows(x, first, end, assignment, sums, counts);
      yield;
    }
    // A cluster without rows is filled when the centres move.
    const empty = counts.filter((count) => count === 0).length;
    return { ...NOTHING, changed: changed + empty, inertia: sumOf(costs) };
  }

  /** One without rows takes the row that lies farthest from its centre; the next takes another. */
  function moveCentres(): void {
    for (let cluster = 0; cluster < k; cluster++) {
      const [base, count] = [cluster * columns, counts[cluster]];
      if (count === 0) {
        const farthest = indexOfLargest(costs);
        costs[farthest] = 0;
        centres.set(matrixRow(x, farthest), base);
      } else for (let at = base; at < base + columns; at++) centres[at] = sums[at] / count;
    }
  }

  return { centres, assignment, costs, closest, answer };
}

interface Candidate {
  readonly row: number;
  /** (n): squared distance of each row to its nearest seed, were the candidate one. */
  readonly distances: Float64Array;
  readonly potential: number;
}

function candidateAt({ data, rows, columns }: Matrix, row: number, closest: Float64Array): Candidate {
  const distances = new Float64Array(rows);
  let potential = 0;
  for (let other = 0; other < rows; other++) {
    const distance = Math.min(closest[other], squaredDistance(data, other, data, row, columns));
    distances[other] = distance;
    potential += distance;
  }
  return { row, distances, potential };
}

/**
 * The nearest of centres (k, d) and its squared distance, for rows `first` … `end − 1`; `halves` (k) are ‖c‖²/2. Returns how
 * many rows changed their centre.
 */
function assignRows(
  { data, columns }: Matrix,
  first: number,
  end: number,
  centres: Float64Array,
  halves: Float64Array,
  assignment: Int32Array,
  costs: Float64Array,
): number {
  // ‖x − c‖² = ‖x‖² − 2 (x·c − ‖c‖²/2); four centres at a time, so that each x is loaded for four products
  const k = halves.length;
  const whole = k - (k % 4);
  let changed = 0;
  for (let row = first; row < end; row++) {
    const base = row * columns;
    let [best, bestScore] = [0, Number.NEGATIVE_INFINITY];
    for (let cluster = 0; cluster < whole; cluster += 4) {
      let [a, b, c, d] = [-halves[cluster], -halves[cluster + 1], -halves[cluster + 2], -halves[cluster + 3]];
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
      let score = -halves[cluster];
      for (let column = 0, at = cluster * columns; column < columns; column++, at++) {
        score += data[base + column] * centres[at];
      }
      if (score > bestScore) [best, bestScore] = [cluster, score];
    }
    let norm = 0;
    for (let at = base; at < base + columns; at++) norm += data[at] * data[at];
    if (assignment[row] !== best) changed++;
    assignment[row] = best;
    costs[row] = Math.max(0, norm - 2 * bestScore);
  }
  return changed;
}

/** Adds rows `first` … `end − 1` to the sums (k, d) and counts (k) of their clusters. */
function addRows(
  { data, columns }: Matrix,
  first: number,
  end: number,
  assignment: Int32Array,
  sums: Float64Array,
  counts: Int32Array,
): void {
  for (let row = first, at = first * columns; row < end; row++) {
    const base = assignment[row] * columns;
    counts[assignment[row]]++;
    for (let column = 0; column < columns; column++, at++) sums[base + column] += data[at];
  }
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
