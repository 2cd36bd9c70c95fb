// What kin hands over, at the graph and after the networks: kinds with calibrated confidence, the models that
// answer for new images, and what was seen on the way.
import { belonging } from '../../cluster/judging/belonging.js';
import { noveltyThreshold } from '../../cluster/judging/novelty.js';
import { shareOfClear, type TrustedImages } from '../../cluster/judging/trust.js';
import type { GraphKinds } from '../../cluster/kinds/kinds.js';
import { sizesOf } from '../../core/groups.js';
import { type Matrix, matrix, takeRows } from '../../core/matrix.js';
import { createRandom } from '../../core/random.js';
import { columnOfLargest, indexOfLargest } from '../../core/statistics.js';
import type { Images } from '../../data/source.js';
import type { ImageFeatures } from '../../features/features.js';
import type { NeighbourGraph, Neighbours } from '../../graph/neighbour-graph.js';
import { nearestAmong } from '../../graph/neighbours/nearest-neighbours.js';
import { pieceMass } from '../../graph/sparse.js';
import {
  type ConfusedKind,
  clearVoteByVectors,
  distancesToMean,
  doubtOf,
  type FoundKinds,
  type KinFindings,
  type MethodContext,
} from '../found-kinds.js';
import type { KinMethodOptions } from '../options.js';
import { calibratedConfidence, fitTemperature } from './calibration.js';
import type { Corrections } from './corrections.js';
import {
  type GivenInput,
  type HeadInput,
  type KnownRows,
  type References,
  writeFeatureEncoder,
  writeVectorClassifier,
  writeVoteClassifier,
} from './kin-classifier.js';

/** What the first half of kin leaves for the second. */
export interface KinGraph {
  readonly images: Images;
  /** Null where the vectors were made elsewhere. */
  readonly features: ImageFeatures | null;
  /** How vectors made elsewhere are brought to the view; null where kin made its own. */
  readonly given: GivenInput | null;
  /** What heads may learn from; null where the vectors are no encoder's. */
  readonly forHeads: ForHeads | null;
  /** What images are compared by: (n, d) each. */
  readonly views: readonly Matrix[];
  /** (n, c): what strangeness is measured in, of vectors made elsewhere; null where that is the views. */
  readonly reach: Matrix | null;
  /** One a view. */
  readonly neighbours: readonly Neighbours[];
  readonly graph: NeighbourGraph;
  readonly kinds: GraphKinds;
}

export interface ForHeads extends HeadInput {
  /** (n, d), in shared memory. */
  readonly inputs: Matrix;
}

/** Images that a vote is taken from: more make the exported model too large to hand on. */
const MOST_VOTERS = 60_000;
/** Images that say what is known, where networks or heads give the kind. */
const KNOWN_REFERENCES = 2000;
/** Images whose distance to the references sets the novelty threshold. */
const THRESHOLD_SAMPLE = 2000;

/** The kinds of the graph, and the vote of neighbours that extends them to new images. */
export async function describeGraphKinds(
  found: KinGraph,
  options: KinMethodOptions,
  context: MethodContext,
): Promise<FoundKinds> {
  const { images, features, given, views, neighbours, kinds } = found;
  const { k, assignment } = kinds;
  const votes = votesOfNeighbours(neighbours, assignment, k);
  // Each image's own neighbours never include it: a held-out test of the vote.
  const temperature = fitTemperature(votes, k, assignment);
  const references = await chooseReferences(found, MOST_VOTERS, options, context);
  const vote = { references, assignment, k, neighbours: options.kin.neighbours, temperature };
  // Vectors that a person brought are held against all that vote.
  const known =
    given?.addViews == null
      ? { ...references, rows: takeRows(views[0], references.images) }
      : await knownRows(found, options, context);
  const classifier =
    features === null
      ? writeVectorClassifier(given!, { ...vote, views, known })
      : writeVoteClassifier(images, { ...vote, features });
  const codes = sideBySide(views);
  const clear = shareOfClear(found.graph, kinds, options.kin);
  const byVectors = { ...options.kin, trustedVote: clearVoteByVectors(k) };
  const doubt =
    features === null
      ? doubtOf(shareOfClear(found.graph, kinds, byVectors).ofLarge, 'vectors')
      : doubtOf(clear.ofLarge, 'shape');
  const confidence = calibratedConfidence(votes, k, temperature, assignment);
  return {
    ...(await placed(found, assignment, confidence, codes, options, context)),
    k,
    codes,
    neighbours: neighbours[0],
    inertia: null,
    stability: null,
    kin: {
      modularity: kinds.modularity,
      way: kinds.way,
      numberOfKinds: kinds.numberOfKinds,
      clearShare: clear.ofAll,
      trustedShare: null,
      doubt,
      networks: { state: 'none' },
      mostConfused: mostConfusedKinds(pieceMass(found.graph, assignment, k), k),
    },
    encoder: features && writeFeatureEncoder(images, features),
    classifier,
  };
}

/** What networks or heads made of the graph's kinds. */
export interface Settled {
  /** Who did, in the plural. */
  readonly who: 'networks' | 'heads';
  /** (n, k). */
  readonly probabilities: Float32Array;
  /** Why the graph's kinds are better than `assignment` (n), theirs; null where nothing speaks against it. */
  whyRefused(assignment: Int32Array): string | null;
  /** classifier.onnx, with them as the model for new images. */
  writeClassifier(temperature: number): Promise<Uint8Array>;
}

export interface Refinement {
  /** The graph's result. */
  readonly first: FoundKinds;
  /** Null where it was not computed. */
  readonly stability: Float64Array | null;
  readonly trust: TrustedImages;
  readonly settled: Settled;
  /** What a person said; null: nothing. */
  readonly corrections: Corrections | null;
}

/** The graph's kinds, before more is known of them: networks follow, or `reason` says why not. */
export function pendingAtGraph(first: FoundKinds, reason: string | null): FoundKinds {
  return { ...first, kin: { ...findingsOf(first), networks: { state: 'pending', reason } } };
}

/** The graph's kinds stand; `reason` says why no networks were trained. */
export function stoppedAtGraph(
  first: FoundKinds,
  { stability, trust, reason }: Pick<Refinement, 'stability' | 'trust'> & { readonly reason: string },
): FoundKinds {
  return {
    ...first,
    stability,
    kin: { ...findingsOf(first), trustedShare: trust.trustedShare, networks: { state: 'stopped', reason } },
  };
}

/** The kinds after the networks or heads, and those as the model for new images. */
export async function describeRefinedKinds(
  found: KinGraph,
  { first, stability, trust, settled, corrections }: Refinement,
  options: KinMethodOptions,
  context: MethodContext,
): Promise<FoundKinds> {
  const { neighbours, kinds, graph } = found;
  const { k } = kinds;
  const { probabilities, who } = settled;
  const assignment = settledKinds(found, settled, corrections);
  const sizes = sizesOf(assignment, k);
  const lost = sizes.findIndex((size, cluster) => size < first.clusterSizes[cluster] / 2);
  const reason =
    settled.whyRefused(assignment) ?? (lost < 0 ? null : `the ${who} gave up more than half of kind ${lost}`);
  if (reason !== null) return stoppedAtGraph(first, { stability, trust, reason });
  // What neighbours say is independent enough of what networks or heads say to be held against it.
  const voted = mostProbable(votesOfNeighbours(neighbours, kinds.assignment, k), kinds.assignment, k);
  const temperature = fitTemperature(probabilities, k, voted);
  const confidence = calibratedConfidence(probabilities, k, temperature, assignment);
  return {
    ...first,
    ...(await placed(found, assignment, confidence, first.codes, options, context)),
    stability,
    kin: {
      ...findingsOf(first),
      trustedShare: trust.trustedShare,
      networks: { state: 'trained' },
      mostConfused: mostConfusedKinds(pieceMass(graph, assignment, k), k),
    },
    classifier: await settled.writeClassifier(temperature),
  };
}

/** The likeliest kinds, and of the images that a person spoke of themselves what was said. */
function settledKinds(
  { kinds }: KinGraph,
  { probabilities }: Settled,
  corrections: Corrections | null,
): Int32Array {
  return mostProbable(probabilities, kinds.assignment, kinds.k).map((kind, image) =>
    corrections?.held[image] === 1 ? kinds.assignment[image] : kind,
  );
}

export function findingsOf({ kin }: FoundKinds): KinFindings {
  if (kin === null) throw new Error('these kinds are not kin’s');
  return kin;
}

/** Where every image is, how sure, and how far from the middle of its kind. */
async function placed(
  { graph, kinds: { k, vectors } }: KinGraph,
  assignment: Int32Array,
  ofVote: Float32Array,
  codes: Matrix,
  { seed, threads }: KinMethodOptions,
  { signal }: MethodContext,
) {
  const distances = distancesToMean(codes, assignment, k);
  const inKind = await belonging(graph, { assignment, k, vectors, distances }, { seed, threads, signal });
  return {
    assignment,
    confidence: ofVote.map((share, image) => share * inKind[image]),
    distances,
    clusterSizes: sizesOf(assignment, k),
  };
}

/** neighbours, assignment (n) → (n, k): the share of an image's neighbours, over all views, in each kind. */
function votesOfNeighbours(
  neighbours: readonly Neighbours[],
  assignment: Int32Array,
  k: number,
): Float32Array {
  const votes = new Float32Array(assignment.length * k);
  for (let image = 0; image < assignment.length; image++) {
    let total = 0;
    for (const { k: around, indices } of neighbours) {
      for (let at = image * around; at < (image + 1) * around; at++) {
        const cluster = assignment[indices[at]];
        if (cluster < 0) continue;
        votes[image * k + cluster]++;
        total++;
      }
    }
    if (total === 0) continue;
    for (let at = image * k; at < (image + 1) * k; at++) votes[at] /= total;
  }
  return votes;
}

/** probabilities (n, k) → (n): the likeliest kind; −1 stays for images that belong nowhere. */
function mostProbable(probabilities: Float32Array, before: Int32Array, k: number): Int32Array {
  return before.map((cluster, image) => (cluster < 0 ? -1 : columnOfLargest(probabilities, k, image)));
}

/** mass (k, k) between kinds → for each the other one it is most tied to; null where it is tied to none. */
function mostConfusedKinds(mass: Float64Array, k: number): (ConfusedKind | null)[] {
  return Array.from({ length: k }, (_, kind) => {
    const row = mass.subarray(kind * k, (kind + 1) * k);
    const total = row.reduce((sum, value) => sum + value, 0);
    const others = row.with(kind, 0);
    const cluster = indexOfLargest(others);
    return others[cluster] > 0 ? { cluster, share: row[cluster] / total } : null;
  });
}

/** Parts (n, d) → (n, Σ d). */
export function sideBySide(parts: readonly Matrix[]): Matrix {
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const whole = matrix(parts[0].rows, columns);
  let first = 0;
  for (const part of parts) {
    for (let row = 0; row < part.rows; row++) {
      whole.data.set(part.data.subarray(row * part.columns, (row + 1) * part.columns), row * columns + first);
    }
    first += part.columns;
  }
  return whole;
}

/** The images that say what is known, where networks or heads give the kind. */
export function knownReferences(
  found: Pick<KinGraph, 'views' | 'kinds' | 'images'>,
  options: KinMethodOptions,
  context: MethodContext,
): Promise<References> {
  return chooseReferences(found, KNOWN_REFERENCES, options, context);
}

/** The same of vectors made elsewhere, by their reach. */
export async function knownRows(
  { reach, ...found }: KinGraph,
  options: KinMethodOptions,
  context: MethodContext,
): Promise<KnownRows> {
  if (reach === null) throw new Error('kin’s own features have no reach');
  const { images, noveltyThreshold } = await knownReferences({ ...found, views: [reach] }, options, context);
  return { rows: takeRows(reach, images), noveltyThreshold };
}

/** At most `most` images that belong to a kind, evenly drawn, and how far from them an image is still known. */
async function chooseReferences(
  { views, kinds, images }: Pick<KinGraph, 'views' | 'kinds' | 'images'>,
  most: number,
  { seed, threads }: KinMethodOptions,
  context: MethodContext,
): Promise<References> {
  const order = createRandom(seed, 'references').permutation(images.count);
  const belonging = order.filter((image) => kinds.assignment[image] >= 0);
  const chosen = Int32Array.from(belonging.subarray(0, most)).sort();
  // Asked are images that are not references themselves, or where all are, any: with their next nearest then.
  const others = belonging.subarray(most, most + THRESHOLD_SAMPLE);
  const asked = others.length > 0 ? others : belonging.subarray(0, THRESHOLD_SAMPLE);
  const rank = others.length > 0 ? 0 : 1;
  const distances = new Float32Array(asked.length);
  const search = { k: rank + 1, threads, ...context };
  for (const all of views) {
    const near = await nearestAmong(takeRows(all, asked), takeRows(all, chosen), search);
    for (let place = 0; place < asked.length; place++) {
      distances[place] += near.distances[place * near.k + Math.min(rank, near.k - 1)] / views.length;
    }
  }
  return { images: chosen, noveltyThreshold: noveltyThreshold(distances) };
}
