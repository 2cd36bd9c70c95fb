// A partition of the nodes of a graph into pieces 0 … k − 1, and what it weighs.

import { NO_KIND, sizesOf } from '../../core/groups.js';
import { type Matrix, matrix } from '../../core/matrix.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { pieceMass } from '../../graph/sparse.js';

export interface Partition {
  /** (n): the piece of each node, or −1; every piece from 0 to k − 1 has a node. */
  readonly assignment: Int32Array;
  readonly k: number;
}

/** What merging needs to know of the pieces of a partition. */
export interface PieceGraph {
  readonly k: number;
  /** (k, k): the share of all edge weight that runs from piece to piece; symmetric, sums to 1. */
  readonly mass: Float64Array;
  /** (k): nodes in each piece. */
  readonly sizes: readonly number[];
}

/** Numbers the pieces 0 … k − 1 in the order of their labels (−1 stays), leaving no number without a node. */
export function compactPartition(labels: Int32Array): Partition {
  const present = [...new Set(labels)].filter((label) => label >= 0).sort((a, b) => a - b);
  const place = new Map(present.map((label, index) => [label, index]));
  return { assignment: labels.map((label) => place.get(label) ?? NO_KIND), k: present.length };
}

/** (n, k): 1 in the column of each node's piece, else 0; a node in no piece has a row of zeros. */
export function oneHotVotes({ assignment, k }: Partition): Matrix {
  const votes = matrix(assignment.length, k);
  assignment.forEach((piece, node) => {
    if (piece >= 0) votes.data[node * k + piece] = 1;
  });
  return votes;
}

export function pieceGraph(graph: NeighbourGraph, { assignment, k }: Partition): PieceGraph {
  const mass = pieceMass(graph, assignment, k);
  const total = mass.reduce((sum, value) => sum + value, 0);
  if (total > 0) for (let at = 0; at < mass.length; at++) mass[at] /= total;
  return { k, mass, sizes: sizesOf(assignment, k) };
}

/**
 * Σ_c B_cc − v_c² with v_c = Σ_d B_cd: how much more of the edge weight lies inside pieces than if the same
 * degrees were joined at random (Newman & Girvan, "Finding and evaluating community structure in networks",
 * 2004). Below 1; 0 for a single piece.
 */
export function modularity({ k, mass }: PieceGraph): number {
  let sum = 0;
  for (let piece = 0; piece < k; piece++) {
    let volume = 0;
    for (let other = 0; other < k; other++) volume += mass[piece * k + other];
    sum += mass[piece * k + piece] - volume * volume;
  }
  return sum;
}

/** (a.k): for each piece of `a` the greatest |A ∩ B| / |A ∪ B| over the pieces of `b`, both of the same nodes. */
export function bestOverlaps(a: Partition, b: Partition): Float64Array {
  const common = new Int32Array(a.k * b.k);
  const sizesB = sizesOf(b.assignment, b.k);
  a.assignment.forEach((pieceA, node) => {
    const pieceB = b.assignment[node];
    if (pieceA >= 0 && pieceB >= 0) common[pieceA * b.k + pieceB]++;
  });
  return Float64Array.from(sizesOf(a.assignment, a.k), (sizeA, pieceA) => {
    let best = 0;
    sizesB.forEach((sizeB, pieceB) => {
      const both = common[pieceA * b.k + pieceB];
      if (both > 0) best = Math.max(best, both / (sizeA + sizeB - both));
    });
    return best;
  });
}
