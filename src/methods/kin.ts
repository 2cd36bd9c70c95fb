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
import type { Matrix } from '../core/matrix.js';
import type { Images } from '../data/source.js';
import { encoderView } from '../features/encoder-view.js';
import { imageFeatures } from '../features/features.js';
import { fuzzyGraph } from '../graph/fuzzy-weights.js';
import { nearestNeighbours } from '../graph/nearest-neighbours.js';
import type { Neighbours } from '../graph/neighbour-graph.js';
import { addGraphs } from '../graph/sparse.js';
import { type Corrections, correctedKinds, trustCorrections } from './corrections.js';
import { crossFit, type EpochReport } from './cross-fit.js';
import type { FoundKinds, MethodContext } from './found-kinds.js';
import {
  describeGraphKinds,
  describeRefinedKinds,
  type KinGraph,
  type SeenGraph,
  stoppedAtGraph,
} from './kin-results.js';
import type { KinMethodOptions } from './options.js';

/** Vectors made elsewhere: a person's own are compared as they are, an encoder's as `encoderView` says. */
export interface GivenVectors {
  readonly kind: 'encoder' | 'features';
  /** (n, d). */
  readonly vectors: Matrix;
}

export interface KinContext extends MethodContext {
  /** Made elsewhere, to compare the images by; null: kin makes its own. */
  readonly vectors: GivenVectors | null;
  /** What a person made of an earlier result of these images; null: nobody has looked yet. */
  readonly corrections: Corrections | null;
  /** Called with the graph's kinds before the networks begin: a result that is whole in itself. */
  readonly onFirstKinds: (found: FoundKinds) => Promise<void> | void;
  /** Called after each epoch of the networks. */
  readonly onEpoch?: (report: EpochReport) => void;
}

/** The kinds in `images`. Throws an InterruptedError when the signal aborts. */
export async function findKin(
  images: Images,
  options: KinMethodOptions,
  context: KinContext,
): Promise<FoundKinds> {
  const found = await (context.vectors === null
    ? kindsOfImages(images, options, context)
    : kindsOfVectors(images, context.vectors, options, context));
  const first = await describeGraphKinds(found, options, context);
  if (options.kin.quality === 'fast') return first;
  await context.onFirstKinds(first);

  const trust = await trustedImages(found, options, context);
  // A person's kinds are theirs, whether or not the graph would find them again.
  const stability =
    context.corrections === null
      ? await kindStability(found.graph, found.kinds, {
          runs: options.kin.stabilityRuns,
          ...options,
          ...context,
        })
      : null;
  const reason = found.features === null ? ELSEWHERE : whyNotTrain(trust, options);
  if (reason !== null || found.features === null)
    return stoppedAtGraph(first, { stability, trust, reason: reason ?? ELSEWHERE });
  const seen = { ...found, features: found.features };
  const trained = await trainNetworks(seen, trust, options, context);
  const { corrections } = context;
  return describeRefinedKinds(seen, { first, stability, trust, trained, corrections }, options, context);
}

const ELSEWHERE = 'the vectors come from elsewhere, and networks look at pixels';

async function kindsOfImages(
  images: Images,
  options: KinMethodOptions,
  context: KinContext,
): Promise<KinGraph> {
  const features = await imageFeatures(images, { threads: options.threads, ...context });
  const views = features.views.map((view) => view.features);
  const found = await kindsOfViews(views, options, context);
  return { images, features, given: null, views, ...found };
}

async function kindsOfVectors(
  images: Images,
  { kind, vectors }: GivenVectors,
  options: KinMethodOptions,
  context: KinContext,
): Promise<KinGraph> {
  const view =
    kind === 'encoder' ? await encoderView(vectors, { threads: options.threads, ...context }) : null;
  const views = [view?.features ?? vectors];
  const given = { columns: vectors.columns, addView: view?.addTo ?? null };
  return { images, features: null, given, views, ...(await kindsOfViews(views, options, context)) };
}

async function kindsOfViews(
  views: readonly Matrix[],
  options: KinMethodOptions,
  context: KinContext,
): Promise<Pick<KinGraph, 'neighbours' | 'graph' | 'kinds'>> {
  const { kin, clustering, seed, threads } = options;
  const neighbours: Neighbours[] = [];
  for (const view of views) {
    neighbours.push(await nearestNeighbours(view, { k: kin.neighbours, threads, ...context }));
  }
  const graph = neighbours.map(fuzzyGraph).reduce(addGraphs);
  if (context.corrections !== null) {
    return { neighbours, graph, kinds: await correctedKinds(graph, context.corrections, options, context) };
  }
  const found = await graphKinds(graph, { numClusters: clustering.numClusters, seed, threads, ...context });
  const kinds = { ...found, assignment: settleByVote(graph, found) };
  return { neighbours, graph, kinds };
}

async function trustedImages(
  { graph, kinds }: KinGraph,
  options: KinMethodOptions,
  context: KinContext,
): Promise<TrustedImages> {
  const leastVote = options.kin.trustedVote;
  const trust = await trustFilter(graph, kinds, { leastVote, ...options, ...context });
  return context.corrections === null ? trust : trustCorrections(trust, context.corrections, options);
}

/** The networks would learn the graph's mistakes where too few images stand clearly in one kind. */
function whyNotTrain({ trustedShare }: TrustedImages, { kin }: KinMethodOptions): string | null {
  if (trustedShare >= kin.leastTrusted) return null;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return `only ${percent(trustedShare)} of the images stand clearly in one kind, and networks need ${percent(kin.leastTrusted)}`;
}

function trainNetworks(
  { features, graph, kinds }: SeenGraph,
  { trusted, flagged }: TrustedImages,
  { kin, seed, threads }: KinMethodOptions,
  context: KinContext,
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
      words: context.corrections,
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
