// Too many pieces → fewer: join the closest pair again and again, down to one.
//
// B is the share of edge weight between pieces, v its row sums, S_ab = B_ab / (v_a v_b) the density between two
// pieces relative to chance. Two rules say which pair is closest; neither is always better, so both are run and
// modularity chooses:
// - `density`: the pair with the greatest S_ab;
// - `size`: the pair with the smallest min(s_a, s_b) · log(1 + √(S_aa S_bb) / (S_ab + ε)), s the sizes. A small
//   piece is cheap to join, so it cannot keep one of the K places while two large kinds fuse.
// Neither depends on K: one run down gives the partition into K pieces for every K.
import { modularity, type Partition, type PieceGraph } from './partition.js';

export type MergeRule = 'density' | 'size';

export interface MergeTree {
  /** Pieces at the start. */
  readonly k: number;
  /** Step t (from 0) joins pieces `from` and `into` and leaves k − t − 1; pieces keep their first numbers. */
  readonly joins: readonly Join[];
  /** (k + 1): modularity with that many pieces left; 0 at index 0. */
  readonly modularity: Float64Array;
  /** (k + 1): what joining any two of that many pieces would lose of it, at the least; 0 below 2 pieces. */
  readonly leastLoss: Float64Array;
}

export interface Join {
  readonly into: number;
  readonly from: number;
}

/** ε of the rule `size`: pieces without an edge between them are far, not infinitely far. */
const LEAST_DENSITY = 1e-3;

/** No pair of at most `capacity` nodes is passed over for a larger one, as long as there is such a pair. */
export function mergeAll(
  pieces: PieceGraph,
  rule: MergeRule,
  capacity = Number.POSITIVE_INFINITY,
): MergeTree {
  const { k } = pieces;
  const mass = pieces.mass.slice();
  const sizes = pieces.sizes.slice();
  const volumes = volumesOf(pieces);
  const alive = Array.from({ length: k }, (_, piece) => piece);
  const joins: Join[] = [];
  const qualities = new Float64Array(k + 1);
  qualities[k] = modularity(pieces);
  const leastLoss = new Float64Array(k + 1);
  while (alive.length > 1) {
    const { into, from } = closestPair();
    qualities[alive.length - 1] = qualities[alive.length] - lossOf(into, from);
    for (let other = 0; other < k; other++) mass[into * k + other] += mass[from * k + other];
    for (let other = 0; other < k; other++) mass[other * k + into] += mass[other * k + from];
    sizes[into] += sizes[from];
    volumes[into] += volumes[from];
    alive.splice(alive.indexOf(from), 1);
    joins.push({ into, from });
  }
  return { k, joins, modularity: qualities, leastLoss };

  function closestPair(): Join {
    let [closest, cost] = [{ into: alive[0], from: alive[1] }, Number.POSITIVE_INFINITY];
    let [smallest, smallestCost] = [closest, Number.POSITIVE_INFINITY];
    let least = Number.POSITIVE_INFINITY;
    alive.forEach((into, place) => {
      for (const from of alive.slice(place + 1)) {
        least = Math.min(least, lossOf(into, from));
        const pairCost = costOf(into, from);
        if (pairCost < smallestCost) [smallest, smallestCost] = [{ into, from }, pairCost];
        if (sizes[into] + sizes[from] > capacity || pairCost >= cost) continue;
        [closest, cost] = [{ into, from }, pairCost];
      }
    });
    leastLoss[alive.length] = least;
    return cost < Number.POSITIVE_INFINITY ? closest : smallest;
  }

  function lossOf(a: number, b: number): number {
    return lossOfJoining(a, b, { k, mass, volumes });
  }

  function costOf(a: number, b: number): number {
    const between = density(a, b);
    if (rule === 'density') return -between;
    const within = Math.sqrt(density(a, a) * density(b, b));
    return Math.min(sizes[a], sizes[b]) * Math.log(1 + within / (between + LEAST_DENSITY));
  }

  function density(a: number, b: number): number {
    const chance = volumes[a] * volumes[b];
    return chance > 0 ? mass[a * k + b] / chance : 0;
  }
}

/** Pieces, and what becomes of them when they are merged. */
export interface MergedPieces {
  readonly pieces: Partition;
  readonly tree: MergeTree;
}

export function partitionAfterMerging({ pieces, tree }: MergedPieces, k: number): Partition {
  const owner = piecesAfterMerging(tree, k);
  return { assignment: pieces.assignment.map((piece) => owner[piece]), k };
}

/** The `count` pairs of pieces whose joining loses the least modularity, the cheapest first; a negative loss is a gain. */
export function cheapestJoins(
  pieces: PieceGraph,
  count: number,
): readonly (Join & { readonly loss: number })[] {
  const volumes = volumesOf(pieces);
  const { k, mass } = pieces;
  const pairs = Array.from({ length: k }, (_, from) =>
    Array.from({ length: from }, (_, into) => {
      return { into, from, loss: lossOfJoining(into, from, { k, mass, volumes }) };
    }),
  );
  return pairs
    .flat()
    .sort((a, b) => a.loss - b.loss)
    .slice(0, count);
}

/** (k): for each first piece, which of the `target` pieces that are left it belongs to, counted from 0. */
export function piecesAfterMerging({ k, joins }: MergeTree, target: number): Int32Array {
  const owner = Int32Array.from({ length: k }, (_, piece) => piece);
  for (const { into, from } of joins.slice(0, Math.max(0, k - target))) {
    for (let piece = 0; piece < k; piece++) if (owner[piece] === from) owner[piece] = into;
  }
  const left = [...new Set(owner)].sort((a, b) => a - b);
  return owner.map((piece) => left.indexOf(piece));
}

/** Modularity gains what runs between the two and loses the product of their volumes, both ways. */
function lossOfJoining(
  a: number,
  b: number,
  { k, mass, volumes }: Pick<PieceGraph, 'k' | 'mass'> & { readonly volumes: Float64Array },
): number {
  return 2 * volumes[a] * volumes[b] - 2 * mass[a * k + b];
}

function volumesOf({ k, mass }: PieceGraph): Float64Array {
  return Float64Array.from({ length: k }, (_, piece) => {
    let volume = 0;
    for (let other = 0; other < k; other++) volume += mass[piece * k + other];
    return volume;
  });
}
