// How many kinds are there? Evidence for each number, the likeliest first.
//
// One run of merging gives a partition into K kinds for every K, so the modularity of the best one, Q(K), costs
// no more for all K than for one. Kinds that are equal and apart have Q(K) = 1 − 1/K: the gain over K − 1 is
// 1/(K (K − 1)), and all gains are taken in that unit. A real kind gains about 1; cutting a real kind in two gains
// a fraction of it, or nothing. So:
// 1. Gains end: the gain at K over the greatest of the next three. The first three by this are the short list, less
//    those by which gains end far less clearly than by the first.
// 2. No kind to spare: in the list, how much the least loss by joining any two kinds drops after K, likewise, times
//    the cube of how well the kinds are found again. It tells the kinds from the kinds of kinds and from kinds split
//    by style, where gains end more than once.
// Pieces of a few hundred nodes are a matter of luck, so there both are medians over several draws of pieces.
//
// It misses where the graph does not show the kinds: clothes, datasets of very unequal kinds. It remains a guess: the list is for a person.
import { takeTurn } from '../../core/abort.js';
import type { SeededWork } from '../../core/progress.js';
import { quantiles } from '../../core/statistics.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import type { Care } from '../kmeans/in-thread.js';
import { type MergedPieces, mergeAll, partitionAfterMerging } from './merging.js';
import { type MovedPartition, movedPartitions } from './moving.js';
import { type Spectrum, spectralPieces } from './over-segmentation.js';
import { bestOverlaps, type Partition, pieceGraph } from './partition.js';

export interface CandidateNumber {
  readonly k: number;
  /** Of the best partition into k kinds that merging found. */
  readonly modularity: number;
  /** Modularity gained over k − 1 kinds. */
  readonly gain: number;
  /** (1 − λ_{k+1}) / (1 − λ_k): how much more the next part costs to cut off; 1 where the spectrum ends. */
  readonly eigengap: number;
  /**
   * 0 … 1: how well the kinds are found again from other numbers of pieces (mean best Jaccard overlap); null
   * beyond the short list.
   */
  readonly stability: number | null;
}

/** Evidence for each number, best first, and the partitions that it was taken from. */
export interface NumberOfKinds {
  readonly candidates: readonly CandidateNumber[];
  /** The best one found into k kinds, if there is any. */
  readonly partitionInto: (k: number) => Partition | null;
}

export interface NumberOptions extends Omit<SeededWork, 'threads'> {
  /** Is each partition improved by moving single nodes (moving.ts)? */
  readonly movesNodes?: boolean;
}

/** The most kinds that are looked for. */
export const MOST_KINDS = 30;
/** A kind of fewer images is none. */
const LEAST_KIND_SIZE = 5;
/** Numbers of pieces to merge from; each is the best start for some datasets and some K. */
const PIECE_COUNTS = [6, 10, 14, 18, 26, 35, 50, 75];
/** Q(K) changes by less than .001 where the same is done with the care of the final partition. */
const QUICK: Care = {
  restarts: 2,
  sampleRows: 3000,
  maxIterations: 30,
  finishingIterations: 2,
  tolerance: 1e-3,
};
/** How many numbers beyond K must gain less. */
const LOOK_AHEAD = 3;
const SHORT_LIST = 3;
/**
 * Of the clearest end of gains. From .3 to .45 as many of 49 datasets have their true number first; of 60 datasets of 300 to 500 digits, twelve
 * each of the same digits in other orders or slightly damaged, 55 agree with most of their twelve, and 50 without this.
 */
const LEAST_OF_CLEAREST = 0.45;
/** From the first to the fourth power the same numbers come first for 47 datasets, and as many of the 60 agree. */
const STABILITY_POWER = 3;
/** Draws of pieces, an odd number: as many as take the time of one of so many nodes. */
const NODES_OF_ONE_DRAW = 3000;
const MOST_DRAWS = 9;
/** Gains and losses below this share of a real kind's are noise. */
const NOISE = 0.2;
/** Loss of an eigenvalue that is 1 but for rounding. */
const LEAST_CUT = 1e-9;

/**
 * Evidence for 2 … 30 kinds, best first; fewer where there are few nodes, none where there are fewer than 2 kinds
 * of 5. `spectrum` (n, c) should reach to c = 77.
 */
export async function numberOfKinds(
  graph: NeighbourGraph,
  { values, vectors }: Spectrum,
  { movesNodes = false, seed, report, signal }: NumberOptions,
): Promise<NumberOfKinds> {
  const mostPieces = Math.min(values.length, Math.floor(graph.count / LEAST_KIND_SIZE));
  const counts = PIECE_COUNTS.filter((count) => count < mostPieces);
  if (mostPieces >= 2 && mostPieces < PIECE_COUNTS[PIECE_COUNTS.length - 1]) counts.push(mostPieces);
  const draws = drawsFor(graph.count);
  const total = counts.length * draws;
  const ways: MergedPieces[] = [];
  const bestOfDraw: BestPartitions[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const drawn: MergedPieces[] = [];
    for (const [place, count] of counts.entries()) {
      report?.({ stage: 'number of kinds', done: draw * counts.length + place, total, unit: 'ways' });
      await takeTurn(signal);
      const pieces = await spectralPieces(vectors, count, seed + draw, { care: QUICK, signal });
      const weights = pieceGraph(graph, pieces);
      for (const rule of ['density', 'size'] as const) drawn.push({ pieces, tree: mergeAll(weights, rule) });
    }
    ways.push(...drawn);
    const range = { least: 2, most: MOST_KINDS + LOOK_AHEAD, signal };
    bestOfDraw.push(movesNodes ? asBest(await movedPartitions(graph, drawn, range)) : bestMerged(drawn));
  }
  report?.({ stage: 'number of kinds', done: total, total, unit: 'ways' });
  const best = bestOfAll(bestOfDraw);
  const cut = (part: number) => Math.max(1 - values[part], LEAST_CUT);
  const modularity = (k: number) => best[k]?.modularity ?? 0;
  const stability = (k: number) => agreement(ways, best[k], k);
  const candidates = ranked(bestOfDraw, stability).map(({ k, stability }) => ({
    k,
    modularity: modularity(k),
    gain: modularity(k) - modularity(k - 1),
    eigengap: k < values.length ? cut(k) / cut(k - 1) : 1,
    stability,
  }));
  return { candidates, partitionInto: (k) => best[k]?.partition() ?? null };
}

function drawsFor(nodes: number): number {
  return Math.min(MOST_DRAWS, 1 + 2 * Math.floor(NODES_OF_ONE_DRAW / nodes / 2));
}

/** The best partition into some number of kinds. */
interface BestPartition extends Pick<MovedPartition, 'modularity' | 'leastLoss'> {
  /** The pieces that it was merged from; null where nodes have moved since. */
  readonly pieces: Partition | null;
  readonly partition: () => Partition;
}

/** Index K: of the partitions into K the one with the highest modularity; nothing at 0 and 1. */
type BestPartitions = readonly BestPartition[];

function bestMerged(ways: readonly MergedPieces[]): BestPartitions {
  return bestOfAll(
    ways.map((way) => {
      const { pieces, tree } = way;
      const partitions: BestPartition[] = [];
      for (let k = 2; k <= tree.k; k++) {
        const [modularity, leastLoss] = [tree.modularity[k], tree.leastLoss[k]];
        partitions[k] = { modularity, leastLoss, pieces, partition: () => partitionAfterMerging(way, k) };
      }
      return partitions;
    }),
  );
}

function asBest(moved: readonly MovedPartition[]): BestPartitions {
  return moved.map((partition) => ({ ...partition, pieces: null, partition: () => partition }));
}

function bestOfAll(found: readonly BestPartitions[]): BestPartitions {
  const best: BestPartition[] = [];
  for (const partitions of found) {
    for (const [k, partition] of partitions.entries()) {
      if (partition === undefined) continue;
      if (best[k] === undefined || partition.modularity > best[k].modularity) best[k] = partition;
    }
  }
  return best;
}

/** How much the partition `found` into k is like those from other numbers of pieces; null without any. */
function agreement(ways: readonly MergedPieces[], found: BestPartition, k: number): number | null {
  const starts = new Set(
    ways.filter(({ pieces }) => pieces !== found.pieces && pieces.k >= k).map(({ pieces }) => pieces),
  );
  if (starts.size === 0) return null;
  const partition = found.partition();
  const likeness = Array.from(starts, (pieces) => {
    const again = bestMerged(ways.filter((other) => other.pieces === pieces))[k].partition();
    const overlaps = bestOverlaps(partition, again);
    return overlaps.reduce((sum, overlap) => sum + overlap, 0) / k;
  });
  return likeness.reduce((sum, value) => sum + value, 0) / likeness.length;
}

/** The numbers from 2 on, the likeliest first, by the best ways of each draw; with their stability in the short list. */
function ranked(
  draws: readonly BestPartitions[],
  stabilityOf: (k: number) => number | null,
): Pick<CandidateNumber, 'k' | 'stability'>[] {
  const median = (of: (best: BestPartitions) => number) => quantiles(draws.map(of), [0.5])[0];
  const byGain = Array.from({ length: MOST_KINDS - 1 }, (_, index) => index + 2)
    .filter((k) => draws.every((best) => k in best))
    .map((k) => ({ k, stability: null, drop: median((best) => dropAfter(gainIn(best), k)) }))
    .sort((a, b) => b.drop - a.drop || a.k - b.k);
  const shortList = byGain.slice(0, SHORT_LIST).map(({ k, drop }) => {
    const stability = stabilityOf(k);
    const noneToSpare = median((best) => dropAfter(lossIn(best), k)) * (stability ?? 1) ** STABILITY_POWER;
    return { k, drop, stability, noneToSpare };
  });
  const least = LEAST_OF_CLEAREST * (shortList[0]?.drop ?? 0);
  const isClear = ({ drop }: { readonly drop: number }) => drop >= least;
  return [
    ...shortList.filter(isClear).sort((a, b) => b.noneToSpare - a.noneToSpare || a.k - b.k),
    ...shortList.filter((each) => !isClear(each)),
    ...byGain.slice(SHORT_LIST),
  ];
}

/** Modularity gained over k − 1 kinds, in a real kind's. */
function gainIn(best: BestPartitions): (k: number) => number {
  const quality = (k: number) => (k < 2 ? 0 : best[k].modularity);
  return (k) => (k in best ? (quality(k) - quality(k - 1)) * k * (k - 1) : 0);
}

/** Modularity lost, at the least, where two of k kinds are joined, likewise. */
function lossIn(best: BestPartitions): (k: number) => number {
  return (k) => (k in best ? (best[k].leastLoss * k * k) / 2 : 0);
}

/** The value at k over the greatest of the next few. */
function dropAfter(value: (k: number) => number, k: number): number {
  const next = Array.from({ length: LOOK_AHEAD }, (_, index) => value(k + 1 + index));
  return value(k) / Math.max(NOISE, ...next);
}
