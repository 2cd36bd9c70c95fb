// Kin, in the order it happens: look at every image in two ways, ask each for its nearest neighbours, find the
// kinds that the neighbourhoods fall into; then let two networks, each taught by the other, settle the images
// that stand between kinds. Vectors of an encoder take the place of the two ways, and heads on them that of the
// networks. No label reaches this file.
//
// Sources: HOG (Dalal & Triggs 2005) under the Hellinger kernel (Arandjelović & Zisserman 2012); fuzzy neighbour
// weights (McInnes, Healy & Melville 2018); spectral clustering (Ng, Jordan & Weiss 2002); modularity (Newman
// 2006); crossed targets after co-training (Blum & Mitchell 1998) and pseudo-labels (Lee 2013).
import { neighboursOfAll } from '../../cluster/copies/all-images.js';
import {
  burstsOfCopies,
  equalImages,
  equalRows,
  type Pictures,
  picturesApart,
} from '../../cluster/copies/copies.js';
import { type TrustedImages, trustFilter } from '../../cluster/judging/trust.js';
import { leastOfKind } from '../../cluster/kinds/kinds.js';
import { smoothByVote } from '../../cluster/kinds/label-smoothing.js';
import { kindsBeside } from '../../cluster/kinds/separate-kinds.js';
import { kindStability } from '../../cluster/kinds/stability.js';
import { InputError, option, words } from '../../core/errors.js';
import { type Matrix, takeRows } from '../../core/matrix.js';
import type { SeededWork } from '../../core/progress.js';
import { inSharedMemory } from '../../core/shared-memory.js';
import { type Images, pixelsPerImage, takeImages } from '../../data/source.js';
import { encoderView } from '../../features/encoder-view.js';
import { imageFeatures } from '../../features/features.js';
import { FRAME_SIDE } from '../../features/frame.js';
import { fuzzyGraph } from '../../graph/fuzzy-weights.js';
import type { Neighbours } from '../../graph/neighbour-graph.js';
import { nearestNeighbours } from '../../graph/neighbours/nearest-neighbours.js';
import { addGraphs } from '../../graph/sparse.js';
import type { FoundKinds } from '../found-kinds.js';
import type { KinMethodOptions } from '../options.js';
import { type Corrections, correctedKinds, trustCorrections } from './corrections.js';
import type { CrossFitContext } from './cross-fit.js';
import {
  amongThemselves,
  apartWhereTold,
  composed,
  correctionsOf,
  forAllImages,
  type OfImages,
  takeFeatures,
  timesShown,
  withSeparate,
} from './pictures.js';
import {
  describeGraphKinds,
  describeRefinedKinds,
  findingsOf,
  type KinGraph,
  pendingAtGraph,
  sideBySide,
  stoppedAtGraph,
} from './results.js';
import { LEAST_PICTURES, settle, whyNotSettled } from './settling.js';

/** Vectors made elsewhere: a person's own are compared as they are, an encoder's as `encoderView` says. */
export interface GivenVectors {
  readonly kind: 'encoder' | 'features';
  /** (n, d). */
  readonly vectors: Matrix;
}

export interface KinContext extends CrossFitContext {
  /** Made elsewhere, to compare the images by; null: kin makes its own. */
  readonly vectors: GivenVectors | null;
  /** What a person made of an earlier result of these images; null: nobody has looked yet. */
  readonly corrections: Corrections | null;
  /** Called with the graph's kinds before the networks begin: a result that is whole in itself. */
  readonly onFirstKinds: (found: FoundKinds) => Promise<void> | void;
}

/**
 * The kinds in `images`. Throws an InputError where more kinds are asked for than there are different images, an
 * InterruptedError when the signal aborts.
 */
export async function findKin(
  images: Images,
  options: KinMethodOptions,
  context: KinContext,
): Promise<FoundKinds> {
  const { report, signal, vectors } = context;
  const work = { seed: options.seed, threads: options.threads, report, signal };
  const dataset = await lookAt(images, { vectors, corrections: context.corrections }, options, work);
  const corrections = context.corrections && correctionsOf(context.corrections, dataset.pictures);
  const found = await kindsOf(dataset, corrections, options.clustering.numClusters, work);
  const first = await describeGraphKinds(found, options, context);
  const ofAll = (kinds: FoundKinds) => forAllImages(kinds, dataset);
  if (options.kin.quality === 'fast') return ofAll(first);
  const whyNone = whyNotSettled(found, findingsOf(first).clearShare, options);
  const isQuick = found.kinds.k < 2 || found.images.count < LEAST_PICTURES;
  if (!isQuick) await context.onFirstKinds(ofAll(pendingAtGraph(first, whyNone)));

  const trust = await trustedImages(found, corrections, options, work);
  // A person's kinds are theirs, whether or not the graph would find them again.
  const stability =
    corrections === null
      ? await kindStability(found.graph, found.kinds, {
          runs: options.kin.stabilityRuns,
          movesNodes: touchWidely(found),
          ...work,
        })
      : null;
  const reason = whyNone ?? whyNotSettled(found, trust.trustedShare, options);
  if (reason !== null) return ofAll(stoppedAtGraph(first, { stability, trust, reason }));
  const settled = await settle(found, trust, corrections, options, context);
  const parts = { first, stability, trust, settled, corrections };
  return ofAll(await describeRefinedKinds(found, parts, options, context));
}

/** Share of the images that are copies of others, from which on they are told whatever the size of their bursts. */
const LEAST_SPARE = 0.01;

type KinWork = Required<SeededWork>;

/** What the images of a dataset, or its pictures, are compared by. */
type Seen = Pick<KinGraph, 'images' | 'features' | 'given' | 'forHeads' | 'views' | 'reach'>;

/** The pictures of a dataset, and what is known of each of its images. */
interface SeenDataset extends OfImages {
  /** (pictures): the number of one that is a kind by itself, −1 for all others. */
  readonly separate: Int32Array;
  /** The pictures. */
  readonly seen: Seen;
  /** Who is near whom among them; one a view. */
  readonly near: readonly Neighbours[];
}

/** Looks at all images; each picture takes part once, however many of them show it. */
async function lookAt(
  images: Images,
  { vectors, corrections }: Pick<KinContext, 'vectors' | 'corrections'>,
  options: KinMethodOptions,
  work: KinWork,
): Promise<SeenDataset> {
  const { neighbours: k } = options.kin;
  const told = (pictures: Pictures) => apartWhereTold(pictures, corrections);
  const equal = told(equalPictures(images, vectors));
  requireKindsFor(equal, options);
  const distinct = await see(images, equal.images, vectors, work);
  const nearDistinct = await neighboursIn(distinct.views, k, work);
  const bursts = await burstsIn(distinct, nearDistinct);
  const areNodes =
    bursts !== null && bursts.images.length >= leastPictures(options) && crowdNeighbourhoods(bursts, k);
  const pictures = areNodes ? told(composed(equal, bursts)) : equal;
  const rowsOf = (nodes: Pictures) => nodes.images.map((image) => equal.pictureOf[image]);
  // Components fitted to all images would be those that tell the pictures with the most copies apart.
  const all = areNodes ? await see(images, equal.images, vectors, work, rowsOf(pictures)) : distinct;
  const ofImages = {
    codes: takeRows(sideBySide(all.views), equal.pictureOf),
    neighbours: neighboursOfAll(nearDistinct[0], equal),
  };
  const shown = async (nodes: Pictures): Promise<SeenDataset> => {
    const separate = new Int32Array(nodes.images.length).fill(-1);
    const known = { ...ofImages, pictures: nodes, separate };
    if (nodes === equal) return { ...known, seen: all, near: nearDistinct };
    const seen = takeSeen(all, rowsOf(nodes));
    return { ...known, seen, near: await neighboursIn(seen.views, k, work) };
  };
  const dataset = await shown(pictures);
  const isSeparate = kindsOfOnePicture(dataset, options);
  if (!pictures.images.some((_, picture) => isSeparate(picture))) return dataset;
  const times = Math.max(k + 1, Math.ceil(leastFor(pictures.images.length, options)));
  const { separate, ...nodes } = withSeparate(pictures, isSeparate, times);
  const neighbours = amongThemselves(ofImages.neighbours, nodes, separate);
  return { ...(await shown(nodes)), neighbours, separate };
}

function leastFor(count: number, { clustering }: KinMethodOptions): number {
  return leastOfKind(count, clustering.numClusters);
}

/**
 * A picture that is shown more often than an image has neighbours, as often as a small kind has images, is a kind of its
 * own if it resembles no other. Among too few pictures to tell, each stands for itself.
 */
function kindsOfOnePicture(
  { pictures, near }: SeenDataset,
  options: KinMethodOptions,
): (picture: number) => boolean {
  const times = timesShown(pictures);
  const least = Math.max(options.kin.neighbours + 1, leastFor(pictures.pictureOf.length, options));
  const apart = times.length < LEAST_PICTURES ? null : picturesApart(near);
  return (picture) => times[picture] >= least && (apart === null || apart[picture] === 1);
}

/** Images are equal where all that they are compared by is. */
function equalPictures(images: Images, given: GivenVectors | null): Pictures {
  return given === null ? equalImages(images.data, pixelsPerImage(images)) : equalRows(given.vectors);
}

function requireKindsFor({ images, pictureOf }: Pictures, { clustering }: KinMethodOptions): void {
  const { numClusters } = clustering;
  if (numClusters === null || numClusters <= images.length) return;
  throw new InputError(
    words`The ${pictureOf.length} images show ${images.length} different pictures, so there cannot be ${numClusters} kinds: ask for at most ${images.length} (${option('numClusters')}), or leave the number out`,
  );
}

/** The images `chosen`, seen in kin's two ways, which those at `fittedTo` decide, all where left out; or by vectors made elsewhere. */
async function see(
  all: Images,
  chosen: Int32Array,
  vectors: GivenVectors | null,
  work: KinWork,
  fittedTo?: Int32Array,
): Promise<Seen> {
  const images = takeImages(all, chosen);
  if (vectors === null) {
    const features = await imageFeatures(images, { fittedTo, ...work });
    const views = features.views.map((view) => view.features);
    return { images, features, given: null, forHeads: null, views, reach: null };
  }
  const rows = takeRows(vectors.vectors, chosen);
  const view = vectors.kind === 'encoder' ? await encoderView(rows, work) : null;
  const { columns } = rows;
  const given = { columns, addViews: view?.addViews ?? null };
  const forHeads = view && { columns, inputs: view.inputs, addAll: view.addAll };
  const seen = { views: view?.views ?? [rows], reach: view?.reach ?? rows };
  return { images, features: null, given, forHeads, ...seen };
}

function takeSeen({ images, features, given, forHeads, views, reach }: Seen, chosen: Int32Array): Seen {
  const taken = features && takeFeatures(features, chosen);
  const inputs = forHeads && takeRows(forHeads.inputs, chosen);
  return {
    forHeads: forHeads && { ...forHeads, inputs: { ...inputs!, data: inSharedMemory(inputs!.data) } },
    images: takeImages(images, chosen),
    features: taken,
    given,
    reach: reach && takeRows(reach, chosen),
    views: taken?.views.map((view) => view.features) ?? views.map((view) => takeRows(view, chosen)),
  };
}

async function neighboursIn(views: readonly Matrix[], k: number, work: KinWork): Promise<Neighbours[]> {
  const neighbours: Neighbours[] = [];
  for (const view of views) neighbours.push(await nearestNeighbours(view, { k, ...work }));
  return neighbours;
}

/** Copies that are not equal, as they look; null where the vectors come from elsewhere. */
async function burstsIn({ features }: Seen, near: readonly Neighbours[]): Promise<Pictures | null> {
  if (features === null) return null;
  const [raw, upright] = features.views;
  return burstsOfCopies({ raw: raw.pixels, upright: upright.pixels, side: FRAME_SIDE }, near);
}

/**
 * A few pairs among thousands of images change nobody's neighbours: to look for all of them anew is not worth it. A burst that fills half of
 * a list of neighbours is, and so are many pairs.
 */
function crowdNeighbourhoods(bursts: Pictures, neighbours: number): boolean {
  const { pictureOf, images } = bursts;
  const spare = pictureOf.length - images.length;
  return (
    spare >= LEAST_SPARE * pictureOf.length || timesShown(bursts).some((times) => 2 * times > neighbours)
  );
}

/** Where fewer would be left, copies that are not equal take part one by one. */
function leastPictures({ clustering }: KinMethodOptions): number {
  return Math.max(LEAST_PICTURES, clustering.numClusters ?? 0);
}

/** Kinds of photographs have wide borders: an encoder places them side by side. */
function touchWidely({ forHeads }: Pick<Seen, 'forHeads'>): boolean {
  return forHeads !== null;
}

async function kindsOf(
  { seen, near, separate }: SeenDataset,
  corrections: Corrections | null,
  numClusters: number | null,
  work: KinWork,
): Promise<KinGraph> {
  const graph = near.map(fuzzyGraph).reduce(addGraphs);
  const found = { ...seen, neighbours: near, graph };
  if (corrections !== null) {
    return { ...found, kinds: await correctedKinds(graph, corrections, work) };
  }
  const kinds = await kindsBeside(graph, separate, { numClusters, movesNodes: touchWidely(seen), ...work });
  return { ...found, kinds: { ...kinds, assignment: smoothByVote(graph, kinds) } };
}

async function trustedImages(
  { graph, kinds }: KinGraph,
  corrections: Corrections | null,
  options: KinMethodOptions,
  work: KinWork,
): Promise<TrustedImages> {
  const trust = await trustFilter(graph, kinds, { leastVote: options.kin.trustedVote, ...work });
  return corrections === null ? trust : trustCorrections(trust, corrections, options);
}
