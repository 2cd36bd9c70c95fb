// Why an image is where it is: its neighbours in the graph, and what they vote for.
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';

export interface Voter {
  readonly image: number;
  readonly kind: number;
  /** Its share of the vote. */
  readonly weight: number;
}

export interface Vote {
  readonly kind: number;
  readonly share: number;
}

/** Whom the image is tied to, the nearest first, and the kinds they are in, the most voted first. */
export function reasonsFor(
  { offsets, neighbours, weights }: NeighbourGraph,
  assignment: Int32Array,
  image: number,
): { readonly voters: readonly Voter[]; readonly votes: readonly Vote[] } {
  const edges = Array.from({ length: offsets[image + 1] - offsets[image] }, (_, at) => offsets[image] + at);
  const total = edges.reduce((sum, edge) => sum + weights[edge], 0);
  const voters = edges
    .map((edge) => ({
      image: neighbours[edge],
      kind: assignment[neighbours[edge]],
      weight: weights[edge] / total,
    }))
    .sort((a, b) => b.weight - a.weight || a.image - b.image);
  const shares = new Map<number, number>();
  for (const { kind, weight } of voters) shares.set(kind, (shares.get(kind) ?? 0) + weight);
  const votes = [...shares].map(([kind, share]) => ({ kind, share }));
  return { voters, votes: votes.sort((a, b) => b.share - a.share || a.kind - b.kind) };
}

/** (n): the kind that most of each image's neighbourhood is in, its own left out; −1 where all of it is in its own. */
export function secondKinds(graph: NeighbourGraph, assignment: Int32Array): Int32Array {
  return assignment.map((own, image) => {
    const { votes } = reasonsFor(graph, assignment, image);
    return votes.find(({ kind }) => kind >= 0 && kind !== own)?.kind ?? -1;
  });
}
