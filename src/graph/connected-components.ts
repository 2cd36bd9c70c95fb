// Which nodes can reach each other? Breadth-first search, linear in the edges.
import type { NeighbourGraph } from './neighbour-graph.js';

export interface Components {
  /** (n): the component of each node, numbered in the order of their first nodes. */
  readonly labels: Int32Array;
  /** Nodes of each component; an isolated node is a component of 1. */
  readonly sizes: Int32Array;
  /** (n): all nodes in the order in which the search met them, so that neighbours come soon after each other. */
  readonly order: Int32Array;
}

export function connectedComponents(graph: NeighbourGraph): Components {
  const { count, offsets, neighbours } = graph;
  const labels = new Int32Array(count).fill(-1);
  const order = new Int32Array(count);
  const sizes: number[] = [];
  let reached = 0;
  for (let start = 0; start < count; start++) {
    if (labels[start] !== -1) continue;
    const first = reached;
    labels[start] = sizes.length;
    order[reached++] = start;
    for (let next = first; next < reached; next++) {
      const node = order[next];
      for (let at = offsets[node]; at < offsets[node + 1]; at++) {
        const other = neighbours[at];
        if (labels[other] !== -1) continue;
        labels[other] = sizes.length;
        order[reached++] = other;
      }
    }
    sizes.push(reached - first);
  }
  return { labels, sizes: Int32Array.from(sizes), order };
}
