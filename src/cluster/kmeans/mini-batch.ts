// Mini-batch k-means (Sculley, "Web-scale k-means clustering", 2010): each step assigns a few random rows and
// moves each centre towards its rows at a rate of its own, one over the number of rows it has seen.
import { itemsWhere } from '../../core/groups.js';
import type { Random } from '../../core/random.js';
import type { Fit } from './fitting.js';
import { costFromSums, type Team } from './team.js';

export interface MiniBatchOptions {
  readonly miniBatch: number;
  readonly maxIterations: number;
  readonly tolerance: number;
}

/** A centre that has seen less than this share of what the busiest has seen starts again (scikit-learn's). */
const STARVING_SHARE = 0.01;

/**
 * Moves the team's centres. A pass is as many steps as it takes to draw n rows; it ends the fit when the
 * batches of a pass cost, on average, hardly less than those of the pass before.
 */
export async function fitMiniBatch(
  team: Team,
  { miniBatch, maxIterations, tolerance }: MiniBatchOptions,
  random: Random,
  report: (pass: number) => void,
): Promise<Fit> {
  const seen = new Float64Array(team.k);
  const steps = Math.ceil(team.rows / miniBatch);
  let previous = Number.POSITIVE_INFINITY;
  for (let pass = 1; pass <= maxIterations; pass++) {
    report(pass - 1);
    let cost = 0;
    for (let step = 0; step < steps; step++) cost += await takeStep(team, miniBatch, seen, random);
    const last = pass === maxIterations;
    // A centre that starts again after the last pass would never be trained.
    const restarted = last ? 0 : restartStarving(team, seen, random);
    if (restarted === 0 && cost >= (1 - tolerance) * previous) {
      return { iterations: pass, converged: true };
    }
    previous = cost;
  }
  return { iterations: maxIterations, converged: false };
}

/** One batch; returns its cost before the centres moved. `seen` (k) counts the rows of each centre so far. */
async function takeStep(team: Team, miniBatch: number, seen: Float64Array, random: Random): Promise<number> {
  const { columns, k, shared } = team;
  const rows = Int32Array.from({ length: miniBatch }, () => random.integer(team.rows));
  const { squaredNorms } = await team.ask({ kind: 'sumBatch', rows });
  const batch = team.collectSums();
  const cost = squaredNorms + costFromSums(team, batch);
  for (let cluster = 0; cluster < k; cluster++) {
    const count = batch.counts[cluster];
    if (count === 0) continue;
    seen[cluster] += count;
    // The rates 1/1, 1/2, 1/3, … row by row make the centre the mean of all rows it has seen.
    const first = cluster * columns;
    const moved = Float64Array.from(
      { length: columns },
      (_, column) =>
        shared.centres[first + column] +
        (batch.sums[first + column] - count * shared.centres[first + column]) / seen[cluster],
    );
    team.moveCentre(cluster, moved);
  }
  return cost;
}

/** Puts starving centres on random rows, as busy as the least busy of the others. Returns how many. */
function restartStarving(team: Team, seen: Float64Array, random: Random): number {
  const enough = Math.max(...seen) * STARVING_SHARE;
  const starving = itemsWhere(seen, (count) => count < enough);
  const leastFed = seen.reduce(
    (least, count) => (count >= enough ? Math.min(least, count) : least),
    Infinity,
  );
  for (const cluster of starving) {
    team.moveCentreToRow(cluster, random.integer(team.rows));
    seen[cluster] = leastFed;
  }
  return starving.length;
}
