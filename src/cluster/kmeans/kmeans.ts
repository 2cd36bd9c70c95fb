// K-means: k centres such that the rows lie close to their nearest one.
//
// Lloyd's algorithm ("Least squares quantization in PCM", 1982) from several k-means++ starts, the smallest
// sum of squared distances kept. It is the classic's clustering and the plainest one there is: one number
// to choose, k. With `distance: 'cosine'` it is the spherical k-means of Dhillon & Modha (2001): rows and
// centres have length 1. With `miniBatch` each step sees a few rows only (cluster/kmeans/mini-batch.ts).
//
// The rows are split over worker threads (cluster/kmeans/worker.ts); this file tells the story.
import { itemsWhere } from '../../core/groups.js';
import { type Matrix, matrix, requireFinite } from '../../core/matrix.js';
import type { ReportProgress } from '../../core/progress.js';
import { createRandom } from '../../core/random.js';
import { fitMiniBatch } from './mini-batch.js';
import { seedCentres } from './seeding.js';
import {
  type ClusterSums,
  costFromSums,
  type Distance,
  type Fit,
  farthestRows,
  openTeam,
  type Team,
} from './team.js';

export interface KMeansOptions {
  /** Number of centres, from 2 to the number of rows. */
  readonly k: number;
  /** How many k-means++ starts to try. */
  readonly restarts: number;
  /** (k, d): the start, instead of seeding; one restart is enough then. */
  readonly initialCentres?: Matrix;
  readonly distance: Distance;
  /** Rows a step, or null for all of them (Lloyd). */
  readonly miniBatch: number | null;
  /** Most passes over the rows in one restart. */
  readonly maxIterations: number;
  /** A restart ends when a pass lowers the inertia by no more than this share of it. */
  readonly tolerance: number;
  readonly seed: number;
  readonly threads: number;
  readonly report?: ReportProgress;
  readonly signal?: AbortSignal;
}

export interface KMeansResult {
  /** (k, d); of length 1 for cosine. */
  readonly centres: Matrix;
  /** (n): the nearest centre of each row. */
  readonly assignment: Int32Array;
  /** Σ of squared distances to the nearest centre; for cosine Σ of 1 − cos. */
  readonly inertia: number;
  /** Passes over the rows that the best restart took. */
  readonly iterations: number;
  /** Did it end by itself, before `maxIterations`? */
  readonly converged: boolean;
}

/**
 * Clusters the rows of `x` (n, d). Equal options give equal bytes; another number of threads may change the
 * last digits. Data in a SharedArrayBuffer is used without a copy.
 *
 * Throws a RangeError for options that do not fit `x`, an InterruptedError when `signal` aborts.
 */
export async function kMeans(x: Matrix, options: KMeansOptions): Promise<KMeansResult> {
  validate(x, options);
  const team = openTeam(x, options);
  try {
    return await bestOfRestarts(team, options);
  } finally {
    await team.close();
  }
}

function validate(x: Matrix, options: KMeansOptions): void {
  const { k, restarts, miniBatch, maxIterations, tolerance, threads } = options;
  requireWhole('k', k, 2);
  if (k > x.rows) throw new RangeError(`k is ${k} but x has ${x.rows} rows`);
  requireWhole('restarts', restarts, 1);
  requireWhole('maxIterations', maxIterations, 1);
  requireWhole('threads', threads, 1);
  if (miniBatch !== null) requireWhole('miniBatch', miniBatch, 1);
  if (!(tolerance >= 0)) throw new RangeError(`tolerance is ${tolerance}: it must be 0 or more`);
  // One NaN would silently reach every centre.
  requireFinite('x', x);
  const start = options.initialCentres;
  if (start !== undefined && (start.rows !== k || start.columns !== x.columns)) {
    throw new RangeError(
      `initialCentres is ${start.rows}×${start.columns}: it must be ${k}×${x.columns}, k × columns of x`,
    );
  }
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name} is ${value}: it must be a whole number, ${least} or more`);
}

async function bestOfRestarts(team: Team, options: KMeansOptions): Promise<KMeansResult> {
  let best: KMeansResult | undefined;
  for (let restart = 0; restart < options.restarts; restart++) {
    const random = createRandom(options.seed, `k-means restart ${restart}`);
    const report = (pass: number): void =>
      options.report?.({
        stage: 'k-means',
        done: restart * options.maxIterations + pass,
        total: options.restarts * options.maxIterations,
        unit: 'passes',
      });

    const answers = await team.ask({ kind: 'reset' });
    const squaredNorms = answers.reduce((sum, answer) => sum + answer.squaredNorms!, 0);
    if (options.initialCentres === undefined) await seedCentres(team, random);
    else team.writeCentres(options.initialCentres.data);
    const fit =
      options.miniBatch === null
        ? await fitLloyd(team, options, squaredNorms, report)
        : await fitMiniBatch(team, { ...options, miniBatch: options.miniBatch }, random, report);
    report(options.maxIterations);

    const inertia = await measureInertia(team);
    if (best !== undefined && best.inertia <= inertia) continue;
    const centres = matrix(team.k, team.columns, team.readCentres());
    best = { centres, assignment: Int32Array.from(team.shared.assignment), inertia, ...fit };
  }
  return best!;
}

/** Assigns every row to its nearest centre; returns the sum of their costs. */
async function measureInertia(team: Team): Promise<number> {
  const answers = await team.ask({ kind: 'measure' });
  return answers.reduce((sum, answer) => sum + answer.inertia!, 0);
}

async function fitLloyd(
  team: Team,
  { maxIterations, tolerance }: KMeansOptions,
  squaredNorms: number,
  report: (pass: number) => void,
): Promise<Fit> {
  let previous = Number.POSITIVE_INFINITY;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    report(iteration - 1);
    const answers = await team.ask({ kind: 'assign' });
    const changed = answers.reduce((sum, answer) => sum + answer.changed!, 0);
    const relocated = await fillEmptyClusters(team);
    if (changed + relocated === 0) return { iterations: iteration, converged: true };

    const sums = team.collectSums();
    const inertia = squaredNorms + costFromSums(team, sums);
    moveCentresToMeans(team, sums);
    // Written so that the first pass, with nothing before it, never ends the fit.
    if (relocated === 0 && inertia >= (1 - tolerance) * previous) {
      return { iterations: iteration, converged: true };
    }
    previous = inertia;
  }
  return { iterations: maxIterations, converged: false };
}

/**
 * Gives each empty cluster the row that lies farthest from its own centre, as scikit-learn does. Where there
 * are fewer distinct rows than centres some clusters stay empty. Returns the number of rows moved.
 */
async function fillEmptyClusters(team: Team): Promise<number> {
  const { counts } = team.collectSums();
  const empty = Array.from(itemsWhere(counts, (count) => count === 0));
  if (empty.length === 0) return 0;
  const rows = (await farthestRows(team, empty.length)).map(({ row }) => row);
  await team.ask({ kind: 'relocate', rows, clusters: empty });
  return rows.length;
}

/** Each centre becomes the mean of its rows; a centre without rows stays where it is. */
function moveCentresToMeans(team: Team, { sums, counts }: ClusterSums): void {
  const { columns, k, shared } = team;
  for (let cluster = 0; cluster < k; cluster++) {
    const [first, end] = [cluster * columns, (cluster + 1) * columns];
    const mean = (sum: number) => sum / counts[cluster];
    const moved =
      counts[cluster] > 0 ? sums.subarray(first, end).map(mean) : shared.centres.slice(first, end);
    team.moveCentre(cluster, moved);
  }
}
