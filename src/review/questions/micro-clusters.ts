// Small groups of images that are much alike: one answer about a group is worth as many as it has images. They are found
// as kin's satellite gate finds them (cluster/judging/trust.ts): K-means with many more clusters than kinds, on the leading
// eigenvectors of the neighbour graph (Ng, Jordan & Weiss 2002). A group that a person calls mixed is cut in two, as often
// as they say so.
import { leadingDirections } from '../../cluster/kinds/over-segmentation.js';
import { compactPartition, type Partition } from '../../cluster/kinds/partition.js';
import { kMeansInThread } from '../../cluster/kmeans/in-thread.js';
import { kMeans } from '../../cluster/kmeans/kmeans.js';
import { atOnce } from '../../core/abort.js';
import { readImageSet } from '../../core/image-set.js';
import { type Matrix, matrix, takeRows } from '../../core/matrix.js';
import { createRandom } from '../../core/random.js';
import { leadingEigenvectors } from '../../graph/eigenvectors/eigenvectors.js';
import type { JournalEntry } from '../journal/history.js';
import type { Neighbourhood } from '../neighbourhood.js';

export interface MicroClusters extends Partition {
  /** (n, d): what images were grouped by, rows of length 1. */
  readonly directions: Matrix;
}

/** Finer groups are purer, and each answer is worth less. */
const GROUPS_PER_KIND = 30;
/** Images that a group has on average, at least. */
const LEAST_SIZE = 20;
const EIGENVECTORS_PER_KIND = 6;
const MOST_EIGENVECTORS = 60;
const BATCH_ROWS = 4096;
const MOST_PASSES = 40;
const TOLERANCE = 1e-3;
const HALVING = {
  restarts: 3,
  sampleRows: 4096,
  maxIterations: 50,
  finishingIterations: 10,
  tolerance: TOLERANCE,
};

/** Each image's group. Equal graphs, k and seed give equal groups. k: kinds of the run. */
export async function microClusters(
  { graph }: Pick<Neighbourhood, 'graph'>,
  { k, seed, threads }: { readonly k: number; readonly seed: number; readonly threads: number },
): Promise<MicroClusters> {
  const groups = Math.min(GROUPS_PER_KIND * k, Math.floor(graph.count / LEAST_SIZE));
  if (groups < 2) {
    return { assignment: new Int32Array(graph.count), k: 1, directions: matrix(graph.count, 1) };
  }
  const count = Math.min(EIGENVECTORS_PER_KIND * k, MOST_EIGENVECTORS, graph.count - 1);
  const { vectors } = await leadingEigenvectors(graph, { count, tolerance: TOLERANCE, seed, threads });
  const directions = leadingDirections(vectors, vectors.columns);
  const { assignment } = await kMeans(directions, {
    k: groups,
    restarts: 1,
    distance: 'euclidean',
    miniBatch: Math.min(BATCH_ROWS, graph.count),
    maxIterations: MOST_PASSES,
    tolerance: TOLERANCE,
    seed,
    threads,
  });
  return { ...compactPartition(assignment), directions };
}

/** The groups after all answers: each one that was called mixed is in two parts. Equal journals give equal groups. */
export function dividedGroups(
  { assignment, k, directions }: MicroClusters,
  entries: readonly JournalEntry[],
): Partition {
  const divided = assignment.slice();
  let count = k;
  for (const { what, isUndone } of entries) {
    if (isUndone || what.do !== 'answer' || what.about !== 'group' || what.is !== null) continue;
    const images = readImageSet(what.images, assignment.length);
    const random = createRandom(0, `halves of ${what.images}`);
    const halves = atOnce(kMeansInThread(takeRows(directions, images), 2, HALVING, random)).assignment;
    const first = halves[0];
    images.forEach((image, place) => {
      if (halves[place] !== first) divided[image] = count;
    });
    if (halves.some((half) => half !== first)) count += 1;
  }
  return { assignment: divided, k: count };
}
