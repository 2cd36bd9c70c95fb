// Kin, in the order it happens: look at every image in two ways, ask each for its nearest neighbours, find the
// kinds that the neighbourhoods fall into; then let two networks, each taught by the other, settle the images
// that stand between kinds. No label reaches this file.
//
// Sources: HOG (Dalal & Triggs 2005) under the Hellinger kernel (Arandjelović & Zisserman 2012); fuzzy neighbour
// weights (McInnes, Healy & Melville 2018); spectral clustering (Ng, Jordan & Weiss 2002); modularity (Newman
// 2006); crossed targets after co-training (Blum & Mitchell 1998) and pseudo-labels (Lee 2013).
import { graphKinds } from '../cluster/kinds.js';
import { settleByVote } from '../cluster/settling.js';
import { kindStability } from '../cluster/stability.js';
import { type TrustedImages, trustFilter } from '../cluster/trust.js';
import type { Images } from '../data/source.js';
import { imageFeatures } from '../features/features.js';
import { fuzzyGraph } from '../graph/fuzzy-weights.js';
import { nearestNeighbours } from '../graph/nearest-neighbours.js';
import type { Neighbours } from '../graph/neighbour-graph.js';
import { addGraphs } from '../graph/sparse.js';
import { crossFit } from './cross-fit.js';
import type { FoundKinds, MethodContext } from './found-kinds.js';
import { describeGraphKinds, describeRefinedKinds, type KinGraph, stoppedAtGraph } from './kin-results.js';
import type { KinMethodOptions } from './options.js';

export interface KinContext extends MethodContext {
  /** Called with the graph's kinds before the networks begin: a result that is whole in itself. */
  readonly onFirstKinds: (found: FoundKinds) => Promise<void> | void;
}

/** The kinds in `images`. Throws an InterruptedError when the signal aborts. */
export async function findKin(
  images: Images,
  options: KinMethodOptions,
  context: KinContext,
): Promise<FoundKinds> {
  const found = await kindsOfGraph(images, options, context);
  const first = await describeGraphKinds(found, options, context);
  if (options.kin.quality === 'fast') return first;
  await context.onFirstKinds(first);

  const trust = await trustFilter(found.graph, found.kinds, {
    leastVote: options.kin.trustedVote,
    ...options,
    ...context,
  });
  const stability = await kindStability(found.graph, found.kinds, {
    runs: options.kin.stabilityRuns,
    ...options,
    ...context,
  });
  const reason = whyNotTrain(trust, options);
  if (reason !== null) return stoppedAtGraph(first, { stability, trust, reason });
  const trained = await trainNetworks(found, trust, options, context);
  return describeRefinedKinds(found, { first, stability, trust, trained }, options, context);
}

async function kindsOfGraph(
  images: Images,
  { kin, clustering, seed, threads }: KinMethodOptions,
  context: MethodContext,
): Promise<KinGraph> {
  const features = await imageFeatures(images, { threads, ...context });
  const neighbours: Neighbours[] = [];
  for (const view of features.views) {
    neighbours.push(await nearestNeighbours(view.features, { k: kin.neighbours, threads, ...context }));
  }
  const [raw, deskewed] = neighbours.map(fuzzyGraph);
  const graph = addGraphs(raw, deskewed);
  const found = await graphKinds(graph, { numClusters: clustering.numClusters, seed, threads, ...context });
  const kinds = { ...found, assignment: settleByVote(graph, found) };
  return { images, features, neighbours, graph, kinds };
}

/** The networks would learn the graph's mistakes where too few images stand clearly in one kind. */
function whyNotTrain({ trustedShare }: TrustedImages, { kin }: KinMethodOptions): string | null {
  if (trustedShare >= kin.leastTrusted) return null;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return `only ${percent(trustedShare)} of the images stand clearly in one kind, and networks need ${percent(kin.leastTrusted)}`;
}

function trainNetworks(
  { features, graph, kinds }: KinGraph,
  { trusted, flagged }: TrustedImages,
  { kin, seed, threads }: KinMethodOptions,
  context: MethodContext,
) {
  const { widths, warmUpEpochs, epochs, batchSize, learningRate, leastCertain } = kin;
  if (widths === null) throw new Error(`quality ${kin.quality} has no networks`);
  return crossFit(
    {
      views: features.views.map(({ pixels }) => pixels),
      count: kinds.assignment.length,
      k: kinds.k,
      assignment: kinds.assignment,
      trusted,
      quarantined: flagged,
      graph,
      widths,
      warmUpEpochs,
      epochs,
      batchSize,
      learningRate,
      leastCertain,
      seed,
      threads,
    },
    context,
  );
}
