// New images among old ones: is there a crowd apart from the old kinds?
//
// Old and new images share one neighbour graph. Where a kind goes on as before, the neighbours of its new images are
// old ones in the proportion that the kind has old and new images; an image of a new kind has hardly any old
// neighbour, although old ones would be there. This is the nearest-neighbour two-sample test (Schilling,
// "Multivariate two-sample tests based on nearest neighbors", 1986) asked of every neighbourhood instead of the whole.
// The images that fail it, the newcomers, are taken in groups: parts of the graph among themselves.
//
// How two parts hang together is measured by `grip`: the share of the smaller one's ties that lead to the other, times
// the root of its size, for a border shrinks against what it encloses as a part grows.
import { itemsWhere } from '../../core/groups.js';
import { matrix } from '../../core/matrix.js';
import type { SeededWork } from '../../core/progress.js';
import { createRandom } from '../../core/random.js';
import { indexOfLargest } from '../../core/statistics.js';
import { connectedComponents } from '../../graph/connected-components.js';
import { averageOverNeighbours } from '../../graph/neighbour-average.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { pieceMass, subgraph } from '../../graph/sparse.js';
import { noveltyThreshold } from '../judging/novelty.js';
import { findValley } from './valley.js';

/** Old and new images in one graph. */
export interface MixedDataset {
  /** The old images are its first nodes. */
  readonly graph: NeighbourGraph;
  readonly oldCount: number;
  /** (n): the kind of each old image, and the one that the old classifier gives each new image; −1 for none. */
  readonly assignment: Int32Array;
  /** Old kinds. */
  readonly k: number;
  /** (n): how far each image is from a near neighbour, such as its fifth. */
  readonly distances: Float32Array;
}

/** Images that crowd together away from the old ones. */
export interface Group {
  /** Nodes of the graph, ascending. */
  readonly nodes: Int32Array;
  /**
   * The old kind that the group is a changed part of: it holds on to the rest of that kind, or nothing else is left of
   * the kind among the new images. Null for a new kind.
   */
  readonly partOf: number | null;
  /** 0 … 1: mean Jaccard overlap with the group most like it when only four fifths of all images are there. */
  readonly stability: number;
}

/** A newcomer's neighbourhood has less than this share of the old images that it should have. */
const LEAST_OLD = 0.5;
/** A smaller group may be one writer's. */
const LEAST_GROUP = 20;
/** … as may one that is a smaller share of the new images. */
const LEAST_GROUP_SHARE = 0.002;
/** A group that holds on to an old kind by more than this is a part of it. */
const MOST_GRIP = 1.7;
/** A group falls into two at a valley deeper than this, and than any in an old kind. */
const SPLIT_DEPTH = 0.3;
/** A kind is gone from the new images where, besides a group, it has less than this share of what was to be expected. */
const LEAST_LEFT = 0.4;
/** Fewer images than this may be missing by chance. */
const LEAST_EXPECTED = 20;
const SUBSAMPLES = 5;
const SUBSAMPLE_SHARE = 0.8;
/** Hennig (2007): below .75 a cluster should not be taken for one. */
const LEAST_STABILITY = 0.75;

/**
 * The groups of new images that stand apart, the largest first: new kinds, and changed parts of old ones. Equal dataset and
 * seed give equal groups. Throws an InterruptedError when `signal` aborts.
 */
export async function findNewKinds(dataset: MixedDataset, options: SeededWork): Promise<Group[]> {
  const splitBelow = await deepestValley(dataset, options);
  const crowds = await crowdsOf(dataset, splitBelow, options);
  await judgeStability(dataset, crowds, splitBelow, options);
  return crowds
    .filter(isStable)
    .flatMap(stableParts)
    .map(({ nodes, stability }) => ({ nodes, stability, partOf: partOf(dataset, nodes) }))
    .sort((a, b) => b.nodes.length - a.nodes.length || a.nodes[0] - b.nodes[0]);
}

/** Newcomers that hang together, and the two that they fall into where there is a valley. */
interface Crowd {
  /** Ascending. */
  readonly nodes: Int32Array;
  readonly halves: readonly Crowd[];
  stability: number;
}

function isStable({ stability }: Crowd): boolean {
  return stability >= LEAST_STABILITY;
}

/** The crowd itself, or its halves where both would be found again. */
function stableParts(crowd: Crowd): Crowd[] {
  const { halves } = crowd;
  return halves.length > 0 && halves.every(isStable) ? halves.flatMap(stableParts) : [crowd];
}

/** (new images): the share of old images around each, two steps deep, relative to what its kind lets expect. */
export function oldnessOf({ graph, oldCount, assignment, k }: MixedDataset): Float32Array {
  const isOld = matrix(graph.count, 1);
  isOld.data.fill(1, 0, oldCount);
  const around = averageOverNeighbours(graph, averageOverNeighbours(graph, isOld)).data;
  const [old, fresh] = countsOf(assignment, oldCount, k);
  return Float32Array.from({ length: graph.count - oldCount }, (_, image) => {
    const kind = assignment[oldCount + image];
    const expected = kind < 0 ? oldCount / graph.count : old[kind] / (old[kind] + fresh[kind]);
    return expected > 0 ? around[oldCount + image] / expected : 1;
  });
}

async function crowdsOf(dataset: MixedDataset, splitBelow: number, options: SeededWork): Promise<Crowd[]> {
  const { graph, oldCount, distances } = dataset;
  const oldness = oldnessOf(dataset);
  // What lies farther from its neighbours than old images do stands alone and is in no crowd.
  const threshold = noveltyThreshold(distances.subarray(0, oldCount));
  const newcomers = itemsWhere(
    oldness,
    (old, image) => old < LEAST_OLD && distances[oldCount + image] <= threshold,
  ).map((image) => oldCount + image);
  const least = Math.max(LEAST_GROUP, LEAST_GROUP_SHARE * (graph.count - oldCount));
  const { labels, sizes } = connectedComponents(subgraph(graph, newcomers));
  const crowds: Crowd[] = [];
  for (const [component, size] of sizes.entries()) {
    if (size < least) continue;
    const nodes = newcomers.filter((_, place) => labels[place] === component);
    crowds.push(await withHalves(graph, nodes, { ...options, least, splitBelow }));
  }
  return crowds;
}

async function withHalves(
  graph: NeighbourGraph,
  nodes: Int32Array,
  options: SeededWork & { readonly least: number; readonly splitBelow: number },
): Promise<Crowd> {
  const valley = await findValley(subgraph(graph, nodes), options);
  const halves: Crowd[] = [];
  if (valley !== null && valley.depth < options.splitBelow) {
    for (const side of [0, 1]) {
      const half = nodes.filter((_, place) => valley.sides[place] === side);
      halves.push(await withHalves(graph, half, options));
    }
  }
  return { nodes, halves, stability: 0 };
}

/** A crowd and all that it falls into. */
function withParts(crowd: Crowd): Crowd[] {
  return [crowd, ...crowd.halves.flatMap(withParts)];
}

/** The deepest valley within an old kind: what is parted less may well be one kind. */
async function deepestValley(
  { graph, oldCount, assignment, k }: MixedDataset,
  options: SeededWork,
): Promise<number> {
  let deepest = SPLIT_DEPTH;
  for (let kind = 0; kind < k; kind++) {
    options.report?.({ stage: 'old kinds', done: kind, total: k, unit: 'kinds' });
    const nodes = itemsWhere(assignment.subarray(0, oldCount), (own) => own === kind);
    const valley = await findValley(subgraph(graph, nodes), { ...options, least: LEAST_GROUP });
    if (valley !== null) deepest = Math.min(deepest, valley.depth);
  }
  options.report?.({ stage: 'old kinds', done: k, total: k, unit: 'kinds' });
  return deepest;
}

/** The old kind that a group is a changed part of, or null. */
function partOf({ graph, oldCount, assignment, k }: MixedDataset, nodes: Int32Array): number | null {
  const pieces = assignment.slice();
  for (const node of nodes) pieces[node] = k;
  const mass = pieceMass(graph, pieces, k + 1).subarray(k * (k + 1));
  const ties = mass.reduce((sum, value) => sum + value, 0);
  const closest = indexOfLargest(mass.subarray(0, k));
  if (ties > 0 && (mass[closest] / ties) * Math.sqrt(nodes.length) > MOST_GRIP) return closest;

  const inKind = new Float64Array(k);
  for (const node of nodes) if (assignment[node] >= 0) inKind[assignment[node]]++;
  const taken = indexOfLargest(inKind);
  const [old, fresh] = countsOf(assignment, oldCount, k);
  const expected = ((graph.count - oldCount - nodes.length) * old[taken]) / oldCount;
  const isGone = expected >= LEAST_EXPECTED && fresh[taken] - inKind[taken] < LEAST_LEFT * expected;
  return isGone && inKind[taken] >= nodes.length / 2 ? taken : null;
}

/** Sets the stability of every crowd: its mean Jaccard overlap with the one most like it in subsamples. */
async function judgeStability(
  dataset: MixedDataset,
  crowds: readonly Crowd[],
  splitBelow: number,
  options: SeededWork,
): Promise<void> {
  const judged = crowds.flatMap(withParts);
  const { graph, oldCount, assignment, k } = dataset;
  for (let run = 0; judged.length > 0 && run < SUBSAMPLES; run++) {
    options.report?.({ stage: 'new kinds', done: run, total: SUBSAMPLES, unit: 'subsamples' });
    const order = createRandom(options.seed, `new kinds ${run}`).permutation(graph.count);
    const kept = Int32Array.from(order.subarray(0, Math.floor(SUBSAMPLE_SHARE * graph.count))).sort();
    const part: MixedDataset = {
      graph: subgraph(graph, kept),
      oldCount: kept.findIndex((node) => node >= oldCount),
      assignment: Int32Array.from(kept, (node) => assignment[node]),
      k,
      distances: Float32Array.from(kept, (node) => dataset.distances[node]),
    };
    const again = (await crowdsOf(part, splitBelow, options)).flatMap(withParts);
    const found = again.map(({ nodes }) => new Set(Array.from(nodes, (node) => kept[node])));
    const isKept = new Set(kept);
    for (const crowd of judged) {
      const nodes = crowd.nodes.filter((node) => isKept.has(node));
      crowd.stability += found.reduce((best, other) => Math.max(best, overlap(nodes, other)), 0) / SUBSAMPLES;
    }
  }
  options.report?.({ stage: 'new kinds', done: SUBSAMPLES, total: SUBSAMPLES, unit: 'subsamples' });
}

/** |A ∩ B| / |A ∪ B| */
function overlap(a: Int32Array, b: ReadonlySet<number>): number {
  const common = a.reduce((count, node) => count + (b.has(node) ? 1 : 0), 0);
  return common / (a.length + b.size - common);
}

/** Images of each kind: old ones, new ones. */
function countsOf(assignment: Int32Array, oldCount: number, k: number): [Float64Array, Float64Array] {
  const counts: [Float64Array, Float64Array] = [new Float64Array(k), new Float64Array(k)];
  assignment.forEach((kind, node) => {
    if (kind >= 0) counts[node < oldCount ? 0 : 1][kind]++;
  });
  return counts;
}
