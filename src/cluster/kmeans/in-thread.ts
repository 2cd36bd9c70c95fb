// K-means in the calling thread, for as many rows as one thread settles before a team of workers has started
// (0.2 s). The datasets of `kmeans.ts` are images; these are the few eigenvectors of a graph, in float64 throughout.
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

/** Centres among the rows. */
interface State {
  /** (k, d) */
  readonly centres: Float64Array;
  /** (k): ‖c‖²/2. */
  readonly halves: Float64Array;
  /** (k, d) and (k): sum and number of the rows of each centre. */
  readonly sums: Float64Array;
  readonly counts: Int32Array;
  /** (n): the nearest centre, and the squared distance to it. */
  readonly assignment: Int32Array;
  readonly costs: Float64Array;
  /** (n): squared distance to the nearest seed. */
  readonly closest: Float64Array;
}

interface Rows extends State {
  answer(question: Question): Steps<Answer>;
}

/** Products in one step: a few milliseconds. */
const STEP_PRODUCTS = 2 ** 22;

function openRows(x: Matrix, k: number): Rows {
  const { rows, columns } = x;
  const state: State = {
    centres: new Float64Array(k * columns),
    halves: new Float64Array(k),
    sums: new Float64Array(k * columns),
    counts: new Int32Array(k),
    assignment: new Int32Array(rows).fill(-1),
    costs: new Float64Array(rows),
    closest: new Float64Array(rows).fill(Number.POSITIVE_INFINITY),
  };
  const { centres, halves, sums, counts, costs, closest } = state;
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
    for (let cluster = 0; cluster < k; cluster++)
      halves[cluster] = squaredNorm(centres, columns, cluster) / 2;
    sums.fill(0);
    counts.fill(0);
    let changed = 0;
    for (let first = 0, end = 0; first < rows; first = end) {
      end = Math.min(rows, first + stepRows);
      changed += assignRows(x, first, end, state);
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

  return { ...state, answer };
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
 * Finds the nearest centre of rows `first` … `end − 1` and adds them to its sum; returns how many had another one before.
 */
function assignRows({ data, columns }: Matrix, first: number, end: number, state: State): number {
  const { centres, halves, assignment, costs, sums, counts } = state;
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
    counts[best]++;
    for (let column = 0, at = best * columns; column < columns; column++, at++)
      sums[at] += data[base + column];
  }
  return changed;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
