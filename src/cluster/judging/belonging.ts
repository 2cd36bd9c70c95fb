// Does an image belong to its kind at all? A few dozen strangers in a large kind have each other for neighbours, so that
// every vote says they do. Two things tell them: little ties them to the others of the kind, and they lie farther from its
// middle than is usual there.
//
// Ties: the dataset is cut into ten small groups a kind, as in the trust gate (trust.ts), and each has the share of its edge
// weight that leads to other groups of its kind, over what is usual. Strangers that are several groups tie each other: where the best
// normalized cut through a kind is far below the usual one, the part that it takes off has no ties. Distance: its logarithm, from
// the kind's median, in quartile distances. The two go into a logistic function whose numbers were settled on datasets of drawings
// and digits with 1 to 10 % of strangers (docs/log.md).

import { inTurns } from '../../core/abort.js';
import { itemsWhere, membersOf, NO_KIND } from '../../core/groups.js';
import { type Matrix, takeRows } from '../../core/matrix.js';
import type { SeededWork } from '../../core/progress.js';
import { createRandom } from '../../core/random.js';
import { quantiles } from '../../core/statistics.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { subgraph } from '../../graph/sparse.js';
import { enoughDirections } from '../kinds/over-segmentation.js';
import type { Partition } from '../kinds/partition.js';
import { type Care, kMeansInThread } from '../kmeans/in-thread.js';
import { normalizedCut } from './normalized-cut.js';

/** Kinds in the graph that they were found in. */
export interface PlacedKinds extends Partition {
  /** (n, c): the graph's leading eigenvectors. */
  readonly vectors: Matrix;
  /** (n): how far each node is from the middle of its kind. */
  readonly distances: Float32Array;
}

const GROUPS_PER_KIND = 10;
const EIGENVECTORS_PER_KIND = 6;
/** Groups of hundreds of kinds are told by no more directions than this. */
const MOST_EIGENVECTORS = 200;
/** A group should be more than the neighbours of an image. */
const LEAST_OF_GROUP = 15;
/** Fewer groups than this have no usual share of ties. */
const LEAST_GROUPS = 8;
/** Groups at the rim of a kind differ from run to run; strangers stay together. */
const RUNS = 2;
const TOLERANCE = 1e-3;
const CARE: Care = {
  restarts: 1,
  sampleRows: 3000,
  maxIterations: 10,
  finishingIterations: 1,
  tolerance: TOLERANCE,
};

/** Log-odds of a node without ties to the rest of its kind, at the usual distance. */
const WITHOUT_TIES = -0.5;
/** What the usual ties add … */
const OF_TIES = 7;
/** … and a quartile distance beyond the usual distance takes away. */
const OF_DISTANCE = 1.6;
/** A cut of this share of the usual one says nothing of the ties across it … */
const UNCLEAR_CUT = 0.5;
/** … and one of this share that there are none; between them its logarithm counts. */
const CLEAR_CUT = 0.3;
/** Kinds of strangers that are looked for in one kind, at the most. */
const MOST_CUTS = 6;
/** The least quartile distance: copies of a few drawings lie at one distance. */
const LEAST_SPREAD = 0.05;

/**
 * → (n), 0 … 1: how likely each node is one of its kind, whatever its neighbours say; 1 for a node of no kind. Equal input gives equal
 * bytes. Throws an InterruptedError when `signal` aborts.
 */
export async function belonging(
  graph: NeighbourGraph,
  kinds: PlacedKinds,
  options: SeededWork,
): Promise<Float32Array> {
  const ofGroup = await tiesOfGroups(graph, kinds, options);
  const acrossCut = await tiesAcrossCuts(graph, kinds, options);
  const far = beyondUsual(kinds);
  return Float32Array.from(kinds.assignment, (kind, node) => {
    if (kind < 0) return 1;
    const ties = Math.min(ofGroup[node], acrossCut[node]);
    return logistic(WITHOUT_TIES + OF_TIES * ties - OF_DISTANCE * far[node]);
  });
}

function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/** → (n), 0 … 1: the ties of each node's group to the rest of its kind, over what is usual; 1 for more than usual. */
async function tiesOfGroups(
  graph: NeighbourGraph,
  { assignment, k, vectors }: PlacedKinds,
  options: SeededWork,
): Promise<Float32Array> {
  const ties = new Float32Array(graph.count).fill(1);
  const nodes = itemsWhere(assignment, (kind) => kind !== NO_KIND);
  const groups = Math.min(GROUPS_PER_KIND * k, Math.floor(nodes.length / LEAST_OF_GROUP));
  if (groups < LEAST_GROUPS) return ties;
  const core = nodes.length === graph.count ? graph : subgraph(graph, nodes);
  const inside = { assignment: Int32Array.from(nodes, (node) => assignment[node]), k };
  const known = nodes.length === graph.count ? vectors : takeRows(vectors, nodes);
  const most = Math.max(known.columns, MOST_EIGENVECTORS);
  const dimensions = Math.min(graph.count, EIGENVECTORS_PER_KIND * k, most);
  const directions = await enoughDirections(core, known, dimensions, { ...options, tolerance: TOLERANCE });
  ties.fill(0);
  for (let run = 0; run < RUNS; run++) {
    const random = createRandom(options.seed, `belonging ${run}`);
    const found = await inTurns(kMeansInThread(directions, groups, CARE, random), options.signal);
    const share = sharesOfTies(core, found.assignment, inside);
    nodes.forEach((node, place) => {
      ties[node] += share[place] / RUNS;
    });
  }
  return ties;
}

/**
 * groups (n), every node in one → (n), 0 … 1: of the part of each node's group that lies in the node's kind. A part of half the
 * kind or more is the kind: 1.
 */
function sharesOfTies(
  { count, offsets, neighbours, weights }: NeighbourGraph,
  groups: Int32Array,
  { assignment, k }: Partition,
): Float32Array {
  const parts = k * (1 + groups.reduce((most, group) => Math.max(most, group), 0));
  const partOf = (node: number) => groups[node] * k + assignment[node];
  const inside = new Float64Array(parts);
  const ofKind = new Float64Array(parts);
  const sizes = new Float64Array(parts);
  const kindSizes = new Float64Array(k);
  for (let node = 0; node < count; node++) {
    const part = partOf(node);
    sizes[part]++;
    kindSizes[assignment[node]]++;
    for (let at = offsets[node]; at < offsets[node + 1]; at++) {
      const other = neighbours[at];
      if (assignment[other] !== assignment[node]) continue;
      ofKind[part] += weights[at];
      if (groups[other] === groups[node]) inside[part] += weights[at];
    }
  }
  const outward = ofKind.map((ties, part) => (ties > 0 ? 1 - inside[part] / ties : 0));
  const isMinor = (part: number) => sizes[part] > 0 && 2 * sizes[part] < kindSizes[part % k];
  const usual = medianByWeight(outward, sizes, isMinor);
  const relative = outward.map((share, part) =>
    isMinor(part) && usual > 0 ? Math.min(1, share / usual) : 1,
  );
  return Float32Array.from(assignment, (_, node) => relative[partOf(node)]);
}

/** The median of the values that count; 0 where none does. */
function medianByWeight(
  values: Float64Array,
  weights: Float64Array,
  isCounted: (index: number) => boolean,
): number {
  const order = Array.from(values.keys()).filter(isCounted);
  order.sort((a, b) => values[a] - values[b]);
  let left = order.reduce((sum, index) => sum + weights[index], 0) / 2;
  for (const index of order) {
    left -= weights[index];
    if (left <= 0) return values[index];
  }
  return 0;
}

/** → (n): how far beyond the usual distance of its kind each node is, in quartile distances of the logarithm; 0 for less. */
function beyondUsual({ assignment, k, distances }: PlacedKinds): Float32Array {
  const usual = membersOf(assignment, k).map((nodes) => {
    const logarithms = nodes.flatMap((node) => (distances[node] > 0 ? Math.log(distances[node]) : []));
    const [first, middle, third] = quantiles(logarithms, [0.25, 0.5, 0.75]);
    return { middle, spread: Math.max(LEAST_SPREAD, third - first) };
  });
  return Float32Array.from(assignment, (kind, node) => {
    if (kind < 0 || distances[node] === 0) return 0;
    return Math.max(0, (Math.log(distances[node]) - usual[kind].middle) / usual[kind].spread);
  });
}

/** A part of a kind, and the cut that parts it from the rest. */
interface Part {
  readonly value: number;
  readonly nodes: Int32Array;
}

/** What the best cuts take from a kind, one after the other. */
interface Parting {
  readonly nodes: Int32Array;
  readonly parts: Part[];
  left: Int32Array;
}

/** → (n), 0 … 1: 1 where no clear cut parts a node from most of its kind, 0 where a very clear one does. */
async function tiesAcrossCuts(
  graph: NeighbourGraph,
  { assignment, k }: Partition,
  options: SeededWork,
): Promise<Float32Array> {
  const kinds = membersOf(assignment, k).map((all): Parting => {
    const nodes = Int32Array.from(all);
    return { nodes, parts: [], left: nodes };
  });
  // What is usual is how kinds fall in two, be it after one part that does not belong.
  for (const kind of kinds) {
    if (await takePart(graph, kind, options)) await takePart(graph, kind, options);
  }
  const hardest = kinds.flatMap(({ parts }) =>
    parts.length === 0 ? [] : Math.max(...parts.map(({ value }) => value)),
  );
  const [usual] = quantiles(hardest, [0.5]);
  for (const kind of kinds) {
    while (isClear(kind, UNCLEAR_CUT * usual) && (await takePart(graph, kind, options)));
  }
  const ties = new Float32Array(graph.count).fill(1);
  for (const { value, nodes } of kinds.flatMap(({ parts }) => parts)) {
    if (value >= UNCLEAR_CUT * usual) continue;
    const left = Math.log(value / (CLEAR_CUT * usual)) / Math.log(UNCLEAR_CUT / CLEAR_CUT);
    for (const node of nodes) ties[node] = Math.max(0, left);
  }
  return ties;
}

/** Does the last cut say more of its part than cuts usually do? */
function isClear({ parts }: Parting, unclear: number): boolean {
  return parts.length > 0 && parts.length < MOST_CUTS && parts[parts.length - 1].value < unclear;
}

/** Takes the next part from a kind; false where none is left to take: most of a kind is the kind. */
async function takePart(graph: NeighbourGraph, kind: Parting, options: SeededWork): Promise<boolean> {
  const { nodes, left, parts } = kind;
  if (2 * left.length < nodes.length) return false;
  const found = await normalizedCut(subgraph(graph, left), { ...options, least: LEAST_OF_GROUP });
  if (found === null) return false;
  parts.push({ value: found.value, nodes: found.part.map((place) => left[place]) });
  kind.left = found.rest.map((place) => left[place]);
  return true;
}
