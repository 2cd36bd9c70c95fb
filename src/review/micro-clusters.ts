// Small groups of images that are much alike: one answer about a group is worth as many as it has images. They are found
// as kin's satellite gate finds them (cluster/trust.ts): K-means with ten times as many clusters as kinds, on the leading
// eigenvectors of the neighbour graph (Ng, Jordan & Weiss 2002).
import { kMeans } from '../cluster/kmeans.js';
import { compactPartition, type Partition } from '../cluster/partition.js';
import { leadingDirections } from '../cluster/spectral-pieces.js';
import { leadingEigenvectors } from '../graph/eigenvectors.js';
import type { Neighbourhood } from './neighbourhood.js';

const GROUPS_PER_KIND = 10;
/** A group is more than a pair. */
const LEAST_SIZE = 8;
const EIGENVECTORS_PER_KIND = 6;
const MOST_EIGENVECTORS = 60;
const BATCH_ROWS = 4096;
const MOST_PASSES = 40;
const TOLERANCE = 1e-3;

/** Each image's group. Equal graphs, k and seed give equal groups. k: kinds of the run. */
export async function microClusters(
  { graph }: Pick<Neighbourhood, 'graph'>,
  { k, seed, threads }: { readonly k: number; readonly seed: number; readonly threads: number },
): Promise<Partition> {
  const groups = Math.min(GROUPS_PER_KIND * k, Math.floor(graph.count / LEAST_SIZE));
  if (groups < 2) return { assignment: new Int32Array(graph.count), k: 1 };
  const count = Math.min(EIGENVECTORS_PER_KIND * k, MOST_EIGENVECTORS, graph.count - 1);
  const { vectors } = await leadingEigenvectors(graph, { count, tolerance: TOLERANCE, seed, threads });
  const { assignment } = await kMeans(leadingDirections(vectors, vectors.columns), {
    k: groups,
    restarts: 1,
    distance: 'euclidean',
    miniBatch: Math.min(BATCH_ROWS, graph.count),
    maxIterations: MOST_PASSES,
    tolerance: TOLERANCE,
    seed,
    threads,
  });
  return compactPartition(assignment);
}
