// Kinds that are known before any are looked for: nodes that resemble each other and nothing else.
import { itemsWhere } from '../../core/groups.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { subgraph } from '../../graph/sparse.js';
import { type GraphKinds, type GraphKindsOptions, graphKinds, putRows } from './kinds.js';
import { modularity, pieceGraph } from './partition.js';

/**
 * As `graphKinds`, of a graph in which some nodes are kinds already: separate (n) has their numbers, from 0 on, and −1 for all
 * others, among which the other kinds are found. The known ones count, and have the last numbers. Where fewer kinds are asked for
 * than are known, they are nodes like others.
 */
export async function kindsBeside(
  graph: NeighbourGraph,
  separate: Int32Array,
  options: GraphKindsOptions,
): Promise<GraphKinds> {
  const known = 1 + separate.reduce((most, kind) => Math.max(most, kind), -1);
  const nodes = itemsWhere(separate, (kind) => kind < 0);
  const { numClusters } = options;
  const others = numClusters === null ? null : numClusters - known;
  const isPossible = others === null || (nodes.length === 0 ? others === 0 : others >= 1);
  if (known === 0 || !isPossible) return graphKinds(graph, options);
  if (nodes.length === 0) {
    const whole = await graphKinds(graph, { ...options, numClusters: known });
    return { ...whole, assignment: separate };
  }
  const found = await graphKinds(subgraph(graph, nodes), { ...options, numClusters: others });
  const assignment = separate.map((kind) => (kind < 0 ? kind : found.k + kind));
  nodes.forEach((node, place) => {
    assignment[node] = found.assignment[place];
  });
  const k = found.k + known;
  return {
    ...found,
    k,
    assignment,
    vectors: putRows(found.vectors, nodes, graph.count),
    modularity: modularity(pieceGraph(graph, { assignment, k })),
    numberOfKinds: found.numberOfKinds.map((candidate) => ({ ...candidate, k: candidate.k + known })),
  };
}
