// K-means: k centres such that the rows lie close to their nearest one.
//
// Lloyd's algorithm ("Least squares quantization in PCM", 1982) from several k-means++ starts, the smallest
// sum of squared distances kept. It is the classic's clustering and the plainest one there is: one number
// to choose, k. With `distance: 'cosine'` it is the spherical k-means of Dhillon & Modha (2001): rows and
// centres have length 1. With `miniBatch` each step sees a few rows only (cluster/kmeans/mini-batch.ts).
//
// The rows are split over worker threads (cluster/kmeans/worker.ts). For few rows there is the same in the calling
// thread (cluster/kmeans/in-thread.ts).
import { requireCounts } from '../../core/errors.js';
import { type Matrix, matrix, requireFinite } from '../../core/matrix.js';
import type { SeededWork } from '../../core/progress.js';
import { createRandom } from '../../core/random.js';
import { fitLloyd, seedCentres } from './fitting.js';
import { fitMiniBatch } from './mini-batch.js';
import { type Distance, openTeam, type Team } from './team.js';

export interface KMeansOptions extends SeededWork {
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
  if (!Number.isInteger(k) || k < 2) throw new RangeError(`k is ${k}: it must be a whole number, 2 or more`);
  if (k > x.rows) throw new RangeError(`k is ${k} but x has ${x.rows} rows`);
  requireCounts({ restarts, maxIterations, threads, ...(miniBatch !== null && { miniBatch }) });
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

    await team.reset();
    if (options.initialCentres !== undefined) team.writeCentres(options.initialCentres.data);
    else {
      const closest = team.shared.cost;
      await team.answer(seedCentres({ k: team.k, closest, ties: 'lowest row' }, random));
    }
    const { miniBatch, maxIterations, tolerance } = options;
    const fit =
      miniBatch === null
        ? await team.answer(fitLloyd({ maxIterations, tolerance, atLast: 'move' }, report))
        : await fitMiniBatch(team, { miniBatch, maxIterations, tolerance }, random, report);
    report(maxIterations);

    // Assigns every row to its nearest centre.
    const { inertia } = await team.ask({ kind: 'measure' });
    if (best !== undefined && best.inertia <= inertia) continue;
    const centres = matrix(team.k, team.columns, team.readCentres());
    best = { centres, assignment: Int32Array.from(team.shared.assignment), inertia, ...fit };
  }
  return best!;
}
