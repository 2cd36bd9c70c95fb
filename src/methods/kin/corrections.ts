// What a person made of an earlier result of the same images, and how kin heeds it: in the graph their words spread to what
// resembles it, and the networks learn from it what the graph could not know.
import { spreadKinds, type ToldPartition } from '../../cluster/judging/spreading.js';
import type { TrustedImages } from '../../cluster/judging/trust.js';
import { eigenvectorsFor, type GraphKinds } from '../../cluster/kinds/kinds.js';
import { modularity, pieceGraph } from '../../cluster/kinds/partition.js';
import type { SeededWork } from '../../core/progress.js';
import { leadingEigenvectors } from '../../graph/eigenvectors/eigenvectors.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import type { KinMethodOptions } from '../options.js';

/** The kinds of all images as they are now, −1 for junk; every kind has an image. */
export type Corrections = ToldPartition;

const TOLERANCE = 1e-3;

/** The kinds as they are now, spread over the graph. */
export async function correctedKinds(
  graph: NeighbourGraph,
  corrections: Corrections,
  work: SeededWork,
): Promise<GraphKinds> {
  const { k } = corrections;
  const count = Math.min(graph.count, eigenvectorsFor(k));
  const spectrum = await leadingEigenvectors(graph, { count, tolerance: TOLERANCE, ...work });
  const spread = spreadKinds(graph, corrections);
  return {
    ...spectrum,
    k,
    assignment: spread,
    modularity: modularity(pieceGraph(graph, { assignment: spread, k })),
    way: { pieces: k, merging: 'corrections' },
    numberOfKinds: [],
  };
}

/**
 * What a person vouched for is no satellite, whatever it hangs on to, and is learnt from. Whether networks should learn at all
 * is still for the neighbourhoods to say: `trustedShare` counts what they agree on.
 */
export function trustCorrections(
  trust: TrustedImages,
  { held, vouched, assignment }: Corrections,
  { kin }: KinMethodOptions,
): TrustedImages {
  const isTold = (image: number) => held[image] === 1 || vouched[image] === 1;
  const flagged = trust.flagged.map((flag, image) => (isTold(image) ? 0 : flag));
  const clear = flagged.map((flag, image) => (flag === 0 && trust.vote[image] >= kin.trustedVote ? 1 : 0));
  const trusted = clear.map((sure, image) => (isTold(image) && assignment[image] >= 0 ? 1 : sure));
  return {
    ...trust,
    flagged,
    trusted,
    trustedShare: clear.reduce((sum, one) => sum + one, 0) / clear.length,
  };
}
